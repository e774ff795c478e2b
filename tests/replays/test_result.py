"""Replay: tables made from a journal's records, also from an incomplete one."""

import math
from pathlib import Path

import pytest

from emotoolkit import Replay
from emotoolkit.apis.base.journal import Began, Ended, Idle, Opened, Received, Reference, Sent, to_line
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import NoSuchFile, NotJournal

COLUMNS = ["index", "channel", "startPosSec", "endPosSec", "energy"]
BEGAN = Began("0.1.0", "a.wav", 3.0, "emotion_logic", [{"url": "http://127.0.0.1:1"}], 1.0, "2026-01-01T00:00:00+00:00")


def row(*cells) -> str:
    """A message with one finished segment."""
    return messages.text("audio-analysis", messages.analysis(COLUMNS, [cells]))


def records(speed=1.0, server="local measurement (x)"):
    """Three packets of a second, a segment that came 50 ms after its end was due, and the end."""
    sent = [Sent(0, float(n), n + 1.0, 5.0 + (n + 1) / speed, 5.001 + (n + 1) / speed, 9) for n in range(3)]
    return [
        BEGAN if speed == 1.0 else Began(**{**fields(BEGAN), "speed": speed}),
        Opened(0, 0, 0.0, 4.8),
        Received(0, 4.9, messages.text("handshake-done", messages.handshake_done("s", server))),
        Reference(5.0, 0.0, speed, True, "start"),
        *sent,
        Received(0, 5.0 + 2.5 / speed + 0.05, row(1, 0, 0.5, 2.5, 7)),
        Ended(0, 9.0, "finished"),
    ]


def fields(record) -> dict:
    """A record as a dict."""
    return {name: getattr(record, name) for name in record.__struct_fields__}


def replay(made) -> Replay:
    """A Replay of hand-made records."""
    return Replay(tuple(made), Path("j.jsonl"))


@pytest.mark.parametrize("speed", [1.0, 4.0, 0.25])
def test_latency_counts_from_when_it_was_due(speed):
    """Latency is received minus the moment the segment's end was due, between packets too, at any speed."""
    made = replay(records(speed))
    assert made.events["latency"].dropna().tolist() == pytest.approx([0.05])


def test_times_count_from_the_start_of_media_time():
    """What came before media time began has a negative time; packets count from its beginning."""
    made = replay(records())
    assert made.events["received"].tolist() == pytest.approx([-0.1, 2.55])
    assert made.packets["sent"].tolist() == pytest.approx([1.001, 2.001, 3.001])
    assert made.packets["lateness"].tolist() == pytest.approx([0.001] * 3)


def test_summary():
    """The summary says how it went, in seconds and counts."""
    said = replay(records()).summary()
    assert said["speed"] == pytest.approx(3 / 3.001)
    assert said["first_result"] == pytest.approx(2.55)
    assert said["latency_p50"] == pytest.approx(0.05)
    assert said[["sent", "answered", "unanswered_tail", "packets", "messages", "errors"]].tolist() == [
        3,
        2.5,
        0.5,
        3,
        2,
        0,
    ]


def test_no_latency_without_the_end():
    """An incomplete replay has no latency statistics: what is missing would have been the slowest."""
    made = replay(records()[:-1])
    assert not made.complete
    assert math.isnan(made.summary()["latency_p50"])
    assert len(made.segments) == 1
    assert "incomplete" in repr(made)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its first line is missing"),
        ("start,end\n0,1\n", "line 1: Expecting value"),
        ('{"is": "?"}\n', r"line 1: Invalid value '\?' - at `\$\.is`"),
        ("0.5\n1.0\n", "line 1: Expected `object`, got `float`"),
    ],
)
def test_no_journal(tmp_path, text, reason):
    """What is no journal, and one in which nothing has begun, is said to be none, with what to look for."""
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(NotJournal, match=rf"table\.csv' is no journal of a replay \({reason}.*end in \.jsonl"):
        Replay.read(str(path))
    with pytest.raises(NotJournal, match="it is a folder"):
        Replay.read(tmp_path)
    with pytest.raises(NoSuchFile, match=r"gone\.jsonl"):
        Replay.read(tmp_path / "gone.jsonl")


def test_an_error_counts():
    """An error that ended a session is counted, and the server's own faults are listed."""
    fault = Received(0, 6.0, messages.text("audio-analysis-error", {"errorCode": 3, "error": "odd"}))
    made = replay([*records()[:-1], fault, Ended(0, 9.0, "failed", "ServerFault", {})])
    assert made.summary()["errors"] == 2
    assert [(each.code, each.message) for each in made.faults] == [("3", "odd")]


def test_nothing_happened():
    """A replay that got nowhere still has all its tables."""
    made = replay([BEGAN])
    for table in ("segments", "signals", "engagement", "quality", "events", "packets", "tracks"):
        assert len(getattr(made, table)) == 0
    assert made.report is None
    assert made.summary()["sent"] == 0
    assert "no results" in repr(made)


def test_who_measured():
    """Tables say who measured: the server's own label, or just "server", with the vendor's ranges."""
    local, other = replay(records()), replay(records(server=None))
    assert local.segments.attrs["source"] == "local measurement (x)"
    assert local.segments.attrs["units"]["energy"] == "dB above −50 dBFS, 0–50"
    assert other.segments.attrs["source"] == "server"
    assert other.segments.attrs["units"]["energy"] == "0–50"


def test_read(tmp_path):
    """A journal on disk is the same replay."""
    path = tmp_path / "j.jsonl"
    path.write_text("".join(to_line(record) + "\n" for record in records()), encoding="utf-8")
    assert Replay.read(path).segments.equals(replay(records()).segments)


def test_latency_after_a_session_that_never_opened():
    """Two jumps in a row leave a session that sent nothing; the one after it still knows when its media were due."""
    jump = [Ended(0, 6.0, "finished"), Opened(1, 0, 9.0, 6.0), Opened(2, 0, 1.0, 6.1), Ended(1, 6.1, "left")]
    beyond = [
        Reference(6.5, 1.0, 1.0, True, "seek"),
        Sent(2, 1.0, 3.0, 8.5, 8.501, 9),
        Received(2, 8.54, row(1, 0, 0.0, 1.5, 7)),
        Ended(2, 9.0, "finished"),
    ]
    made = replay([*records()[:4], *jump, *beyond])
    assert made.events.query("kind == 'audio-analysis'")["latency"].tolist() == pytest.approx([0.54])


def test_pauses_that_were_too_long_are_told():
    """A replay remembers which pauses were longer than a server allows."""
    made = replay([*records()[:4], Idle(0, 240.0, 300.0, 45.0)])
    (said,) = made.warnings
    assert said.startswith(
        "Paused for long: the emotion_logic server ends a session that gets nothing for 300 s. In 45 s"
    )
