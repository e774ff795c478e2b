"""A replay's card: positions of bars and curves over time, names, and faults."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.html_rows import BAND_HEIGHT_PX, MAX_NAME_CHARS, NAME_WIDTH_PX, Band, Curve, replay_html
from emotoolkit.utils.html import WIDTH_PX


def drawn(*rows: Band | Curve, duration: float = 10.0, faults: tuple[str, ...] = ()) -> ET.Element:
    """The card of some rows, parsed."""
    return ET.fromstring(replay_html("a.wav", ["x"], duration, rows, {"speed": "1×"}, faults))


@given(st.floats(0, 100), st.floats(0.1, 100), st.floats(0, 50))
def test_bars_are_to_scale(start: float, length: float, rest: float) -> None:
    """Law: a bar begins and ends at its times, on a scale from 0 to the duration over the width beside the names."""
    end, duration = start + length, start + length + rest
    (bar,) = drawn(Band("signals", [(start, end, "joy", 0.5)]), duration=duration).iter("rect")
    left, width = float(bar.attrib["x"]), float(bar.attrib["width"])
    scale = (WIDTH_PX - NAME_WIDTH_PX) / duration
    assert left == pytest.approx(NAME_WIDTH_PX + start * scale, abs=0.06)
    assert width == pytest.approx(max(1.0, length * scale), abs=0.06)
    assert (bar.attrib["fill"], bar.attrib["fill-opacity"]) == (colour("joy"), "0.5")


def test_a_label_is_written_where_it_fits() -> None:
    """A wide bar has its label in it; a narrow one, and one whose label is the row's name, have it as tooltip only."""
    spans = [(0, 8, "engaged", 1.0), (8, 8.1, "neutral", 1.0), (8.2, 10, "state", 1.0)]
    card = drawn(Band("state", spans))
    written = [text.text for text in card.iter("text") if text.attrib.get("pointer-events") == "none"]
    assert written == ["engaged"]
    tooltips = [bar.findtext("title") for bar in card.iter("rect")]
    assert tooltips == ["engaged, 0.0–8.0 s", "neutral, 8.0–8.1 s", "state, 8.2–10.0 s"]


def test_a_curve_is_broken_at_gaps() -> None:
    """A level of NaN ends a piece of the line; the tooltip has the lowest and the highest level."""
    card = drawn(Curve("energy", (np.array([0.0, 1, 1, 3, 4]), np.array([1.0, 2, np.nan, 3, 2]))))
    (path,) = card.iter("path")
    assert [len(piece.split("L")) for piece in path.attrib["d"].split("M")[1:]] == [2, 2]
    assert path.findtext("title") == "energy: 1 to 3"


@pytest.mark.parametrize("levels", [[], [np.nan, np.nan]])
def test_a_curve_without_levels_has_a_name_only(levels: list[float]) -> None:
    """Nothing but the name is drawn where there is no level."""
    card = drawn(Curve("energy", (np.arange(float(len(levels))), np.array(levels))))
    assert list(card.iter("path")) == []
    assert "energy" in "".join(card.itertext())


def test_rows_are_below_each_other() -> None:
    """Each row begins below the one before, and long names are cut, with all of the name as tooltip."""
    name = "n" * (MAX_NAME_CHARS + 5)
    card = drawn(Band("a", [(0, 1, "x", 1.0)]), Band(name, [(0, 1, "x", 1.0)]))
    first, second = (float(bar.attrib["y"]) for bar in card.iter("rect"))
    assert second - first > BAND_HEIGHT_PX
    texts = {text.findtext("title"): "".join(text.itertext()) for text in card.iter("text") if len(text)}
    assert texts[name] == name + "n" * (MAX_NAME_CHARS - 1) + "…"


def test_faults_are_alerts() -> None:
    """Each fault is a line of its own; without rows there is no drawing."""
    card = drawn(faults=("no <b>luck</b>", "again"))
    assert [each.text for each in card.iter("div") if each.attrib.get("role") == "alert"] == [
        "⚠ no <b>luck</b>",
        "⚠ again",
    ]
    assert list(card.iter("svg")) == []
