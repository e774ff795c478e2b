"""The content of core widgets as HTML: statuses, levels, lanes and messages, every word escaped."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.views.level_meter import SILENCE_DB
from emotoolkit.views.panel_html import (
    MAX_EVENTS,
    NAME_WIDTH_PX,
    WIDTH_PX,
    Panel,
    alert_html,
    format_clock,
    meter_html,
    overview_html,
    status_html,
)
from emotoolkit.views.view_log import WITHDRAWN_TIME_S, LaneEntry, MessageEntry, SpanEntry, ValuesEntry
from emotoolkit.views.view_sources import ViewStatus

EVIL = "<img src=x onerror=alert(1)>"
STATUS = ViewStatus(75.25, 80.0, 2.0, 1.98, 0.0015, "playing", ())
SPAN = SpanEntry(0, 1, "interest", "#0d9ec4", 2.0, 4.0, 1.0, "leaned in", closed=True, opacity=0.95)


def text_of(html: str) -> str:
    """The text of some HTML, which must be well-formed."""
    return "".join(ET.fromstring(f"<div>{html}</div>").itertext())


def test_a_status_is_one_line():
    """Position, duration, state, speeds, lateness and each source once; what is not known is left out."""
    line = text_of(status_html(STATUS, 120.0, ["lab", "lab", EVIL]))
    assert line == f"1:15.2 / 2:00.0 · playing · speed 2×, achieved 1.98× · lateness 1.5 ms · {EVIL} · lab"
    unknown = replace(STATUS, speed=None, achieved=math.nan, lateness=math.nan)
    assert text_of(status_html(unknown, 120.0, [])).endswith("playing · speed as fast as it goes")


@given(st.floats(SILENCE_DB, 0))
def test_the_meter_fills_with_the_level(level: float):
    """Law: the filled share rises from 0 % at silence to 100 % at full scale."""
    meter = ET.fromstring(meter_html(level))
    filled = next(each.attrib["style"] for each in meter.iter("div") if "background" in each.attrib.get("style", ""))
    assert float(filled.split("width:")[1].split("%")[0]) == pytest.approx(100 * (level + 60) / 60, abs=0.51)


def test_silence_is_a_word():
    """At the lower end there is no number."""
    assert "silence" in text_of(meter_html(SILENCE_DB))
    assert "-20 dB" in text_of(meter_html(-20.0))


def test_alerts_are_sentences():
    """Each sentence is a line; without any there is nothing."""
    assert text_of(alert_html([EVIL, "", "again"])) == f"⚠ {EVIL}⚠ again"
    assert alert_html(["", ""]) == ""


def test_the_overview_sums_up():
    """A row for each recording, and how many have ended, how much was sent."""
    ended = replace(STATUS, state="ended", sent=30.0, failures=("lost", EVIL))
    html = overview_html([(EVIL, ended, 30.0), ("b.wav", STATUS, 120.0)])
    assert "1 of 2 ended · 1:50.0 of 2:30.0 sent" in html
    assert [len(list(row)) for row in ET.fromstring(html).iter("tr")] == [6, 6, 6]
    assert f"lost; {EVIL}" in text_of(html)


def panel_of(*entries):
    """A panel with these entries."""
    panel = Panel()
    panel.add_entries(entries)
    return panel


def test_spans_are_replaced_and_withdrawn():
    """The last version of a span is drawn; one that was withdrawn is not."""
    lane = LaneEntry(1, "interhuman", "signal", "interest", "#0d9ec4", "")
    panel = panel_of(lane, replace(SPAN, end=None))
    assert "interest" in text_of(panel.latest())
    panel.add_entries([SPAN])
    assert text_of(panel.latest()).startswith("now: –")
    (bar,) = ET.fromstring(panel.drawing(10.0, 5.0)).iter("rect")
    assert float(bar.attrib["x"]) == pytest.approx(NAME_WIDTH_PX + 0.2 * (WIDTH_PX - NAME_WIDTH_PX))
    assert float(bar.attrib["width"]) == pytest.approx(0.2 * (WIDTH_PX - NAME_WIDTH_PX))
    panel.add_entries([replace(SPAN, start=WITHDRAWN_TIME_S, end=WITHDRAWN_TIME_S)])
    assert list(ET.fromstring(panel.drawing(10.0, 5.0)).iter("rect")) == []
    assert panel.entry_count == 4


def test_values_are_curves_and_numbers():
    """A parameter is drawn as a line with its lowest and highest level, and its last value is listed."""
    lane = LaneEntry(0, "emotion_logic", "parameter", "energy", "#8986fb", "dB")
    values = [ValuesEntry(n, n + 1, 0, ((0, float(level)),)) for n, level in enumerate([3, 7, 5])]
    panel = panel_of(lane, *values)
    drawing = ET.fromstring(panel.drawing(3.0, 0.0))
    curve = next(path for path in drawing.iter("path") if path.attrib["stroke"] == "#8986fb")
    assert curve.attrib["d"].count("M") == 3
    assert [each.text for each in drawing.iter("text") if each.attrib.get("opacity")] == ["7", "3"]
    assert text_of(panel.latest()).endswith("energy5")


def test_the_last_messages_are_listed():
    """The newest is first, and no more than a few are kept; their text is escaped."""
    panel = panel_of(*(MessageEntry("interhuman", f"kind{n}", None, None, float(n), EVIL) for n in range(20)))
    lines = [text_of(ET.tostring(each, encoding="unicode")) for each in ET.fromstring(panel.events())]
    assert len(lines) == MAX_EVENTS
    assert lines[0].endswith(f"interhuman · kind19 {EVIL}")
    assert text_of(Panel().events()) == "no messages yet"


@given(st.floats(0, 1e5))
def test_a_clock_never_runs_ahead(seconds: float):
    """Law: the time that is written is the present tenth of a second, not the next one."""
    *rest, last = format_clock(seconds).split(":")
    written = sum(int(part) * 60 ** (n + 1) for n, part in enumerate(reversed(rest))) + float(last)
    assert seconds - 0.1 - 1e-6 <= written <= seconds + 1e-6
