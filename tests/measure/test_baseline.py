"""A speaker's baseline: the first 10 s of their voice, then fixed."""

from dataclasses import replace

import pytest

from emotoolkit.measure.baseline import CALIBRATION_S, STEP_SIZES, SpeakerBaseline
from emotoolkit.measure.prosody import Prosody
from emotoolkit.measure.voice import SpeechStretch

USUAL = Prosody(120.0, 5.0, 0.0, 10.0, 0.01, 0.05, 15.0, -15.0, -5.0, 8, 4.0)


def stretch(start: float, seconds: float = 2.0, rms: float = 0.1, prosody: Prosody = USUAL) -> SpeechStretch:
    """A stretch of which nothing is measured, but set."""
    return SpeechStretch(start, start + seconds, start + seconds + 0.3, rms, 0.5, 0.8, prosody)


def calibrated() -> SpeakerBaseline:
    """A speaker with 10 s of the usual voice, half a second between the stretches."""
    speaker = SpeakerBaseline()
    for n in range(5):
        assert not speaker.normalize(stretch(2.5 * n)).calibrated
    return speaker


def test_the_first_ten_seconds_calibrate():
    """After `CALIBRATION` seconds of voice, pauses not counted, stretches are calibrated."""
    assert CALIBRATION_S == 10
    assert calibrated().normalize(stretch(12.5)).calibrated


def test_the_usual_voice_is_at_the_baseline():
    """Who speaks as before is no step above the baseline in anything."""
    steps = calibrated().normalize(stretch(12.5)).steps
    assert steps == {name: pytest.approx(0, abs=1e-9) for name in STEP_SIZES}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("pitch", stretch(12.5, prosody=replace(USUAL, hertz=120 * 2 ** (2 / 12)))),
        ("span", stretch(12.5, prosody=replace(USUAL, span=7.0))),
        ("level", stretch(12.5, rms=0.1 * 10**0.1)),
        ("high", stretch(12.5, prosody=replace(USUAL, high=-3.0))),
        ("rate", stretch(12.5, prosody=replace(USUAL, rate=5.0))),
        ("pause", stretch(13.0)),
    ],
)
def test_a_step_is_a_step(name, changed):
    """Each measure that is raised by its step, and nothing else, is one step above the baseline."""
    steps = calibrated().normalize(changed).steps
    assert steps == {each: pytest.approx(float(each == name), abs=1e-9) for each in STEP_SIZES}


def test_the_baseline_is_fixed():
    """What comes after the calibration does not move the baseline, however long it goes on."""
    speaker = calibrated()
    high = replace(USUAL, hertz=240.0)
    assert {speaker.normalize(stretch(12.5 + 2.5 * n, prosody=high)).steps["pitch"] for n in range(20)} == {6.0}


def test_what_is_not_measured_is_no_step():
    """A stretch without pitch, and the first one, before which there is no pause, are at the baseline in these."""
    assert SpeakerBaseline().normalize(stretch(0.0)).steps["pause"] == 0
    without = replace(USUAL, hertz=None, span=None, high=None)
    spoken = calibrated().normalize(stretch(12.5, prosody=without))
    assert (spoken.steps["pitch"], spoken.steps["span"], spoken.steps["high"]) == (0, 0, 0)


def test_a_long_pause_is_somebody_elses_turn():
    """A pause of a minute counts as one of 3 s."""
    assert calibrated().normalize(stretch(80.0)).steps["pause"] == pytest.approx((3 - 0.5) / 0.5)


def test_mean_takes_weights():
    """The mean of some steps, each times its weight."""
    spoken = calibrated().normalize(stretch(13.0, prosody=replace(USUAL, rate=5.0)))
    assert spoken.mean(pause=1, rate=-1) == pytest.approx(0)
    assert spoken.mean(pause=1, rate=1) == pytest.approx(1)
