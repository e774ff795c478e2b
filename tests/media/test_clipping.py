"""What is clipped is counted while it is read, whatever its form; loud speech is not."""

import itertools

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.media import audio
from emotoolkit.media.clipping import MIN_RUN, clipped_samples
from emotoolkit.media.sound_tally import SoundTally


def plainly(flags):
    """Count what is in runs, one run after another."""
    lengths = [len(list(run)) for flag, run in itertools.groupby(flags) if flag]
    return sum(length for length in lengths if length >= MIN_RUN)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.998, 1.0]), max_size=40))
def test_runs(samples):
    """Law: those samples count that have neighbours at the same end of the scale, three in all or more."""
    block = np.array(samples, np.float32).reshape(-1, 1)
    expected = sum(plainly([sample == side for sample in samples]) for side in (1.0, -1.0))
    assert clipped_samples(block) == expected
    as_int16 = np.clip(np.rint(block * 32768), -32768, 32767).astype(np.int16)
    assert clipped_samples(as_int16) == expected


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_it_is_counted_while_it_is_read(tmp_path, subtype):
    """Of two channels of which one is at full scale for half a second of four, a sixteenth of the samples is."""
    rate = 11_025
    sound = np.zeros((4 * rate, 2))
    sound[rate : rate + rate // 2, 0] = 1.0
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype=subtype)
    assert read(tmp_path / "a.wav") == pytest.approx(1 / 16, abs=1e-3)


@pytest.mark.parametrize("name", ["talk.wav", "call.wav", "interview.mp4"])
def test_tidy_recordings(sample, name):
    """The sample recordings are not clipped anywhere."""
    assert read(sample / name) == 0


def read(path):
    """Read a recording as it is sent; return the share of its samples that are clipped."""
    tally = SoundTally()
    for _ in audio.packets(Recording(path).counted_by(tally)):
        pass
    return tally.clipped / tally.samples
