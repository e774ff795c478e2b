"""The page of every number: complete, with a formula, a unit and a source each."""

from dataclasses import fields, replace

import pytest

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import scoring as columns
from emotoolkit.apis.interhuman.server import scoring as signals
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


def test_each_column_and_signal_is_listed():
    """What the servers send is on the page, by its wire name."""
    table = emo.measures()
    assert list(table.loc["Emotion Logic column"].index) == [rule.column for rule in columns.RULES]
    assert list(table.loc["Interhuman signal"].index) == list(signals.SIGNALS)
    assert set(table.loc["Interhuman score"].index) == {*signals.DIMENSIONS, "quality_index"}


def test_nothing_is_left_out():
    """No cell is empty; no name is there twice."""
    table = emo.measures()
    assert (table.map(len) > 0).all(axis=None)
    assert table.index.is_unique
    assert list(table.columns) == ["what", "formula", "unit", "source", "limits"]


def test_a_rule_that_changes_changes_the_page(monkeypatch):
    """The page has no thresholds of its own."""
    cell = ("Interhuman signal", "stress"), "formula"
    assert "high from 6:" in emo.measures().loc[cell]
    monkeypatch.setitem(signals.SIGNALS, "stress", replace(signals.SIGNALS["stress"], high=7.5))
    assert "high from 7.5:" in emo.measures().loc[cell]
