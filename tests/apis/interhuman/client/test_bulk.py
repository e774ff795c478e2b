"""The columns that are made of messages, cell by cell: which columns, in what order, at what media time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotoolkit.apis.base.result_columns import BEGINNING, CHANGE, END, WHOLE, MessageColumns
from emotoolkit.apis.interhuman.client import bulk
from emotoolkit.apis.interhuman.wire.decoder import Decoder


def message(kind: str, number: int = 0, **data) -> str:
    """A message with a time stamp of its own."""
    return json.dumps({"type": kind, "timestamp": f"2026-01-01T00:00:00.{number:06}Z", "data": data})


def read(*told: tuple[int, str], begins: tuple[float, ...] = (0.0,)):
    """Read pairs of session and message; sessions begin at these media seconds."""
    session = np.array([number for number, _ in told], np.int64)
    said = MessageColumns([raw for _, raw in told], session, np.array(begins)[session])
    return bulk.read(said, {number: Decoder() for number in range(len(begins))})


BEGUN = message("signal.detected", 1, signal_type="doubt", start=2.0, probability="low", rationale="looks away")
CHANGED = message("signal.updated", 2, signal_type="doubt", start=2.0, probability="high")
OVER = message("signal.ended", 3, signal_type="doubt", end=7.5)
WHOLE_ONE = message("signal.detected", 4, signal_type="interest", start=1.0, end=3.0, rationale="nods")


def test_steps_are_in_order_of_arrival():
    """All kinds are read kind by kind, and stand in one table in the order in which they came."""
    steps = read((0, OVER), (0, CHANGED), (0, WHOLE_ONE), (0, BEGUN)).columns["signals"]
    assert steps.kind.tolist() == [END, CHANGE, WHOLE, BEGINNING]
    assert steps.signal.tolist() == ["doubt", "doubt", "interest", "doubt"]
    assert steps.start.tolist() == [7.5, 2.0, 1.0, 2.0]
    assert steps.end[[0, 2]].tolist() == [7.5, 3.0]
    assert steps.probability.tolist() == [None, "high", None, "low"]
    assert steps.rationale.tolist() == [None, None, "nods", "looks away"]


def test_times_are_of_the_recording():
    """A session that begins at media second 60.5 has all its times, ends too, later by 60.5 s; the other has not."""
    timeline = [{"start": 0.0, "end": 8.0, "values": {"energy": 40}}]

    def told(session):
        yield session, message("signal.detected", session, signal_type="interest", start=1.0, end=3.0)
        yield session, message("signal.ended", session, signal_type="doubt", end=7.5)
        yield session, message("engagement.updated", session, state="engaged", start=1.0)
        yield session, message("engagement.updated", session, state="engaged", start=5.0, end=8.0)
        yield session, message("conversation_quality.updated", session, timeline=timeline)

    said = read(*(pair for both in zip(told(0), told(1), strict=True) for pair in both), begins=(0.0, 60.5))
    signals, engagement, quality = (said.columns[name] for name in ("signals", "engagement", "quality"))
    assert signals.session.tolist() == [0, 1, 0, 1]
    assert signals.start.tolist() == [1.0, 61.5, 7.5, 68.0]
    assert signals.end.tolist() == [3.0, 63.5, 7.5, 68.0]
    assert engagement.start.tolist() == [1.0, 61.5, 5.0, 65.5]
    np.testing.assert_array_equal(engagement.end, [np.nan, np.nan, 8.0, 68.5])
    assert (quality.start.tolist(), quality.end.tolist()) == ([0.0, 60.5], [8.0, 68.5])


def test_a_rating_has_rows_for_its_periods_and_for_the_whole():
    """First the periods, each with its own scores, then the overall up to the last period's end; NaN for no score."""
    timeline = [{"start": 0, "end": 8, "values": {"energy": 40}}, {"start": 8, "end": 11, "values": {"clarity": 20}}]
    raw = message("conversation_quality.updated", overall={"quality_index": 70, "energy": 45}, timeline=timeline)
    quality = read((0, raw)).columns["quality"]
    assert quality.overall.tolist() == [False, False, True]
    assert quality.end.tolist() == [8.0, 11.0, 11.0]
    nan = np.nan
    expected = [[nan, nan, nan, 40, nan, nan], [nan, 20, nan, nan, nan, nan], [70, nan, nan, 45, nan, nan]]
    np.testing.assert_array_equal(quality.values, expected)


def test_scores_without_evidence_are_missing():
    """Of what a server calls measured the scores stay, the wire's 50s beside them go; a period may say it itself."""
    values = {"energy": 40, "clarity": 50, "rapport": 50}
    periods = [{"start": 0, "end": 8, "values": values}, {"start": 8, "end": 9, "values": values, "measured": None}]
    raw = message("conversation_quality.updated", overall=values, timeline=periods, measured=["energy"])
    found = read((0, raw)).columns["quality"].values
    np.testing.assert_array_equal(np.isfinite(found).sum(axis=1), [1, 3, 1])
    assert found[:, 3].tolist() == [40, 40, 40]


def test_what_is_no_result_is_left_for_later():
    """Other messages are events with the place at which they came, and no row."""
    ready, error = message("session.ready"), message("error", code="ih5004", message="broken")
    said = read((0, ready), (0, BEGUN), (0, error), (0, "no message"))
    assert [place for place, _ in said.rest] == [0, 2, 3]
    assert [event.raw for _, event in said.rest] == [ready, error, "no message"]
    assert said.columns["signals"].signal.tolist() == ["doubt"]


def test_nothing_said_is_empty_columns():
    """A replay without any message has tables without rows, not none."""
    said = read()
    assert {name: len(column.session) for name, column in said.columns.items()} == {
        "signals": 0,
        "engagement": 0,
        "quality": 0,
    }
    assert said.columns["quality"].values.shape == (0, 6)


def test_columns_are_whole_across_the_blocks_in_which_they_are_made():
    """Of more messages than are read at once, every row is there, once, in order."""
    count = 2 * bulk.BATCH_MESSAGES + 3
    raws = [message("signal.ended", n, signal_type=f"s{n % 3}", end=n / 2) for n in range(count)]
    other = bulk.BATCH_MESSAGES + 1
    raws[other] = message("session.ready")
    said = read(*((0, raw) for raw in raws))
    assert [place for place, _ in said.rest] == [other]
    assert said.columns["signals"].end.tolist() == [n / 2 for n in range(count) if n != other]


@pytest.mark.parametrize("spoiler", [BEGUN, message("signal.detected", signals=[]), message("signal.ended", end=1)])
def test_what_would_be_wrong_in_columns_is_not_read_together(spoiler):
    """A message that comes twice, and a result of another shape, are for those who read one after another."""
    said = read((0, BEGUN), (0, spoiler))
    assert said is None or not said.columns["signals"].signal.tolist()[1:]


def test_times_that_count_from_segments_are_not_read_together():
    """If one of the sessions needs to know what had been sent, none is read by columns."""
    said = MessageColumns([BEGUN], np.zeros(1, np.int64), np.zeros(1))
    assert bulk.read(said, {0: Decoder(), 1: Decoder("segment")}) is None
    assert bulk.read(said, {0: Decoder(), 1: Decoder()}) is not None
