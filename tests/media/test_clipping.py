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
@pytest.mark.parametrize("channels", ["mono", "both", 0])
@pytest.mark.parametrize("length", [0.1, 0.3])
def test_packets_say_so(tmp_path, subtype, channels, length):
    """Of two channels of which one is clipped for half a second, each selection counts what is in it."""
    rate = 11_025
    sound = np.zeros((4 * rate, 2))
    sound[rate : rate + rate // 2, 0] = 1.0
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype=subtype)
    packets = audio.packets(Recording(tmp_path / "a.wav"), channels=channels, length=length)
    share = {"mono": 0.5, "both": 0.5, 0: 1.0}[channels]
    assert sum(packet.clipped for packet in packets) == pytest.approx(0.5 * share, abs=1e-3)


@pytest.mark.parametrize("name", ["talk.wav", "call.wav", "interview.mp4"])
def test_tidy_recordings(sample, name):
    """The sample recordings are not clipped anywhere."""
    assert sum(packet.clipped for packet in audio.packets(Recording(sample / name))) == 0
