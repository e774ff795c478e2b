"""Clips: exactly the stretch that the manifest names, and files from elsewhere."""

import pickle
import re

import fsspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotoolkit.errors import NoSuchFile, SettingsError
from emotoolkit.media.clip import Clip
from emotoolkit.media.remote import local_copy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 99_000), st.integers(1, 100_000))
def test_every_sample_of_the_stretch_and_no_other(counting, begin, length):
    """A clip sounds from its first sample to its last, whatever the file's blocks are."""
    rate = 11_025
    whole = counting(100_000)
    clip = Clip(whole.path, "a.wav", begin / rate, (begin + length) / rate)
    heard = np.concatenate([*clip.blocks(clip.begin)])
    expected = np.concatenate([*whole.blocks()])[begin : begin + length]
    assert np.array_equal(heard, expected)
    assert np.array_equal(np.concatenate([*clip.pcm16(clip.begin)]) / np.float32(32768), expected)
    assert clip.length == pytest.approx(len(expected) / rate)
    assert clip.duration - clip.begin == clip.length


def test_outside(talk):
    """A stretch that is not in the file is said, under the name of the dataset."""
    with pytest.raises(SettingsError, match="start=31 is not legal here: the recording goes from 0 to 30 s"):
        Clip(talk.path, "talk.wav", 31)
    gone = talk.path.with_name("gone.wav")
    with pytest.raises(NoSuchFile, match=rf"^There is no file {re.escape(repr(str(gone)))}\.$"):
        Clip(gone, "b/gone.wav")


def test_from_elsewhere(talk):
    """A file behind an address is here as long as it is needed."""
    system = fsspec.filesystem("memory")
    system.pipe("/corpus/talk.wav", talk.path.read_bytes())
    with local_copy("memory://corpus/talk.wav") as path:
        assert Clip(path, "talk.wav").duration == 30
    assert not path.exists()
    with pytest.raises(NoSuchFile, match="corpus/gone"), local_copy("memory://corpus/gone.wav"):
        pass
    system.rm("/corpus", recursive=True)


def test_a_clip_is_a_value(talk):
    """Clips are equal if their stretches are; a recording is as long as its file, and neither can be changed."""
    clips = [Clip(talk.path, "talk.wav", *stretch) for stretch in ((5, 10), (5, 10), (6, 10), (5, None))]
    assert clips[0] == clips[1]
    assert hash(clips[0]) == hash(clips[1])
    assert len(set(clips)) == 3
    assert talk.length == talk.duration
    assert pickle.loads(pickle.dumps(clips[0])) == clips[0]
    with pytest.raises(AttributeError):
        clips[0].duration = 3.0
