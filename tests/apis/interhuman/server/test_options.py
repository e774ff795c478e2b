"""Strict servers and their limits, and a client that finds out which way of sending a server takes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import scopes_by_digest
from emotoolkit.apis.interhuman.server.options import REFUSABLE, Limits, Options
from emotoolkit.apis.interhuman.server.profiles import PROFILES
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import SegmentTooLarge, SegmentTooLong, ServerRefused, SettingsError
from tests.support import footage
from tests.support.clips import numbered_clip
from tests.support.in_process_server import here
from tests.support.interhuman_streams import TALK, fast
from tests.support.start_lines import told

STREAM = footage.pieces("mp4", footage.file("mp4", 12, talk=TALK), 3)
FILES = [footage.file("plain", 3, start=start, talk=TALK) for start in range(0, 12, 3)]
RESULTS = ("signals", "engagement", "quality")


async def troubles(sent: list[bytes], **rules) -> list[tuple[str, int]]:
    """Code and segment of each error that a server with these rules answers."""
    async with (
        app.serving(Options(**rules)) as url,
        connect(url.replace("http", "ws") + messages.PATHS[0], max_size=None) as wire,
    ):
        for message in sent:
            await wire.send(message)
        await wire.send(messages.close())
        told = [json.loads(raw) async for raw in wire]
    assert told[-1]["type"] == "session.ended"
    return [(each["data"]["code"], each["data"]["segment"]) for each in told if each["type"] == "error"]


@pytest.mark.parametrize(
    ("refuse", "sent", "expected"),
    [
        ((), STREAM, []),
        ((), FILES, []),
        (("continuations",), FILES, []),
        (("continuations",), STREAM, [("ih5004", number) for number in (2, 3, 4)]),
        (("restarts",), STREAM, []),
        (("restarts",), FILES, [("ih5004", number) for number in (2, 3, 4)]),
        (("mp4v",), FILES, []),
        (("mp4v",), [footage.file("avi", 3)], [("ih5004", 1)]),
    ],
)
async def test_strict(refuse, sent, expected):
    """Each way of sending can be refused, segment by segment, and the session lives; by default none is."""
    assert await troubles(sent, refuse=refuse) == expected


async def test_files_of_opencv(tmp_path):
    """What the quickstart's Python sample writes (`mp4v`) is taken by default, and refused where production did."""
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "segment.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 20.0, (160, 96))
    for number in range(60):
        writer.write(footage.picture(number)[:, :, None].repeat(3, axis=2))
    writer.release()
    segment = path.read_bytes()
    assert await troubles([segment, segment]) == []
    assert await troubles([segment, segment], refuse=["mp4v"]) == [("ih5004", 1), ("ih5004", 2)]


async def test_shortest():
    """Where a minimum is set, a shorter message is refused; one that its encoder rounded is not."""
    short = footage.file("plain", 1)
    assert await troubles([*FILES[:2], short], limits=Limits(shortest=3)) == [("ih5006", 3)]
    assert await troubles([short]) == []


async def test_largest():
    """A message above the limit is refused with its number, and not decoded."""
    limit = max(map(len, FILES))
    sent = [*FILES, bytes(limit + 1)]
    assert await troubles(sent, limits=Limits(largest=limit)) == [("ih6002", 5)]


def test_idle(film):
    """A session that gets nothing for too long ends with an error and 1001; what had arrived is kept."""
    with here(app.serving(Options(limits=Limits(idle=0.4)))) as local, pytest.raises(ServerRefused) as caught:
        emo.replay(film, emo.Interhuman(url=local.url), speed=0.25, progress=False)
    assert "declined the session: nothing came for too long (code ih6003). Nothing was" in str(caught.value)
    assert caught.value.replay.faults[-1].code == caught.value.code
    assert caught.value.replay.events["kind"].iloc[0] == "session.ready"


async def test_longest():
    """A session of a client that does not mind how long one may last ends with ih6004 and 1001."""
    async with (
        app.serving(Options(limits=Limits(longest=1.0))) as url,
        connect(url.replace("http", "ws") + messages.PATHS[0]) as wire,
    ):
        heard = [json.loads(text) async for text in wire]
    assert wire.close_code == 1001
    assert heard[0]["type"] == "session.ready"
    assert heard[-1]["data"]["code"] == "ih6004"


async def test_ready_names_the_limits():
    """`session.ready` has the limits in force, in whole seconds, which is all that the vendor's client takes."""
    limits = Limits(idle=0.5, longest=90.0, largest=1000)
    async with (
        app.serving(Options(limits=limits)) as url,
        connect(url.replace("http", "ws") + messages.PATHS[0]) as wire,
    ):
        data = json.loads(await wire.recv())["data"]
    assert data["session_idle_timeout_seconds"] == 1
    assert data["session_max_duration_seconds"] == 90
    assert data["max_segment_size_bytes"] == 1000


def test_client_minds_the_limit(film):
    """The client reads the limit and sends nothing larger."""
    with (
        here(app.serving(Options(limits=Limits(largest=1000)))) as local,
        pytest.raises(SegmentTooLarge, match="takes 1000 at most"),
    ):
        fast(film, local.url)


def test_client_goes_on_in_a_new_session(tmp_path):
    """A recording that outlasts the longest session goes on in another: every second is sent once and is in a table."""
    path = tmp_path / "film.mp4"
    path.write_bytes(footage.file("plain", 36, talk=TALK))
    with here(app.serving(Options(limits=Limits(longest=5.0)))) as local:
        replay = emo.replay(path, emo.Interhuman(url=local.url), speed=4.0, progress=False)
    assert replay.complete
    sent = replay.packets
    sessions = sent.index.get_level_values("session").nunique()
    assert 2 <= sessions <= 6
    assert sent["start"].tolist() == [0.0, *sent["end"].tolist()[:-1]]
    assert sent["end"].iloc[-1] == pytest.approx(36.0, abs=0.1)
    assert "ih6004" not in {fault.code for fault in replay.faults}
    assert replay.quality["session"].nunique() == sessions
    periods = replay.quality.query("scope == 'timeline'").index
    assert periods.get_level_values("end").max().total_seconds() == pytest.approx(36.0, abs=0.2)
    assert replay.events["latency"].dropna().min() > -0.1


