"""The plain view is refreshed by a thread until the replay has ended, and once more after that."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest

import emotoolkit as emo
from emotoolkit.errors import NoSuchFile, SettingsError
from emotoolkit.views import live_view, refresh_thread, view_feed
from emotoolkit.views.controls import PlainTimeline
from emotoolkit.views.live_view import LiveView
from emotoolkit.views.view_sources import PlayerSource, ViewStatus
from tests.support.journals import emotion_logic, write

TIMEOUT_S = 20.0
"""Seconds that a busy machine may take."""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """No page acknowledges updates here: do not wait for it."""
    monkeypatch.setattr(refresh_thread, "REFRESH_PERIOD_S", 0.001)
    monkeypatch.setattr(refresh_thread, "BACK_PRESSURE_TIMEOUT_S", -1.0)


@pytest.mark.filterwarnings("ignore::emotoolkit.errors.MixedWarning")  # the call is two people
def test_another_recording_is_chosen_while_one_is_drawn(talk, call, monkeypatch, caplog):
    """The lanes that are being drawn may be replaced; the refresh thread goes on without them."""
    drawing, taken, ticked = threading.Event(), threading.Event(), threading.Event()

    def update():
        ticked.clear()
        drawing.set()
        assert taken.wait(TIMEOUT_S)
        return False

    def tick(real):
        result = real()
        ticked.set()
        return result

    def late(other):
        taken.set()
        assert ticked.wait(TIMEOUT_S)
        return PlainTimeline(other)

    view = emo.live(*(emo.Player(each, emo.EmotionLogic()) for each in (talk, call)), timeline="plain")
    view._refresh_thread._tick = partial(tick, view._refresh_thread._tick)
    view._plain_timeline.update = update
    assert drawing.wait(TIMEOUT_S)
    monkeypatch.setattr(live_view, "PlainTimeline", late)
    view._choice.value = 1
    view.close()
    assert caplog.records == []


class Ending(PlayerSource):
    """A player that reports to play until its state is set."""

    state = "playing"

    def status(self):
        return ViewStatus(1.0, 1.0, 1.0, 1.0, 0.0, self.state, ())


def test_it_ends_while_it_is_drawn(talk):
    """The last that is drawn is the end, and not what was before it: nothing is offered that cannot be done."""
    ending = Ending(emo.Player(talk, emo.EmotionLogic()), talk)
    view = LiveView([ending], "plain")

    def update():
        ending.state = "ended"
        return False

    view._plain_timeline.update = update
    view._refresh_thread._thread.join(TIMEOUT_S)
    assert not view._refresh_thread._thread.is_alive()
    assert view._controls._pause.disabled
    assert view._controls._stop.disabled
    assert "ended" in view._controls._status.value
    view.close()


def test_another_recording_is_chosen_when_all_is_over(tmp_path, monkeypatch):
    """All of a long journal is shown, piece by piece, though nothing happens any more."""
    monkeypatch.setattr(view_feed, "MAX_BATCH_RECORDS", 4)
    row = {"index": 1, "channel": 0, "startPosSec": 2.0, "endPosSec": 4.0, "energy": 7}
    short, long = (
        emo.Replay.read(write(tmp_path / f"{name}.jsonl", emotion_logic(f"{name}.wav", 9.0, *[row] * count)))
        for name, count in (("short", 1), ("long", 20))
    )
    view = emo.live(short, long, timeline="plain")
    view._refresh_thread._thread.join(TIMEOUT_S)
    assert not view._refresh_thread._thread.is_alive()
    view._choice.value = 1
    view._refresh_thread._thread.join(TIMEOUT_S)
    assert sum(view._feeds[1]._seen.values()) == len(long.records)
    assert view._plain_timeline._panel.entry_count == len(view._feeds[1].log.entries)
    view.close()


@pytest.mark.parametrize("kind", [str, Path])
def test_the_path_of_a_file_is_its_recording(talk, tmp_path, kind):
    """The name of a recording stands for it, beside a replay or alone; that of a journal for its replay."""
    journal = write(tmp_path / "talk.jsonl", emotion_logic(talk.file, talk.duration))
    for sources in ([kind(talk.path)], [kind(talk.path), emo.Replay.read(journal)], [kind(journal)]):
        view = emo.live(*sources, timeline="plain")
        assert isinstance(view, LiveView)
        view.close()


def test_a_path_that_is_wrong(talk, tmp_path):
    """A recording or journal that is not there is said; a folder beside others too, with what to type."""
    for name in ("gone.wav", "gone.mp4", "gone.jsonl"):
        with pytest.raises(NoSuchFile, match=f"There is no file '{tmp_path / name}'"):
            emo.live(str(tmp_path / name))
    with pytest.raises(SettingsError, match=r"in a view of its own: emo\.live\(folder\)"):
        emo.live(str(tmp_path), talk)
