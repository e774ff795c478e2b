"""Turns: pauses, gaps, overlaps and asides, against what was arranged."""

import itertools
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.server.analysis import CallAnalysis
from emotoolkit.apis.emotion_logic.wire.messages import Handshake
from emotoolkit.measure.turns import MIN_PAUSE_S, TurnTaking

STEREO = Handshake(channels=2, background_noise=1000, bits=16, sampling_rate=16_000)


def heard(*stretches: tuple[int, float, float]) -> TurnTaking:
    """All of some (channel, start, end)."""
    turns = TurnTaking()
    for stretch in stretches:
        turns.add(*stretch)
    return turns


def told(turns: TurnTaking) -> list[tuple]:
    return [(each.kind, each.start, each.end, each.before, each.after) for each in turns.transitions()]


@pytest.mark.parametrize(
    ("stretches", "between"),
    [
        ([(0, 1, 2), (0, 3, 4)], [("pause", 2, 3, 0, 0)]),
        ([(0, 1, 2), (1, 3, 4)], [("gap", 2, 3, 0, 1)]),
        ([(0, 1, 3), (1, 2, 4)], [("overlap", 2, 3, 0, 1)]),
        ([(0, 1, 4), (1, 2, 3)], [("aside", 2, 3, 0, 0)]),
        ([(0, 1, 2), (1, 2, 3)], [("gap", 2, 2, 0, 1)]),
        ([(0, 1, 2), (0, 2, 3)], []),
        ([(0, 1, 2), (1, 3, 5), (0, 3, 4)], [("gap", 2, 3, 0, 1), ("overlap", 3, 4, 0, 1)]),
        ([(0, 1, 3), (1, 2, 3), (0, 4, 5)], [("aside", 2, 3, 0, 0), ("pause", 3, 4, 0, 0)]),
        ([(0, 1, 2)], []),
        ([], []),
    ],
    ids=["pause", "gap", "overlap", "aside", "at-once", "goes-on", "both-begin", "both-end", "alone", "nobody"],
)
def test_what_lies_between(stretches, between):
    """Who speaks alone before and after says what a silence, and what speaking at once, is."""
    assert told(heard(*stretches)) == between


def test_a_short_silence_is_none():
    """Silence below 0.3 s parts no utterances; 0.3 s do."""
    assert told(heard((0, 0.0, 1.0), (0, 1.28, 2.0))) == []
    assert told(heard((0, 0.0, 1.0), (0, 1.0 + MIN_PAUSE_S, 2.0))) == [("pause", 1.0, 1.3, 0, 0)]


def test_part():
    """Each sum of a channel, by hand."""
    part = heard((0, 1.0, 3.0), (0, 4.0, 6.0), (1, 6.2, 8.0), (0, 7.5, 9.0), (0, 11.0, 12.0)).summary(0)
    assert (part.speech, part.utterances, part.onset, part.pauses) == (6.5, 4, 1.0, 2)
    assert (part.pause_mean, part.pause_median, part.pause_longest) == (1.5, 1.5, 2.0)
    assert part.pause_share == pytest.approx(3 / 9.5)
    assert (part.turns, part.response, part.overlapped) == (1, -0.5, 0.5)


def test_part_of_nobody():
    """A channel that was never heard has no pauses and no latency, and nothing fails."""
    part = TurnTaking().summary(0)
    assert (part.speech, part.utterances, part.onset, part.pause_share, part.response) == (0, 0, None, None, None)


SPOKEN = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 80)), max_size=12)
"""Silence before and length of each stretch, in steps of 50 ms."""


def placed(channel: int, spoken: list[tuple[int, int]]) -> list[tuple[int, float, float]]:
    ends = itertools.accumulate(silence + length for silence, length in spoken)
    return [(channel, (end - length) / 20, end / 20) for end, (_, length) in zip(ends, spoken, strict=True)]


@given(SPOKEN, SPOKEN, st.randoms(use_true_random=False))
def test_the_order_of_channels_does_not_matter(left, right, random):
    """Law: however the stretches of two channels are mixed on their way in, the turns are the same."""
    mine, theirs = placed(0, left), placed(1, right)
    taken = [0] * len(mine) + [1] * len(theirs)
    random.shuffle(taken)
    queues = iter(mine), iter(theirs)
    assert told(heard(*(next(queues[n]) for n in taken))) == told(heard(*mine, *theirs))


@given(SPOKEN, SPOKEN)
def test_the_whole_time_is_accounted_for(left, right):
    """Law: who spoke alone, what lies between, and nothing else, fill the time from first to last word alone."""
    turns = heard(*placed(0, left), *placed(1, right))
    between = turns.transitions()
    assert all(before.end <= after.start for before, after in itertools.pairwise(between))
    both = sum(each.seconds for each in between if each.kind in ("overlap", "aside"))
    assert both <= turns.summary(0).overlapped + 1e-9
    assert turns.summary(0).overlapped == pytest.approx(turns.summary(1).overlapped)
    mirrored = heard(*placed(1, left), *placed(0, right))
    assert [(each.kind, each.start, 1 - each.before) for each in mirrored.transitions()] == [
        (each.kind, each.start, each.before) for each in between
    ]


@pytest.fixture(scope="module")
def call(sample):
    """The sample call as 16-bit stereo bytes."""
    import soundfile

    return soundfile.read(sample / "call.wav", dtype="int16")[0].tobytes()


def turns_of(data: bytes, packet: int) -> TurnTaking:
    """Turns of a call that comes in packets."""
    there, turns = CallAnalysis(STEREO), TurnTaking()
    rows = [row for at in range(0, len(data), packet) for row in there.feed(data[at : at + packet])]
    for _, channel, start, end, *_ in [*rows, *there.finish()]:
        turns.add(channel, start, end)
    return turns


def test_the_sample_call(call, sample):
    """Gaps and the overlap of two speakers are those arranged: boundaries to 40 ms (median), lengths to 100 ms."""
    import pandas as pd

    truth = pd.read_csv(sample / "truth.csv").query("file == 'call.wav'")
    spoken = truth[truth.track == "voice"]
    there = heard(*((int(row.channel), row.start, row.end) for row in spoken.itertuples()))
    ours = turns_of(call, 9600)
    assert [each.kind for each in ours.transitions()] == [each.kind for each in there.transitions()]
    pairs = list(zip(ours.transitions(), there.transitions(), strict=True))
    assert [(mine.before, mine.after) for mine, _ in pairs] == [(true.before, true.after) for _, true in pairs]
    assert (
        median(abs(a - b) for mine, true in pairs for a, b in ((mine.start, true.start), (mine.end, true.end))) <= 0.04
    )
    assert max(abs(mine.offset - true.offset) for mine, true in pairs) <= 0.1
    assert ours.summary(1).onset == pytest.approx(there.summary(1).onset, abs=0.04)


@pytest.mark.parametrize("packet", [2368, 6615, 64_000, 10**9])
def test_packets_do_not_matter(call, packet):
    """Packets of 37 ms, of 6615 odd bytes, of a second, and all at once: each turn is the same to the last bit."""
    assert told(turns_of(call, packet)) == told(turns_of(call, 19_200))
