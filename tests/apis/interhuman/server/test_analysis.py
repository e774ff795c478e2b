"""What the local server makes of a session."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.apis.interhuman.server.analysis import (
    Analyzer,
    DetectedSignal,
    EndedSignal,
    EngagementState,
    QualityPeriod,
    UpdatedSignal,
)
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from tests.support import footage

TALK = ((0.5, 6.0), (7.5, 12.0), (14.0, 15.0), (16.5, 20.0))
SECONDS = 27


def found(messages):
    """Everything found, and how much of it before the end."""
    analysis = Analyzer()
    before = [finding for message in messages for finding in analysis.feed(message)]
    return [*before, *analysis.finish()]


@pytest.fixture(scope="module")
def talk():
    """A stream of which each picture and each sample is coded by itself."""
    return footage.file("mkv", SECONDS, talk=TALK, rate=16_000, lively=True)


@pytest.fixture(scope="module")
def findings(talk):
    return found([talk])


def of(findings, *kinds):
    return [finding for finding in findings if isinstance(finding, kinds)]


def test_hesitations(findings):
    """Pauses between speech are hesitations: detected, updated as long as they go on, ended; with what was measured."""
    silence = "s of silence (below −45 dBFS) between speech until"
    assert of(findings, DetectedSignal, UpdatedSignal, EndedSignal) == [
        DetectedSignal("hesitation", 6.0, "medium", f"1.50 {silence} 6.00 s and from 7.50 s", "audio"),
        EndedSignal("hesitation", 7.5),
        DetectedSignal("hesitation", 12.0, "medium", f"2.00 {silence} 12.00 s and from 14.00 s", "audio"),
        UpdatedSignal(
            "hesitation",
            12.0,
            "medium",
            f"2.00 {silence} 12.00 s and from 14.00 s, the longest of 2 such pauses",
            "audio",
        ),
        EndedSignal("hesitation", 16.5),
    ]


@pytest.mark.parametrize("seconds", [8.0, 8.1, 8.3])
def test_the_last_window_leaves_nothing_out(seconds):
    """A pause that is certain only because the session ends is told, whether or not another window follows."""
    talk = found([footage.file("mkv", seconds, talk=TALK, rate=16_000, lively=True)])
    assert [(each.signal, each.start) for each in of(talk, DetectedSignal)] == [("hesitation", 6.0)]


def test_states(findings):
    """Engagement is told when it changes: here when the voice stops and only the picture goes on."""
    assert [state.state for state in of(findings, EngagementState)] == ["engaged"]
    still = found([footage.file("mkv", SECONDS, talk=TALK, rate=16_000, still=True)])
    assert [(state.state, state.start) for state in of(still, EngagementState)] == [
        ("engaged", 0.0),
        ("neutral", 18.0),
        ("disengaged", 21.0),
    ]


def test_periods(findings):
    """Quality comes in periods without gaps to the end of the media; the last may be short."""
    spans = [(period.start, period.end) for period in of(findings, QualityPeriod)]
    assert spans == [(0, 8), *[(end, end + 3) for end in range(8, 26, 3)], (26, 27)]


def test_overall_is_cumulative(findings):
    """The overall quality is that of the whole session so far; with the first period they are the same."""
    periods = of(findings, QualityPeriod)
    assert periods[0].overall == periods[0].values
    shorter = found([footage.file("mkv", 12, talk=TALK, rate=16_000, lively=True)])
    assert of(shorter, QualityPeriod)[0].overall == periods[0].overall
    assert periods[-1].overall != periods[-1].values


def test_energy_by_hand(findings):
    """Energy is the mean of a loudness part and a movement part, by the documented formula."""
    samples = footage.talking(8, TALK, 16_000).astype(np.float64)
    powers = (np.round(samples * 32767) / 32768).reshape(-1, 320) ** 2
    voiced = powers.mean(axis=1) > 10 ** (scoring.SILENCE_DBFS / 10)
    loudness = (10 * np.log10(powers[voiced].mean()) + 50) / 40 * 100
    period = of(findings, QualityPeriod)[0]
    assert period.measured == ("energy",)
    assert period.values["energy"] == pytest.approx((loudness + 100) / 2, abs=0.1)
    assert period.values["quality_index"] == pytest.approx((4 * 50 + period.values["energy"]) / 5)


def test_order_of_a_window(findings):
    """Within a window signals come first, then engagement, then quality."""
    kinds = [type(finding) for finding in findings[:8]]
    assert kinds == [
        *(EngagementState, QualityPeriod, DetectedSignal, QualityPeriod),
        *(EndedSignal, QualityPeriod, DetectedSignal, QualityPeriod),
    ]


@pytest.mark.parametrize("length", [3, 4.2, 9, 27])
def test_files_or_stream(findings, length):
    """Whole files of any length lead to the same findings as one stream, to the last digit."""
    starts = np.arange(0, SECONDS, length)
    files = [
        footage.file("mkv", min(length, SECONDS - at), start=at, talk=TALK, rate=16_000, lively=True)
        for at in starts.tolist()
    ]
    assert found(files) == findings


@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_cuts_do_not_matter(talk, findings, data):
    """However the stream is cut into messages, the findings are the same, in the same order."""
    cuts = sorted(set(data.draw(st.lists(st.integers(500, len(talk) - 1), max_size=12))))
    messages = [talk[a:b] for a, b in zip([0, *cuts], [*cuts, len(talk)], strict=True)]
    assert found(messages) == findings


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_segment_length_does_not_matter(kind):
    """Pieces of 1, 3 or 5 s of a stream with real codecs lead to the same findings."""
    stream = footage.file(kind, 15, talk=TALK)
    one, three, five = (found(footage.pieces(kind, stream, every)) for every in (1, 3, 5))
    assert one == three == five
    assert of(one, DetectedSignal)


def test_findings_come_when_their_window_is_full():
    """Nothing is found before 8 s of media, then something every 3 s, without waiting for the end."""
    analysis = Analyzer()
    counts = [
        len(of(analysis.feed(footage.file("mkv", 3, start=3.0 * n, rate=16_000)), QualityPeriod)) for n in range(5)
    ]
    assert counts == [0, 0, 1, 1, 1]
    analysis.close()


def test_short_sessions():
    """Less than a window is one window; nothing at all is nothing."""
    assert [type(each) for each in found([footage.file("mkv", 4, rate=16_000)])] == [EngagementState, QualityPeriod]
    assert found([]) == []
    assert found([b""]) == [
        ErrorReport("ih5004", "the message does not begin a container, and none is open that it could continue")
    ]


def test_pictures_alone():
    """Without a sound track the picture decides, and energy is its movement."""
    film = found([footage.file("mp4", 9, sound=False, lively=True)])
    assert of(film, EngagementState) == [EngagementState("engaged", 0.0)]
    assert of(film, QualityPeriod)[0].values["energy"] == 100.0
    assert of(film, DetectedSignal) == []


def test_sound_that_ends_early_does_not_hold_up():
    """When the sound track stops, windows go on with the pictures, some seconds behind."""
    analysis = Analyzer()
    periods = []
    for n in range(8):
        message = footage.file("mkv", 3, start=3.0 * n, rate=16_000, sound=n < 2)
        periods += of(analysis.feed(message), QualityPeriod)
    assert [period.end for period in periods] == [8, 11, 14, 17]
    analysis.close()


def test_one_trouble_of_a_kind():
    """However much of a message is damaged, it is said once."""
    stream = bytearray(footage.file("mkv", 6, rate=16_000))
    at = stream.index(b"\xff\xd8\xff", len(stream) // 2)
    for _ in range(3):
        end = stream.index(b"\xff\xd9", at) + 2
        stream[at:end] = bytes(end - at)
        at = stream.index(b"\xff\xd8\xff", end)
    assert [trouble.code for trouble in of(found([bytes(stream)]), ErrorReport)] == ["ih5004"]
