"""Events into tables: pure, so every case is made by hand."""

import itertools
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Heard,
    Quality,
    Scores,
    Segment,
    Segments,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
)
from emotoolkit.tables import from_events


def heard(*events, session: int = 0) -> list[Heard]:
    """Events as one session's, a second apart."""
    return [Heard(session, float(n), event) for n, event in enumerate(events)]


def segments(*rows: Segment) -> Segments:
    return Segments("audio-analysis", "{}", rows)


def detected(signal, start, probability="low", rationale="why"):
    return SignalDetected("signal.detected", "{}", signal, start, probability, rationale)


def updated(signal, start, probability=None, rationale=None):
    return SignalUpdated("signal.updated", "{}", signal, start, probability, rationale)


def ended(signal, end):
    return SignalEnded("signal.ended", "{}", signal, end)


def state(name, start, end=None):
    return Engagement("engagement.updated", "{}", name, start, end)


def times(table: pd.DataFrame) -> list[tuple[float, float]]:
    """Start and end in seconds of each row."""
    return [(start.total_seconds(), end.total_seconds()) for _, start, end in table.index]


EMPTY = {
    "segments": lambda: from_events.segments([], "f"),
    "signals": lambda: from_events.signals([], "f", {}),
    "engagement": lambda: from_events.engagement([], "f", {}),
    "quality": lambda: from_events.quality([], "f", {}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_empty(name):
    """Without events the tables are empty, with the same index and the same kinds of column."""
    table = EMPTY[name]()
    assert len(table) == 0
    assert table.index.names == ["file", "start", "end"]
    assert table.index.levels[1].dtype == "timedelta64[ns]"


def test_segments_columns():
    """Channel, index and validity come first, then each parameter by its wire name as float64, words as words."""
    table = from_events.segments(
        heard(
            segments(Segment(0, 0.5, 1.5, {"index": 1, "validSegment": 1, "energy": 7, "topics": "greeting"})),
            segments(Segment(0, 2.0, 3.0, {"index": 2, "validSegment": 0, "energy": None, "LVA-MentalEffort": 100})),
        ),
        "a.wav",
    )
    assert list(table.columns) == [
        "channel",
        "index",
        "validSegment",
        "energy",
        "topics",
        "LVA-MentalEffort",
        "session",
    ]
    words = str(pd.Series([""], dtype="str").dtype)  # pandas 2 says object
    assert list(table.dtypes.astype(str)) == ["int64", "Int64", "boolean", "float64", words, "float64", "int64"]
    assert list(table["validSegment"]) == [True, False]
    assert np.isnan(table["energy"].iloc[1])
    assert times(table) == [(0.5, 1.5), (2.0, 3.0)]
    assert list(table.index.get_level_values("file")) == ["a.wav", "a.wav"]


def test_absent_parameters_are_absent():
    """A parameter that the server never sent is no column: nothing is made up."""
    table = from_events.segments(heard(segments(Segment(0, 0.5, 1.5, {"energy": 7}))), "a.wav")
    assert "stress" not in table.columns
    assert table["validSegment"].isna().all()


@given(st.permutations(range(6)))
def test_the_order_of_arrival_changes_no_table(order):
    """Law: segments of two channels are sorted by time, in whatever order they came."""
    rows = [Segment(n % 2, n * 1.0, n + 1.0, {"index": n}) for n in range(6)]
    got = from_events.segments(heard(*(segments(rows[n]) for n in order)), "f")
    pd.testing.assert_frame_equal(got, from_events.segments(heard(*map(segments, rows)), "f"))


def test_a_signals_life():
    """Detected, updated, ended is one row with the last probability and rationale, and the first start."""
    table = from_events.signals(
        heard(
            detected("confusion", 12.0, "low", "first"),
            updated("confusion", 15.0, "high", None),
            updated("confusion", 18.0, None, "last"),
            ended("confusion", 23.0),
        ),
        "f",
        {0: 60.0, 1: 60.0},
    )
    assert times(table) == [(12.0, 23.0)]
    (row,) = table.to_dict("records")
    assert row == {
        "signal": "confusion",
        "probability": "high",
        "rationale": "last",
        "updates": 2,
        "closed": True,
        "session": 0,
    }


def test_a_signal_without_an_end():
    """A signal that never ended ends with the media, and says that it was not closed."""
    table = from_events.signals(heard(detected("stress", 12.0)), "f", {0: 60.0, 1: 60.0})
    assert times(table) == [(12.0, 60.0)]
    assert not table["closed"].iloc[0]


def test_two_signals_at_once():
    """Signals of different names overlap; of one name there is one at a time."""
    table = from_events.signals(
        heard(detected("stress", 1.0), detected("interest", 2.0), ended("stress", 4.0), detected("interest", 5.0)),
        "f",
        {0: 9.0, 1: 9.0},
    )
    assert list(table["signal"]) == ["stress", "interest", "interest"]
    assert times(table) == [(1.0, 4.0), (2.0, 5.0), (5.0, 9.0)]
    assert list(table["closed"]) == [True, False, False]


def test_sessions_do_not_mix():
    """A signal that ends in one session goes on in the other."""
    both = heard(detected("stress", 1.0)) + heard(detected("stress", 2.0), ended("stress", 3.0), session=1)
    assert times(from_events.signals(both, "f", {0: 9.0, 1: 9.0})) == [(1.0, 9.0), (2.0, 3.0)]


def test_both_shapes_give_the_same_table():
    """A server that reports whole signals and one that reports their lives give the same rows."""
    spans = SignalSpans("signal.detected", "{}", (SignalSpan("agreement", 3.0, 11.0, "high", "nods"),))
    life = [detected("agreement", 3.0, "high", "nods"), ended("agreement", 11.0)]
    pd.testing.assert_frame_equal(
        from_events.signals(heard(spans), "f", {0: 20, 1: 20}), from_events.signals(heard(*life), "f", {0: 20, 1: 20})
    )


def test_probability_is_ordered():
    """Probabilities compare: low < medium < high; a missing or unknown one is NaN."""
    table = from_events.signals(
        heard(detected("a", 1, "low"), detected("b", 2, "high"), detected("c", 3, None), detected("d", 4, "0.7")),
        "f",
        {0: 9.0, 1: 9.0},
    )
    assert list(table.loc[table["probability"] > "low", "signal"]) == ["b"]
    assert list(table["probability"].isna()) == [False, False, True, True]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["+", "~", "-"]), st.floats(0, 100)), max_size=30))
