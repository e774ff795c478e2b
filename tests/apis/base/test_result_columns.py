"""Results by columns: the rows of each table, from events of every kind, in order and without duplicates."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import (
    Engagement,
    Heard,
    Quality,
    ResultBatch,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
)
from emotoolkit.apis.base.result_columns import (
    BEGINNING,
    CHANGE,
    END,
    SCORE_NAMES,
    WHOLE,
    EngagementColumns,
    QualityColumns,
    SegmentColumns,
    SignalColumns,
)

WIRE = ("kind", "raw")


def received(*events):
    """Events of one session, a second apart."""
    return [Heard(0, float(n), event) for n, event in enumerate(events)]


def test_signals():
    """Each report of a signal is a row; other events are none, and those that came together are taken apart."""
    together = ResultBatch(*WIRE, (SignalEnded(*WIRE, "stress", 4.0), Step(*WIRE)))
    span = SignalSpan("interest", 1.0, 2.0, "high", "why")
    columns = SignalColumns.of(
        received(
            SignalDetected(*WIRE, "stress", 1.5, "low", None),
            Step(*WIRE),
            SignalUpdated(*WIRE, "stress", 1.5, "medium", "louder"),
            together,
            SignalSpans(*WIRE, (span,)),
        )
    )
    assert columns.kind.tolist() == [BEGINNING, CHANGE, END, WHOLE]
    assert columns.signal.tolist() == ["stress"] * 3 + ["interest"]
    assert columns.start.tolist() == [1.5, 1.5, 4.0, 1.0]
    assert columns.probability.tolist() == ["low", "medium", None, "high"]


def test_no_results():
    """Without results each table has no row, and its columns have their types."""
    assert SignalColumns.of([]).start.dtype == float
    assert EngagementColumns.of(received(Step(*WIRE))).state.dtype == object
    assert QualityColumns.of([]).values.shape == (0, len(SCORE_NAMES))


@given(st.permutations(range(4)))
def test_signals_by_media_time(order):
    """Law: whatever the order of arrival, an end comes before a beginning at the same time, and after its own."""
    events = [
        SignalDetected(*WIRE, "stress", 1.0, None, None),
        SignalUpdated(*WIRE, "stress", 2.0, "high", None),
        SignalEnded(*WIRE, "stress", 3.0),
        SignalDetected(*WIRE, "stress", 3.0, None, None),
    ]
    columns = SignalColumns.of(received(*(events[n] for n in order))).by_media_time()
    assert columns.kind.tolist() == [BEGINNING, CHANGE, END, BEGINNING]
    assert columns.start.tolist() == [1.0, 2.0, 3.0, 3.0]


def test_engagement():
    """States are rows in order of arrival."""
    columns = EngagementColumns.of(received(Engagement(*WIRE, "low", 2.0, None), Engagement(*WIRE, "high", 1.0, 2.0)))
    assert (columns.state.tolist(), columns.start.tolist()) == (["low", "high"], [2.0, 1.0])


def test_quality():
    """Periods are rows of their own, the overall scores one up to the last period's end; a missing score is NaN."""
    periods = (Scores(0.0, 5.0, {"energy": 40.0}), Scores(5.0, 9.0, {"rapport": 60.0}))
    columns = QualityColumns.of(received(Quality(*WIRE, {"quality_index": 50.0}, periods)))
    assert columns.overall.tolist() == [False, False, True]
    assert columns.end.tolist() == [5.0, 9.0, 9.0]
    assert math.isnan(columns.start[2])
    assert columns.values[0, SCORE_NAMES.index("energy")] == 40.0
    assert columns.values[2, SCORE_NAMES.index("quality_index")] == 50.0
    assert np.isnan(columns.values).sum() == 3 * len(SCORE_NAMES) - 3


cells = st.sampled_from([0.0, 1.0, math.nan])
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), cells, cells, cells), max_size=12).map(
    lambda made: [
        (session, channel, *(0.0 if math.isnan(at) else at for at in (start, end)), cell)
        for session, channel, start, end, cell in made
    ]
)


@given(rows)
def test_segments_are_sorted_and_unique(made):
    """Law: every row is left once, in order of time; NaN is equal to NaN."""
    array = np.array(made, float).reshape(-1, 5)
    columns = SegmentColumns(
        ("x",), array[:, 0].astype(int), array[:, 1].astype(int), array[:, 2], array[:, 3], array[:, 4:]
    ).sorted_unique()
    found = list(zip(columns.start, columns.end, columns.channel, columns.session, columns.values[:, 0], strict=True))
    keys = [key for *key, _ in found]
    assert keys == sorted(keys)
    wanted = {(start, end, channel, session, repr(cell)) for session, channel, start, end, cell in made}
    assert {(start, end, channel, session, repr(float(cell))) for start, end, channel, session, cell in found} == wanted
