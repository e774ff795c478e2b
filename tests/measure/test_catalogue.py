"""The catalogue of measures: complete, and with the thresholds that are used."""

from dataclasses import astuple, fields

import pytest

from emotoolkit.measure import head, pitch, posture, turns, voice
from emotoolkit.measure.catalogue import MEASURES
from emotoolkit.measure.face import FaceObservation
from emotoolkit.measure.head import HeadGesture
from emotoolkit.measure.posture import Lean, Stillness
from emotoolkit.measure.prosody import Prosody
from emotoolkit.measure.turns import ChannelSummary
from emotoolkit.measure.voice import SpeechStretch

PLACE = {"start", "end", "known", "time", "prosody"}
"""What says when, or holds the rest."""


@pytest.mark.parametrize(
    ("of", "kinds"),
    [
        ("stretch of speech", (SpeechStretch, Prosody)),
        ("speaker's part", (ChannelSummary,)),
        ("look at the face", (FaceObservation,)),
        ("nod or shake", (HeadGesture,)),
        ("lean", (Lean,)),
        ("stillness", (Stillness,)),
    ],
)
def test_each_measure_is_listed(of, kinds):
    """Each attribute that a measure has is on the page, and no other."""
    there = {field.name for kind in kinds for field in fields(kind)} - PLACE
    listed = {number.name for number in MEASURES if number.of == of} - PLACE
    assert listed == there - ({"width"} if of == "nod or shake" else set())  # said with `pixels`


def test_nothing_is_left_out():
    """Every measure has a meaning, a formula, a unit, a source and limits; no name is there twice for one thing."""
    assert all(all(astuple(measure)) for measure in MEASURES)
    names = [(measure.of, measure.name) for measure in MEASURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("of", "name", "threshold"),
    [
        ("stretch of speech", "start", voice.ONSET_FRAMES),
        ("stretch of speech", "hertz", 1000 * pitch.WINDOW_S),
        ("speaker's part", "pauses", turns.MIN_PAUSE_S),
        ("nod or shake", "kind", head.MIN_SWINGS),
        ("stillness", "width", posture.MAX_STILL_WIDTHS),
    ],
)
def test_thresholds_are_those_that_are_used(of, name, threshold):
    """The constants of the modules are in the sentences."""
    (measure,) = (each for each in MEASURES if (each.of, each.name) == (of, name))
    assert f"{threshold:g}" in measure.formula