def test_any_order_of_lives_gives_intervals(steps):
    """Law: whatever a server says of signals, in whatever order, no row ends before it starts."""
    kinds = {"+": detected, "~": updated, "-": ended}
    table = from_events.signals(heard(*(kinds[kind](name, at) for name, kind, at in steps)), "f", {0: 100.0, 1: 100.0})
    assert all(end >= start for start, end in times(table))


def test_engagement():
    """Where no ends are sent, each state lasts until the next, the last until the media's end; else as sent."""
    changes = [state("neutral", 0.0), state("engaged", 9.0), state("neutral", 27.0)]
    windows = [
        state("neutral", 0.0, 8.0),
        state("neutral", 3.0, 11.0),
        state("engaged", 9.0, 17.0),
        state("neutral", 27.0, 35.0),
    ]
    for events, ends in (changes, (27.0, 40.0)), (windows, (17.0, 35.0)):
        table = from_events.engagement(heard(*events), "f", {0: 40.0, 1: 40.0})
        assert list(table["state"]) == ["neutral", "engaged", "neutral"]
        assert times(table) == [(0.0, 9.0), (9.0, ends[0]), (27.0, ends[1])]


@given(st.lists(st.tuples(st.sampled_from(["engaged", "neutral"]), st.floats(0, 99)), min_size=1))
def test_engagement_is_contiguous(said):
    """Law: each row begins where the former ended, no state follows itself, and the last row ends with the media."""
    table = from_events.engagement(heard(*(state(name, at) for name, at in said)), "f", {0: 100.0, 1: 100.0})
    rows = times(table)
    assert all(before[1] == after[0] for before, after in pairwise(rows))
    assert all(before != after for before, after in pairwise(table["state"]))
    assert rows[-1][1] == 100.0