def test_client_minds_the_length(film):
    """The client reads how long a segment may be, sends none that is longer, and says what makes shorter ones."""
    with here(app.serving(Options(limits=Limits(segment=4.0)))) as local:
        with pytest.raises(SegmentTooLong, match=r"lasts 6\.0 s, and the server takes 4 s at most") as caught:
            fast(film, local.url, segment=6.0)
        assert fast(film, local.url).complete
    assert caught.value.replay.summary()["sent"] == 0


async def test_longest_segment():
    """A message that lasts longer than is allowed is refused with its number, and the session lives."""
    async with (
        app.serving(Options(limits=Limits(segment=4.0))) as url,
        connect(url.replace("http", "ws") + messages.PATHS[0]) as wire,
    ):
        assert json.loads(await wire.recv())["data"]["max_segment_duration_seconds"] == 4.0
        await wire.send(footage.file("plain", 6))
        data = json.loads(await wire.recv())["data"]
        await wire.send(footage.file("plain", 3))
        await wire.send(messages.config([]))
        assert json.loads(await wire.recv())["type"] == messages.UPDATED
    assert (data["code"], data["segment"]) == ("ih4004", 1)


@pytest.mark.parametrize(
    ("speed", "faults", "configs"), [(2.0, {}, 1), (math.inf, {"delay": 4.0}, 2), (math.inf, {"slow": 0.5}, 2)]
)
def test_auto_costs_nothing(film, speed, faults, configs):
    """Where results prove that the stream was taken, nothing more is asked; else one config more settles it."""
    with here(app.serving(Options(faults=Faults(**faults)))) as local:
        replay = emo.replay(film, emo.Interhuman(url=local.url, framing="auto"), speed=speed, progress=False)
    assert replay.complete
    assert (replay.events["kind"] == messages.UPDATED).sum() == configs


@pytest.mark.parametrize("refuse", [[], ["restarts"], ["continuations"]])
def test_auto(film, refuse):
    """With `framing="auto"` every server gets what it takes, and the tables are the same."""
    with here(app.serving()) as local:
        wanted = fast(film, local.url)
    with here(app.serving(Options(refuse=refuse))) as local:
        replay = fast(film, local.url, framing="auto")
    assert replay.complete
    for name in RESULTS:
        # Files that begin between two key pictures are encoded once more: the last digit of a score may differ.
        pd.testing.assert_frame_equal(getattr(replay, name), getattr(wanted, name), rtol=0.005)
    assert {fault.code for fault in replay.faults} == ({"ih5004"} if "continuations" in refuse else set())


def test_auto_that_ends_early(film):
    """What was not due when a replay ends is not sent, also where the stream was refused and is mended at the end."""
    with here(app.serving(Options(refuse=["continuations"]))) as local:
        api = emo.Interhuman(url=local.url, framing="auto")
        (replay,) = emo.Player(film, api, speed=math.inf, until=7.0).start().wait()
    assert replay.complete
    assert {fault.code for fault in replay.faults} == {"ih5004"}
    assert replay.packets["end"].max() == pytest.approx(9.0, abs=0.1)
    assert replay.quality.index.get_level_values("end").total_seconds().max() == pytest.approx(9.0, abs=0.2)


@pytest.mark.parametrize("faults", [{}, {"slow": 0.5}])
def test_auto_with_a_long_group(tmp_path, faults):
    """Where a continuation begins in the middle of a group of pictures, what follows is encoded into whole files.

    Also where everything was sent before the server had read the first config.
    """
    clip = numbered_clip(tmp_path / "clip.mp4", gop=10.0, seconds=12.0)
    with here(app.serving(Options(refuse=["continuations"], faults=Faults(**faults)))) as local:
        replay = fast(clip.path, local.url, framing="auto")
    assert replay.complete
    assert replay.quality.index.get_level_values("end").total_seconds().max() == pytest.approx(12.0, abs=0.2)
    assert {fault.code for fault in replay.faults} == {"ih5004"}


@given(
    st.builds(
        Options,
        profile=st.sampled_from(list(PROFILES)),
        keep=st.none() | st.just(Path("kept here")),
        keys=st.none() | st.lists(st.text()).map(scopes_by_digest),
        faults=st.builds(
            Faults, drop=st.none() | st.floats(0), lose=st.none() | st.just((3.0, 6.5)), twice=st.booleans()
        ),
        refuse=st.lists(st.sampled_from(REFUSABLE)).map(tuple),
        limits=st.builds(Limits, idle=st.floats(0), largest=st.integers(0), sessions=st.integers(0, 9)),
    ),
    st.integers(0, 65535),
)
def test_the_line_says_it_all(options, port):
    """Law: what is written for a server's process is read there as the same, also what is infinite."""
    assert told(options, port) == (options, port)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: read_words(Limits, ["ideal=1"]), r"limits='ideal=1' is not legal here: there are idle, longest"),
        (lambda: read_words(Limits, ["idle=soon"]), r"limits='idle=soon' is not legal here: idle takes a number"),
        (lambda: Options(refuse=("mp3",)), r"refuse='mp3' is not legal here: it must be one of 'continuations'"),
    ],
)
def test_illegal(make, said):
    """What cannot be told is refused, with what can."""
    with pytest.raises(SettingsError, match=said):
        make()
