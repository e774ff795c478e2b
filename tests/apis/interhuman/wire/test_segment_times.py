"""Times that count from segments: each message is put to the segment that it is about, however late it comes."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit import Replay
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Reference, Sent
from emotoolkit.apis.interhuman.wire.decoder import Decoder
from emotoolkit.errors import ImpossibleTimesWarning, SegmentTimesWarning
from tests.support.examples import examples

LENGTH_S = 3.0
clock = itertools.count()


def message(kind, **data):
    return json.dumps({"type": kind, "timestamp": str(next(clock)), "data": data})


def signals(*spans):
    """A list of signals, as in the quickstart."""
    return message("signal.detected", signals=[{"type": "interest", "start": a, "end": b} for a, b in spans])


def flat(start, end):
    return message("signal.detected", signal_type="interest", start=start, end=end)


def state(start=0.0, end=3.0):
    return message("engagement.updated", state="engaged", start=start, end=end)


def score(start=0.0, end=3.0):
    return message("conversation_quality.updated", timeline=[{"start": start, "end": end, "values": {"energy": 40}}])


def failed(place):
    return message("error", code="ih5004", message="broken", segment=place + 1)


def replay(answers, lag=0, time_base="segment"):
    """A replay in which the answers to each segment come when `lag` more segments have been sent."""
    sent = [Sent(0, n * LENGTH_S, (n + 1) * LENGTH_S, None, n * 0.1, 9) for n in range(len(answers))]
    told = [[Received(0, 1.0, raw) for raw in each] for each in answers]
    before = [[*told[n - lag]] if n >= lag else [] for n in range(len(answers))]
    records = [each for packet, heard in zip(sent, before, strict=True) for each in (packet, *heard)]
    records += [each for heard in told[max(0, len(told) - lag) :] for each in heard]
    api = {"url": "ws://127.0.0.1:1/v1/stream/analyze", "time_base": time_base}
    began = Began("0", "f.wav", len(answers) * LENGTH_S, "interhuman", [api], 1.0, "2026-01-01T00:00:00+00:00")
    start = Reference(0.0, 0.0, 1.0, True, "start")
    return Replay((began, Opened(0, 0, 0.0, 0.0), start, *records, Ended(0, 70.0, "finished")), Path("j.jsonl"))


def starts(table):
    return [round(each, 3) for each in table.index.get_level_values("start").total_seconds()]


def segments(made):
    """The segments in which signals begin, and the periods of quality."""
    timeline = made.quality[made.quality["scope"] == "timeline"]
    return [int(each // LENGTH_S) for each in starts(made.signals)], starts(timeline)


def told(made):
    return [each for each in made.notices() if isinstance(each, SegmentTimesWarning)]


kinds = st.permutations(["signals", "state", "score"]).flatmap(
    lambda order: st.integers(1, 3).map(lambda size: order[:size])
)
offsets = st.sampled_from([0.0, 0.5, 1.5])


@settings(max_examples=examples(80))
@given(kinds, st.lists(st.none() | offsets, min_size=1, max_size=7), st.integers(0, 3), st.integers(1, 3))
def test_late_answers(order, places, lag, several):
    """Law: with as many messages of each kind for each segment, times are exact, whatever the lag and the errors."""
    made = {"signals": lambda at: [signals((at, at + 1)) for _ in range(several)]}
    made |= {"state": lambda at: [state(at, at + 1)], "score": lambda at: [score(at, at + 1)]}
    answers = [
        [failed(n)] if at is None else [raw for kind in order for raw in made[kind](at)] for n, at in enumerate(places)
    ]
    found = replay(answers, lag)
    expected = [n * LENGTH_S + at for n, at in enumerate(places) if at is not None]
    if "signals" in order:
        assert starts(found.signals) == [each for each in expected for _ in range(several)]
    if "score" in order:
        assert starts(found.quality) == expected
    if several == 1 or "signals" not in order:
        assert told(found) == []


def test_one_kind_comes_later():
    """Each kind is counted by itself: one may lag behind another."""
    raws = [[state()], [state(), signals((0.5, 1))], [state(), signals((0.5, 1))], [state(), signals((0.5, 1))]]
    raws[-1].append(signals((0.5, 1)))
    assert starts(replay(raws).signals) == [0.5, 3.5, 6.5, 9.5]


def quiet():
    return [state(), score()]


UNEVEN = {
    "signals before the rest": (
        [[signals((0.5, 1)), *quiet()], quiet(), quiet(), [signals((0.5, 1)), *quiet()]],
        [0, 3],
    ),
    "signals after the rest": (
        [quiet(), [*quiet(), signals((0.5, 1))], quiet(), [*quiet(), signals((0.5, 1))]],
        [1, 3],
    ),
    "signals one by one": ([[flat(0, 1), flat(1, 2), *quiet()], quiet(), [flat(2, 3), *quiet()], quiet()], [0, 0, 2]),
    "nothing tells": ([quiet(), [signals((0.5, 1)), *quiet()], quiet(), quiet()], [1]),
    "nothing regular": ([[flat(0, 1)], [flat(0, 1), flat(1, 2)], [flat(0, 1), flat(2, 3)]], [0, 1, 1, 2, 2]),
    "segments without an answer": ([[state()], [], [], []], []),
}


@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize("case", UNEVEN)
def test_uneven_messages(case, lag):
    """What is not regular goes with what is, and a notice says so; without anything regular, to the last one sent."""
    answers, places = UNEVEN[case]
    made = replay(answers, lag)
    if lag == 0 or case != "nothing regular":
        assert segments(made)[0] == places
    (notice,) = told(made)
    assert notice.how == "uneven"
    assert f"for {len(answers)} segments there were" in str(notice)


def test_equal_words():
    """Words that are the same for each segment are no repetition, even with one time stamp for all."""
    raw = state()
    assert starts(replay([[raw], [raw], [raw]]).engagement) == [0.0]
    assert replay([[raw], [raw], [raw]]).engagement.index[0][2].total_seconds() == 9.0


def test_late_errors():
    """An error that is reported after later segments were answered is still known in the tables."""
    answers = [[signals((0.5, 1)), state()], [], [failed(1), signals((0.5, 1)), state()]]
    early = [answers[0], [], [signals((0.5, 1)), state(), failed(1)]]
    for each in answers, early:
        assert segments(replay(each))[0] == [0, 2]
        assert told(replay(each)) == []


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(offsets, st.booleans()), min_size=4, max_size=12), st.integers(0, 2), st.booleans())
def test_auto_recognises_segments(places, lag, with_signals):
    """Law: a server that reports a window of each of four segments or more, in its seconds, is recognised."""
    answers = [
        [*([signals((at, at + 1))] if with_signals else []), state(0.0, LENGTH_S if whole else 2.9)]
        for at, whole in places
    ]
    made, plain = replay(answers, lag, "auto"), replay(answers, lag)
    assert starts(made.engagement) == starts(plain.engagement)
    assert starts(made.signals) == starts(plain.signals)
    assert [each.how for each in told(made)] == ["recognised"]
    assert not any(isinstance(each, ImpossibleTimesWarning) for each in made.notices())


@st.composite
def session_answers(draw):
    """What a server says that counts from the session's beginning: windows that advance, and may end at any time."""
    count, window = draw(st.integers(1, 10)), draw(st.sampled_from([3.0, 5.0, 8.0]))
    until = draw(st.integers(0, count))
    has_ends, cumulative = draw(st.booleans()), draw(st.booleans())
    answers, periods, previous = [], [], None
    for n in range(count):
        begin, end = max(0.0, (n + 1) * LENGTH_S - window), (n + 1) * LENGTH_S
        answer = []
        if n < until:
            periods = [*(periods if cumulative else []), {"start": begin, "end": end, "values": {"energy": 40}}]
            if draw(st.booleans()):
                answer.append(message("conversation_quality.updated", timeline=periods))
            at = begin + draw(st.sampled_from([0.0, 0.5, 1.0]))
            answer += [flat(at, at + 1.0) for _ in range(draw(st.integers(0, 4)))]
            if previous is None or at > previous:
                previous = at
                more = {"end": end} if has_ends else {}
                answer.append(message("engagement.updated", state=draw(st.sampled_from("ab")), start=at, **more))
        answers.append(answer)
    return answers


@settings(max_examples=examples(120))
@given(session_answers(), st.integers(0, 2))
def test_auto_leaves_sessions(answers, lag):
    """Law: a server that counts from the session's beginning is never taken for the other kind."""
    made, plain = replay(answers, lag, "auto"), replay(answers, lag, "session")
    for table in ("signals", "engagement", "quality"):
        assert starts(getattr(made, table)) == starts(getattr(plain, table))
    assert told(made) == []


def test_as_they_come():
    """A decoder that does not know what is to come counts, and takes times as they are if it is to find out."""
    decoder, unknown = Decoder("segment"), Decoder("auto")
    for each in decoder, unknown:
        each.sent(0.0)
        each.sent(3.0)
        each.sent(6.0)
    assert [decoder.decode(state()).start for _ in range(4)] == [0.0, 3.0, 6.0, 6.0]
    assert [unknown.decode(state()).start for _ in range(2)] == [0.0, 0.0]
    assert (decoder.relative, unknown.relative, Decoder().relative) == (True, True, False)