def test_quality():
    """Each message adds its period and the running overall beside it."""
    scores = {"quality_index": 58, "clarity": 50, "authority": 58, "energy": 68, "rapport": 62, "learning": 52}
    table = from_events.quality(
        heard(
            Quality("q", "{}", scores, (Scores(0.0, 8.0, scores),)),
            Quality("q", "{}", None, (Scores(3.0, 11.0, scores | {"energy": 70.0}),)),
            Quality("q", "{}", {"energy": 61.0}, ()),
        ),
        "f",
        {},
    )
    assert list(table["scope"]) == ["timeline", "overall", "timeline", "overall"]
    assert list(table.columns) == ["scope", *from_events.SCORE_NAMES, "session"]
    assert times(table)[:3] == [(0.0, 8.0), (0.0, 8.0), (3.0, 11.0)]
    assert pd.isna(table.index[3][2])
    assert table["energy"].tolist() == [68.0, 68.0, 70.0, 61.0]
    assert np.isnan(table["clarity"].iloc[3])


def test_tracks():
    """Everything in long form: a row per value, with its track and label."""
    signals = from_events.signals(
        heard(detected("stress", 1.0, "high"), detected("a", 2.0, None)), "f", {0: 9.0, 1: 9.0}
    )
    engagement = from_events.engagement(heard(state("neutral", 0.0)), "f", {0: 9.0, 1: 9.0})
    quality = from_events.quality(heard(Quality("q", "{}", None, (Scores(0, 8, {"energy": 60}),))), "f", {})
    rows = from_events.segments(heard(segments(Segment(1, 0.5, 1.5, {"index": 1, "stress": 3, "topics": "x"}))), "f")
    table = from_events.tracks("interhuman", rows, signals, engagement, quality)
    assert list(table.columns) == ["api", "track", "label", "value", "suspect"]
    assert [tuple(row) for row in table[["track", "label", "value"]].fillna({"value": -1}).to_numpy()] == [
        ("stress", "channel 1", 3.0),
        ("signal", "stress", 3.0),
        ("signal", "a", -1),
        ("engagement", "neutral", -1),
        ("energy", "timeline", 60.0),
    ]


def test_times_are_rounded_to_microseconds():
    """0.1 + 0.2 is 0.3 in an index."""
    table = from_events.segments(heard(segments(Segment(0, 0.1 + 0.2, 0.7, {}))), "f")
    assert table.index[0][1] == pd.Timedelta(milliseconds=300)


def test_coverage():
    """What was not analysed is a table of its own, and a track where there is any."""
    gaps = (
        Coverage("coverage.dropped", "{}", ((3.0, 6.0), (0.0, 1.0)), "dropped"),
        Coverage("coverage.degraded", "{}", ((6.0, 7.0),), "video_gap"),
    )
    said = [Heard(0, 0.0, gap) for gap in gaps]
    table = from_events.coverage(said, "film.mp4")
    assert table["reason"].tolist() == ["dropped", "dropped", "video_gap"]
    assert table.index.get_level_values("start").total_seconds().tolist() == [0.0, 3.0, 6.0]
    empty = [
        from_events.segments([], "f"),
        from_events.signals([], "f", {}),
        from_events.engagement([], "f", {}),
        from_events.quality([], "f", {}),
    ]
    track = from_events.tracks("interhuman", *empty, table)
    assert track["track"].unique().tolist() == ["coverage"]
    assert track["label"].tolist() == ["dropped", "dropped", "video_gap"]
    assert len(from_events.tracks("interhuman", *empty, from_events.coverage([], "f"))) == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_signals_in_any_order(order):
    """Intervals are the same in whatever order beginnings and ends arrive."""
    said = [
        SignalDetected("signal.detected", "", "interest", 1.0, "low", None),
        SignalEnded("signal.ended", "", "interest", 4.0),
        SignalDetected("signal.detected", "", "interest", 4.0, "high", None),
        SignalEnded("signal.ended", "", "interest", 6.0),
    ]
    table = from_events.signals([Heard(0, 0.0, said[number]) for number in order], "f", {0: 9.0})
    assert table["probability"].tolist() == ["low", "high"]
    assert table["closed"].all()
    assert table.index.get_level_values("end").total_seconds().tolist() == [4.0, 6.0]
