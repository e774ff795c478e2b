"""Envelopes: the same numbers as by hand, however the sound comes in blocks."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.errors import NoSuchFile
from emotoolkit.media.envelope import bin_edges, extremes, mean_squares

SOUNDS = st.integers(1, 3).flatmap(
    lambda channels: st.lists(st.integers(-32768, 32767), min_size=1, max_size=60).map(
        lambda values: np.repeat(np.array(values, np.int16)[:, None], channels, axis=1) - np.arange(channels)[None, :]
    )
)


def shared(sound, points):
    """Give the samples of each stretch, as the definition says: sample k is in stretch k · points // samples."""
    of = np.arange(len(sound)) * points // len(sound)
    return [sound[of == point] for point in range(points)]


@given(SOUNDS, st.integers(1, 40), st.integers(1, 20))
def test_extremes_and_squares_are_those_of_each_stretch(sound, points, block):
    """Whatever the blocks, each stretch has its own samples' extremes and mean square; an empty one has 0 and NaN."""
    sound = sound.astype(np.float32)
    blocks = [sound[at : at + block] for at in range(0, len(sound), block)]
    low, high = extremes(blocks, bin_edges(len(sound), points))
    squares = mean_squares(blocks, bin_edges(len(sound), points))
    for n, own in enumerate(shared(sound, points)):
        assert (low[n], high[n]) == ((own.min(), own.max()) if len(own) else (0, 0))
        expected = np.square(own, dtype=float).mean() if len(own) else np.nan
        np.testing.assert_allclose(squares[n], expected, rtol=1e-6)


def test_more_than_was_asked_for_is_left():
    """Samples behind the last stretch count for nothing."""
    low, high = extremes([np.array([[1], [2], [9]], np.float32)], bin_edges(samples=2, points=1))
    assert (low.tolist(), high.tolist()) == ([1], [2])


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_stored_samples_and_floats_agree(tmp_path, subtype):
    """A file of 16 bits, which is read as it is stored, gives the numbers that its samples as floats give."""
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "noise.wav", rng.uniform(-1, 0.9, (600_001, 2)), 8000, subtype=subtype)
    noise = Recording(tmp_path / "noise.wav")
    whole = np.concatenate(list(noise.blocks()))
    times, low, high = noise.envelope(7)
    parts = shared(whole, 7)
    assert low.tolist() == [part.min() for part in parts]
    assert high.tolist() == [part.max() for part in parts]
    levels = noise.loudness(7)[1]
    np.testing.assert_allclose(levels, [10 * np.log10(np.square(part, dtype=float).mean()) for part in parts])
    assert len(times) == 7


@pytest.mark.parametrize("points", [1, 2, 3, 1000, 60_000])
def test_halves_meet(tmp_path, points):
    """The two halves of a file that are read at once share no sample and leave none out."""
    samples = np.random.default_rng(0).integers(-32768, 32767, (20_001, 1), np.int16)
    soundfile.write(tmp_path / "noise.wav", samples, 8000)
    _, low, high = Recording(tmp_path / "noise.wav").envelope(points, start=0.5)
    parts = shared(samples[4000:], points)
    assert (low * 32768).tolist() == [part.min() if len(part) else 0 for part in parts]
    assert (high * 32768).tolist() == [part.max() if len(part) else 0 for part in parts]


def test_loudness_of_a_known_sound(tmp_path):
    """A square wave at half of full scale has −6.02 dBFS; silence has −100."""
    wave = np.concatenate([np.tile([0.5, -0.5], 4000), np.zeros(8000)])
    soundfile.write(tmp_path / "wave.wav", wave, 8000)
    assert Recording(tmp_path / "wave.wav").loudness(2)[1] == pytest.approx([20 * np.log10(0.5), -100])


def test_a_file_that_is_gone_says_so(tmp_path):
    """A recording whose file was taken away meanwhile is missed by its name, not by the words of a library."""
    path = tmp_path / "gone.wav"
    soundfile.write(path, np.zeros(800), 8000)
    recording = Recording(path)
    path.unlink()
    with pytest.raises(NoSuchFile, match=r"gone\.wav"):
        recording.envelope()
