"""The page of every number: complete, with a formula, a unit and a source each."""

from dataclasses import replace

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import scoring as columns
from emotoolkit.apis.interhuman.server import scoring as signals


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
