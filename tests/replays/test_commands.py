"""What is asked of the worker arrives as it was asked, command by command, however the pipe cuts it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emotoolkit as emo
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
    read_command,
    write_command,
)

players = st.integers(0, 10**6)
commands = st.one_of(
    *(st.builds(kind, players) for kind in (Pause, Resume, StepForward, Stop, Abandon)),
    st.builds(SetSpeed, players, st.floats(0.25, 100)),
    st.builds(Seek, players, st.floats(0, 1e6)),
    st.builds(IssueUrl, players, st.text(max_size=300), st.integers(0, 9)),
)


def written(asked) -> bytes:
    """The bytes of some commands, one behind the other."""
    pipe = io.BytesIO()
    for command in asked:
        write_command(pipe, command)
    return pipe.getvalue()


async def read(pieces) -> list:
    """All commands of a pipe whose bytes come in pieces, up to its end."""
    pipe = asyncio.StreamReader()

    async def feed() -> None:
        for piece in pieces:
            pipe.feed_data(piece)
            await asyncio.sleep(0)
        pipe.feed_eof()

    feeding = asyncio.create_task(feed())
    found = []
    while (command := await read_command(pipe)) is not None:
        found.append(command)
    await feeding
    return found


@given(st.lists(commands, max_size=6), st.integers(1, 50))
def test_commands_arrive_in_order(asked, size):
    """Law: what is read is what was written, equal and of the same kind, in whatever pieces it comes."""
    data = written(asked)
    found = asyncio.run(read([data[at : at + size] for at in range(0, len(data), size)]))
    assert found == asked
    assert list(map(type, found)) == list(map(type, asked))


@given(st.lists(commands, min_size=1, max_size=3), st.data())
def test_a_notebook_that_ends_in_the_middle(asked, data):
    """Law: of a pipe that breaks off anywhere, whole commands are read, and then there is the end, not an error."""
    whole = written(asked)
    cut = data.draw(st.integers(0, len(whole) - 1))
    found = asyncio.run(read([whole[:cut]]))
    assert found == asked[: len(found)]
    assert len(found) < len(asked)


def test_a_replay_travels_whole(talk, tmp_path):
    """Recording, settings and journal of each part are on the other side what they were; what was not said is usual."""
    part = StreamSpec(1, talk, (emo.EmotionLogic(channels=0), emo.Interhuman()), tmp_path / "j.jsonl")
    (found,) = asyncio.run(read([written([Play(7, (part,), 2.0, until=9.5)])]))
    (arrived,) = found.streams
    assert (arrived.number, arrived.sessions, arrived.journal) == (1, part.sessions, Path(tmp_path / "j.jsonl"))
    assert (arrived.recording.file, arrived.recording.duration) == (talk.file, talk.duration)
    assert (found.player, found.speed, found.until) == (7, 2.0, 9.5)
    assert (found.catch_up, found.at, found.loop, found.paused) == (1.0, 0.0, 1, False)


def test_each_is_in_the_pipe_at_once():
    """A worker that waits for a command is not kept waiting by a buffer."""
    raw = io.BytesIO()
    pipe = io.BufferedWriter(raw, 1 << 16)
    write_command(pipe, Pause(1))
    assert raw.getvalue() == written([Pause(1)])


def test_what_was_asked_stays():
    """A command cannot be changed under way."""
    with pytest.raises(FrozenInstanceError):
        Seek(1, 2.0).to = 3.0
