"""Packets and messages as tables: what was sent and received, and when."""

import pytest

from emotoolkit.apis.base.events import Heard, Report, Segment, Segments, Step, Unknown
from emotoolkit.apis.base.journal import Sent
from emotoolkit.tables import traffic


def received(*events) -> list[Heard]:
    """Events as messages of one session, a second apart."""
    return [Heard(0, float(number), event) for number, event in enumerate(events)]


def test_events():
    """Every message is a row, with its text, the media time it is about, and its latency."""
    messages = received(
        Step("session.updated", '{"type":"session.updated"}'),
        Segments("audio-analysis", "{}", (Segment(0, 0.1, 0.5, {}),)),
        Unknown("new", "?"),
        Report("analysis-report-ready", "{}", {}),
    )
    table = traffic.events(messages, "emotion_logic", due=lambda session, moment: moment)
    assert list(table.columns) == ["kind", "start", "end", "received", "latency", "raw", "api"]
    assert list(table["kind"]) == ["session.updated", "audio-analysis", "new", "analysis-report-ready"]
    assert table["latency"].dropna().tolist() == [0.5]
    assert table.index.names == ["session", "message"]


def test_packets():
    """Lateness is sent minus due; at infinite speed there is neither."""
    table = traffic.packets(
        [Sent(0, 0.0, 0.3, 10.3, 10.301, 6616), Sent(0, 0.3, 0.6, None, 10.4, 6616)], start_time=10.0
    )
    assert list(table.columns) == ["start", "end", "due", "sent", "lateness", "bytes"]
    assert table["lateness"].iloc[0] == pytest.approx(0.001)
    assert table[["due", "lateness"]].iloc[1].isna().all()
    assert table["sent"].tolist() == pytest.approx([0.301, 0.4])


def test_packets_of_two_sessions():
    """Each session's packets are counted for themselves and stand together."""
    sent = [Sent(n % 2, n * 1.0, n + 1.0, 10.0, 10.0, 1) for n in range(5)]
    assert list(traffic.packets(sent, 0.0).index) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
