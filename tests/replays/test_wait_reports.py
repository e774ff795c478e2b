"""What is waited for is reported to the notebook: once it takes long, with its seconds, and until it is over."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Ended, to_line
from emotoolkit.apis.base.waits import Wait
from emotoolkit.datasets.batch.task import ActivePlayers
from emotoolkit.replays import wait_reports
from emotoolkit.replays.player_progress import PlayerProgress
from emotoolkit.replays.player_streams import PlayerStreams
from emotoolkit.replays.stream_state import StreamState
from emotoolkit.replays.wait_reports import WaitReport, WaitReporter, from_line
from emotoolkit.views.panel_html import status_html
from emotoolkit.views.view_sources import ViewStatus
from tests.support.scripted_emotion_logic import Scripted, serving


def test_only_what_takes_long(monkeypatch):
    """A wait is reported after a while, with the time at which it began; a short one never is."""
    monkeypatch.setattr(wait_reports, "REPORT_AFTER_S", 0.01)
    lines, moments = [], iter([10.0, 11.0, 12.5])

    async def session():
        reporter = WaitReporter(3, "talk", lambda: next(moments), lines.append)
        reporter(Wait("the handshake", 5.0))
        reporter(None)
        reporter(Wait("the report", 60.0))
        await asyncio.sleep(0.1)
        reporter(None)

    asyncio.run(session())
    reports = [from_line(line.decode()) for line in lines]
    assert reports == [WaitReport(3, 11.0, "the report", 60.0), WaitReport(3, 12.5)]


def test_no_line_of_a_journal():
    """Lines of a journal are told from reports, whatever they say."""
    assert from_line(to_line(Ended(0, 1.0, "finished"))) is None


@pytest.fixture
def stream(tmp_path, talk):
    """A stream that has not begun."""
    return StreamState(talk, (emo.EmotionLogic(url="http://127.0.0.1:1"),), tmp_path, lambda: None)


def test_the_longest_is_said(stream):
    """Of several sessions that wait, the one that began first is said, until it is over or has ended."""
    streams = PlayerStreams([stream])
    assert streams.waiting(100.0) == ""
    for report in (WaitReport(0, 31.0, "the report", 60.0), WaitReport(1, 40.0, "the last segments", 10.0)):
        stream.receive(wait_reports.to_line(report).decode())
    assert stream.records == []
    assert streams.waiting(43.3) == "waiting for the report, 12 of 60 s"
    assert streams.waiting(1000.0) == "waiting for the report, 60 of 60 s"
    stream.receive(wait_reports.to_line(WaitReport(0, 44.0)).decode())
    assert streams.waiting(45.0) == "waiting for the last segments, 5 of 10 s"
    stream.receive(to_line(Ended(1, 50.0, "finished")))
    assert streams.waiting(51.0) == ""


def test_where_it_is_shown():
    """It stands beside the bar, and in the status of a view."""
    shown = []

    class Display:
        def show(self, progress, text):
            shown.append(text)

    PlayerProgress(9.0, Display(), lambda _: "0 of 9 s", lambda: "waiting for <it>, 2 of 9 s").show()
    PlayerProgress(9.0, Display(), lambda _: "0 of 9 s").show()
    assert shown == ["0 of 9 s; waiting for <it>, 2 of 9 s", "0 of 9 s"]
    status = ViewStatus(0.0, 0.0, 1.0, math.nan, math.nan, "playing", (), "waiting for <it>, 2 of 9 s")
    assert "waiting for &lt;it&gt;, 2 of 9 s" in status_html(status, 9.0, [])


class Waiting:
    """A player that is under way."""

    def __init__(self, text):
        self.waiting = text


def test_in_a_run():
    """A run says what one of its recordings waits for, and how many others wait."""
    players = ActivePlayers()
    with players.tracking(Waiting("")):
        assert players.waiting == ""
        with players.tracking(Waiting("waiting for the report, 2 of 9 s")):
            assert players.waiting == "waiting for the report, 2 of 9 s"
            with players.tracking(Waiting("waiting for the report, 2 of 9 s")):
                assert players.waiting == "waiting for the report, 2 of 9 s (and 1 more)"


class SlowReport(Scripted):
    """A server that takes its time for the report."""

    async def report(self, sid, event):
        await asyncio.sleep(2.5)
        await super().report(sid, event)


@pytest.mark.no_speech
def test_of_a_real_server(talk, tmp_path):
    """Through the worker: the player says it while it lasts, and no journal has a line of it."""
    with serving(SlowReport()) as url:
        api = emo.EmotionLogic(url=url, timeout=20.0)
        player = emo.Player(talk, api, speed=math.inf, journal=tmp_path).start()
        said = set()
        while player.playing:
            said.add(player.waiting)
            time.sleep(0.05)
        (replay,) = player.wait()
    assert {each for each in said if "the report" in each} >= {"waiting for the report, 1 of 20 s"}
    assert player.waiting == ""
    assert "waiting" not in replay.journal.read_text()
