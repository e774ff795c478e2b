"""The worker's commands on a fake time: what starts a replay, what ends it, and what is ignored."""

import asyncio
import json
import urllib.request
from contextlib import asynccontextmanager

import pytest

from emotoolkit.apis.base.journal import Ended, Opened, Received, read
from emotoolkit.replays.commands import (
    Abandon,
    IssueUrl,
    Pause,
    Play,
    Resume,
    Seek,
    SetSpeed,
    StepForward,
    Stop,
    StreamSpec,
    write_command,
)
from emotoolkit.replays.worker import Worker
from tests.support.engine_stage import RECORDING, FakeApi, FakeRecording


class Lines:
    """Stand-in for the pipe to the notebook: keeps the lines by their number."""

    def __init__(self):
        self.by_number = {}

    def write(self, data):
        for line in data.decode().splitlines():
            number, _, text = line.partition(" ")
            self.by_number.setdefault(int(number), []).append(text)

    async def drain(self):
        pass


async def test_a_replay_that_is_not_known(stage):
    """Commands for a replay that has ended, or was never started, are ignored."""
    for command in (Pause(9), Resume(9), Seek(9, 1.0), Abandon(9)):
        await stage.ask(command)
    assert not stage.worker._tasks


async def test_the_end_of_the_input_ends_all_replays(stage, tmp_path):
    """When the notebook is gone, every session ends, its journal too, and the worker returns."""
    stage.worker.execute(Play(0, (StreamSpec(0, RECORDING, (FakeApi(stage.time),), tmp_path / "0.jsonl"),), 1.0))
    await stage.settled()
    commands = asyncio.StreamReader()
    with (tmp_path / "pipe").open("wb") as pipe:
        write_command(pipe, Pause(0))
    commands.feed_data((tmp_path / "pipe").read_bytes())
    commands.feed_eof()
    await stage.worker.run_commands(commands)
    assert [end.how for end in stage.records(0, Ended)] == ["stopped"]
    assert isinstance(list(read(tmp_path / "0.jsonl"))[-1], Ended)


async def test_a_url_is_reported_under_its_number_and_controls_the_replay(tmp_path):
    """Both URLs are of one server, each with its token; a page that posts to one gets the replay's status."""
    pipe = Lines()
    worker = Worker(pipe)
    worker.execute(Play(4, (StreamSpec(0, RECORDING, (FakeApi(None),), tmp_path / "0.jsonl"),), 1.0, paused=True))
    worker.execute(IssueUrl(4, "secret-a", 7))
    worker.execute(IssueUrl(5, "secret-b", 8))
    await asyncio.gather(*worker._url_tasks)
    worker._sink.flush()
    (known,), (unknown,) = pipe.by_number[7], pipe.by_number[8]
    assert known.endswith("/secret-a")
    assert known.removesuffix("secret-a") == unknown.removesuffix("secret-b")
    assert await asyncio.to_thread(_post, known) == {"position": 12.0, "state": "opening"}
    with pytest.raises(urllib.error.HTTPError, match="409"):
        await asyncio.to_thread(_post, unknown)
    ended = asyncio.StreamReader()
    ended.feed_eof()
    await worker.run_commands(ended)


def _post(url):
    request = urllib.request.Request(url, json.dumps({"do": "seek", "to": 12}).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("command", [Seek(0, 3.0), Pause(0), Resume(0), StepForward(0), SetSpeed(0, 2.0), Stop(0)])
async def test_a_command_while_an_abandoned_session_closes(stage, command):
    """It is ignored: no session is opened any more."""
    closing, closed = asyncio.Event(), asyncio.Event()

    class Slow(FakeApi):
        @asynccontextmanager
        async def connect(self, on_message):
            async with super().connect(on_message) as session:
                try:
                    yield session
                finally:
                    closing.set()
                    await closed.wait()

    api = Slow(stage.time, idle_limit=10.0)
    await stage.play(api)
    await stage.run(1)
    await stage.ask(Abandon(0))
    assert closing.is_set()
    await stage.ask(command)
    closed.set()
    await stage.settled()
    assert len(stage.records(0, Opened)) == len(stage.records(0, Ended)) == 1


@pytest.mark.parametrize("turns", range(6))
async def test_abandon_before_anything_has_begun(stage, turns):
    """However early it is abandoned, each replay has its first line, and each session that was opened its last one."""
    api = FakeApi(stage.time)
    stage.worker.execute(Play(0, (StreamSpec(0, RECORDING, (api,), stage.folder / "0.jsonl"),), 1.0))
    for _ in range(turns):
        await asyncio.sleep(0)
    await stage.ask(Abandon(0))
    assert len(stage.records(0, Opened)) == 1
    assert [end.how for end in stage.records(0, Ended)] == ["stopped"]
    assert list(read(stage.folder / "0.jsonl"))[-1] == stage.records(0, Ended)[0]


async def test_an_unexpected_error_ends_the_replay(stage):
    """An unexpected exception ends the replay with its text, and every session has an end."""
    odd = FakeRecording("fake.wav", "no number")
    await stage.ask(Play(0, (StreamSpec(0, odd, (FakeApi(stage.time),), stage.folder / "0.jsonl"),), 1.0))
    (end,) = stage.records(0, Ended)
    assert (end.how, end.error) == ("failed", "InternalError")
    assert "TypeError" in end.facts["reason"]
    assert not stage.worker._tasks


async def test_an_unexpected_error_beside_the_sessions_ends_the_replay(stage, monkeypatch):
    """An exception in a task beside the sessions ends them, too, and the worker forgets the replay."""
    api = FakeApi(stage.time, idle_limit=10.0)
    await stage.play(api)
    await stage.run(4)
    replay, _ = stage.worker._tasks[0]

    async def fail(seconds):
        raise ZeroDivisionError("unexpected")

    monkeypatch.setattr(replay._clock, "sleep", fail)
    await stage.ask(Pause(0))
    await stage.settled()
    (end,) = stage.records(0, Ended)
    assert end.how in {"stopped", "failed"}
    assert stage.records(0, Received)
    assert not stage.worker._tasks
