"""What the server does not see, or does not analyse, is said: from the media's gaps to the client's tables."""

from __future__ import annotations

import io
import json
import math
import random
import time
from fractions import Fraction

import av
import numpy as np
import pytest
from websockets.asyncio.client import connect

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.analysis import Analyzer, DetectedSignal, EngagementState, QualityPeriod
from emotoolkit.apis.interhuman.server.coverage import CoverageTracker, Gap
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.server.session_timeline import MAX_CLOCK_JUMP_S
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage
from tests.support.in_process_server import here


def gaps_of(messages, **how):
    analysis = Analyzer(**how)
    found = [finding for message in messages for finding in analysis.feed(message)] + analysis.finish()
    return [each for each in found if isinstance(each, Gap)], [each for each in found if isinstance(each, ErrorReport)]


def film(times, seconds=0.0) -> bytes:
    """A film of pictures at these seconds, with sound to `seconds`."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        video = container.add_stream("mjpeg", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        audio = container.add_stream("pcm_s16le", rate=16_000, layout="mono") if seconds else None
        heard = 0.0
        for at in times:
            while audio is not None and heard < min(at, seconds):
                heard = sound(container, audio, heard)
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            picture.pts, picture.time_base = round(at * 1000), Fraction(1, 1000)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        while audio is not None and heard < seconds:
            heard = sound(container, audio, heard)
    return out.getvalue()


def sound(container, audio, at) -> float:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 16_000, round(at * 16_000), Fraction(1, 16_000)
    container.mux(audio.encode(frame))
    return round(at + 0.1, 3)


def steps(start, end):
    return [n / 25 for n in range(round(start * 25), round(end * 25))]


def test_whole_media_have_no_gaps():
    """Of footage without gaps nothing is said."""
    assert gaps_of([footage.file("mp4", 9)]) == ([], [])


@pytest.mark.parametrize(
    ("seconds", "gaps"),
    [
        (12.0, [Gap(3.0, 7.0, has_sound=True)]),
        (0.0, [Gap(3.0, 7.0, has_sound=False)]),
        (5.0, [Gap(3.0, 5.0, has_sound=True), Gap(5.0, 7.0, has_sound=False)]),
    ],
)
def test_a_hole_in_the_pictures(seconds, gaps):
    """Pictures that are missing while there is sound are a gap in part; without sound, a whole one."""
    found, troubles = gaps_of([film([*steps(0, 3), *steps(7, 12)], seconds)])
    assert troubles == []
    assert [(round(gap.start, 1), round(gap.end, 1), gap.has_sound) for gap in found] == [
        (gap.start, gap.end, gap.has_sound) for gap in gaps
    ]


def test_pictures_that_end_early():
    """What is heard behind the last picture is analysed in part, and said at the end."""
    (gap,), _ = gaps_of([film(steps(0, 4), 9.0)])
    assert (gap.start, gap.end, gap.has_sound) == (pytest.approx(4.0, abs=0.05), pytest.approx(9.0, abs=0.05), True)


def test_cuts_do_not_matter():
    """However the stream is cut into messages, the findings are the same, gaps among them, in the same order."""
    whole = film([*steps(0, 3), *steps(7, 12), *steps(14, 22)], 22.0)
    chance = random.Random(4)
    told = []
    for count in (1, 2, 7, 31):
        cuts = [0, *sorted(chance.sample(range(1, len(whole)), count - 1)), len(whole)]
        analysis = Analyzer()
        pieces = [whole[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]
        told.append([each for piece in pieces for each in analysis.feed(piece)] + analysis.finish())
    assert sum(isinstance(each, Gap) for each in told[0]) == 2
    assert all(each == told[0] for each in told)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("leap", [MAX_CLOCK_JUMP_S + 30, 1e6, 1e9])
def test_a_leaping_clock(leap):
    """A clock that leaps by hours is not believed: it is said, and no hours of stillness are measured."""
    began = time.monotonic()
    analysis = Analyzer()
    found = analysis.feed(film([*steps(0, 3), *(leap + at for at in steps(3, 12))])) + analysis.finish()
    assert time.monotonic() - began < 20
    (trouble,) = [each for each in found if isinstance(each, ErrorReport)]
    assert trouble.code == "ih5004"
    assert f"the message's clock leaps by {leap:.3g} s" in trouble.message
    assert max(getattr(each, "end", 0.0) for each in found) == pytest.approx(12.0, abs=0.1)


def replayed(path, speed=math.inf, **told) -> emo.Replay:
    with here(app.serving(Options(**told))) as local:
        return emo.replay(path, emo.Interhuman(url=local.url), speed=speed, progress=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Fifteen seconds of film."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(footage.file("plain", 15, talk=((0.5, 6.0), (7.5, 12.0))))
    return path


def spans(replay):
    return [
        (round(start.total_seconds(), 1), round(end.total_seconds(), 1), row["reason"])
        for (_, start, end), row in replay.coverage.iterrows()
    ]


@pytest.mark.parametrize("profile", ["reference", "quickstart", "v2"])
def test_coverage_as_a_fault(path, profile):
    """Told to lose a stretch, and the pictures of another, a server analyses neither, and says so; the tables too."""
    replay = replayed(path, profile=profile, faults=Faults(lose=(3.0, 6.0), blind=(9.0, 11.0)))
    assert replay.complete
    assert spans(replay) == [(3.0, 6.0, "dropped"), (9.0, 11.0, "video_gap")]
    assert replay.tracks.query("track == 'coverage'")["label"].tolist() == ["dropped", "video_gap"]
    assert {messages.COVERAGE_DROPPED, messages.COVERAGE_DEGRADED} <= set(replay.events["kind"])


def found_without(lost, *, talk):
    """What is found in 15 s of film when a stretch of it is not received."""

    def received(second):
        return not lost[0] <= second < lost[1]

    analysis = Analyzer(received, received)
    return analysis.feed(footage.file("plain", 15, talk=talk, still=True)) + analysis.finish()


def test_what_is_missing_is_no_pause():
    """Speech on both sides of what was dropped is no hesitation, as real silence is of the same length."""
    silent = found_without((99.0, 99.0), talk=((0.5, 5.0), (7.0, 14.0)))
    dropped = found_without((5.0, 7.0), talk=((0.5, 14.0),))
    assert [each.signal for each in silent if isinstance(each, DetectedSignal)] == ["hesitation"]
    assert [each for each in dropped if isinstance(each, DetectedSignal)] == []
    assert [(round(each.start, 1), each.end) for each in dropped if isinstance(each, Gap)] == [(5.0, 7.0)]


def test_what_is_missing_is_no_silence():
    """A voice is as loud, and as much of the time there, as in what was received of it; nobody is disengaged."""
    whole = found_without((99.0, 99.0), talk=((0.0, 15.0),))
    holed = found_without((3.0, 8.6), talk=((0.0, 15.0),))
    for kind in (EngagementState, QualityPeriod):
        assert len([each for each in whole if isinstance(each, kind)]) > 0
    assert [each for each in holed if isinstance(each, EngagementState)] == [
        each for each in whole if isinstance(each, EngagementState)
    ]
    loud, left = (
        [each.values["energy"] for each in told if isinstance(each, QualityPeriod)] for told in (whole, holed)
    )
    assert left == pytest.approx(loud, abs=1.0)


def test_a_window_of_nothing():
    """Of a window of which nothing was received no state is told, and no score has evidence."""
    found = found_without((1.0, 14.0), talk=((0.0, 1.0), (14.0, 15.0)))
    assert [each for each in found if isinstance(each, EngagementState)] == [EngagementState("engaged", 0.0)]
    empty = [each for each in found if isinstance(each, QualityPeriod) and each.start >= 1.0 and each.end <= 14.0]
    assert empty
    assert all(set(each.values.values()) == {50.0} for each in empty)


async def test_load_is_shed():
    """A server that may fall behind a little, and is slow, sheds what it cannot keep up with, and says of which."""
    limits, faults = Limits(behind=0.3), Faults(slow=1.25)
    async with (
        app.serving(Options(limits=limits, faults=faults)) as url,
        connect(url.replace("http", "ws") + messages.PATHS[0]) as wire,
    ):
        for piece in footage.pieces("mp4", footage.file("mp4", 4), 1):
            await wire.send(piece)
        await wire.send(messages.close())
        told = [json.loads(raw) async for raw in wire]
    ((lost,),) = [each["data"]["ranges"] for each in told if each["type"] == messages.COVERAGE_DROPPED]
    assert 0.9 < lost["start"] < 2.1
    assert lost["end"] == pytest.approx(4.0, abs=0.1)


def test_gaps_of_nothing():
    """Nothing at all has no gaps; sound that lies a little behind is waited for."""
    assert CoverageTracker().finish() == []
    gaps = CoverageTracker()
    assert gaps.add_picture(0.0, 1.0) + gaps.add_picture(3.0, 4.0) + gaps.add_sound(0.0, 2.0) == []
    assert gaps.add_sound(2.0, 3.5) == [Gap(1.0, 3.0, has_sound=True)]
