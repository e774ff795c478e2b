"""The tally of samples, and gains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.errors import SettingsError
from emotoolkit.media.sound_tally import MAX_CHANGES, SoundTally

TALK = "datasets/sample/talk.wav"


def tallied(*samples: float) -> SoundTally:
    """The tally of a block."""
    tally = SoundTally()
    tally.count_floats(np.array(samples, np.float32)[:, None])
    return tally


def test_counts() -> None:
    """What is beyond full scale, and what is no number, is counted; the latter becomes silence."""
    tally = SoundTally()
    block = tally.count_floats(np.array([[0.5, -2.0], [np.nan, np.inf]], np.float32))
    assert block.tolist() == [[0.5, -2.0], [0.0, 0.0]]
    assert (tally.samples, tally.beyond, tally.missing, tally.peak, tally.total) == (4, 1, 2, 2.0, -1.5)
    assert tally.power == pytest.approx(4.25)


def test_stored_samples_are_counted_as_they_are() -> None:
    """Those of 16 bits are the same afterwards."""
    tally, block = SoundTally(), np.array([[-32_768], [16_384]], np.int16)
    assert tally.count_integers(block) is block
    assert (tally.peak, tally.beyond, tally.total) == (1.0, 0, -0.5)


@pytest.mark.parametrize(
    ("samples", "is_odd"),
    [((), False), ((0.5, -0.5), False), ((0.0, 0.0), True), ((1.5, -1.5), True), ((np.nan, 0.1), True), ((0.2,), True)],
)
def test_what_is_odd(samples: tuple[float, ...], is_odd: bool) -> None:
    """Silence, what does not fit, and an offset; not ordinary sound, and not nothing."""
    assert tallied(*samples).is_odd is is_odd


def test_changes_are_counted() -> None:
    """The first are kept with their times."""
    tally = SoundTally()
    for number in range(2 * MAX_CHANGES):
        tally.note_change(float(number), "mono at 44100 Hz", "stereo at 44100 Hz")
    assert (tally.changes_count, len(tally.changes)) == (2 * MAX_CHANGES, MAX_CHANGES)


def test_gain() -> None:
    """Decibels scale all samples, and what is computed of them; "peak" makes the largest one full scale."""
    plain = np.concatenate([*Recording(TALK).blocks()])
    soft = Recording(TALK, gain=-6)
    assert np.concatenate([*soft.blocks()]) == pytest.approx(plain * 10 ** (-6 / 20))
    assert soft.pcm16() is None
    assert soft.loudness(3)[1] == pytest.approx(Recording(TALK).loudness(3)[1] - 6, abs=0.01)
    assert np.abs(np.concatenate([*Recording(TALK, gain="peak").blocks()])).max() == pytest.approx(1.0)
    assert soft != Recording(TALK)


@pytest.mark.parametrize("gain", ["loud", np.nan, 1000, np.inf])
def test_no_gain(gain: Any) -> None:
    """Another word, or no number of decibels, is refused."""
    with pytest.raises(SettingsError, match="gain="):
        Recording(TALK, gain=gain)
