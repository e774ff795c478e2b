"""The pipes of a child: the loop's own, and those of threads, where the loop takes none."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from emotoolkit.utils import pipes


@pytest.fixture(params=[False, True], ids=["loop", "threads"])
def both(request, monkeypatch):
    """Once with the loop's own pipes, once with threads."""
    monkeypatch.setattr(pipes, "is_windows", lambda: request.param)


@pytest.fixture
def pipe():
    """Both ends of a pipe, as files."""
    reading, writing = os.pipe()
    ends = os.fdopen(reading, "rb", buffering=0), os.fdopen(writing, "wb", buffering=0)
    yield ends
    for end in ends:
        end.close()


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_all_that_was_written(both, pipe, size):
    """Arrives in order, however much it is, and the end closes the pipe."""
    reading, writing = pipe
    got = asyncio.ensure_future(asyncio.to_thread(read_all, reading))
    writer = await pipes.open_pipe_writer(writing)
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    for start in range(0, len(data), 100_000):
        writer.write(data[start : start + 100_000])
        await writer.drain()
    writer.close()
    assert await got == data


def read_all(file):
    return b"".join(iter(lambda: file.read(1 << 16), b""))


async def test_a_reader_that_has_gone(both, pipe):
    """Is noticed: `drain` says so, and nothing waits for ever."""
    reading, writing = pipe
    writer = await pipes.open_pipe_writer(writing)
    reading.close()

    async def write():
        while True:
            writer.write(bytes(100_000))
            await writer.drain()
            await asyncio.sleep(0)

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(write(), 20)
    writer.close()


async def test_a_slow_reader(both, pipe):
    """Keeps `drain` waiting until it reads: memory does not fill."""
    reading, writing = pipe
    writer = await pipes.open_pipe_writer(writing)
    writer.write(bytes(1_000_000))
    waiting = asyncio.ensure_future(writer.drain())
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    got = asyncio.ensure_future(asyncio.to_thread(read_all, reading))
    await asyncio.wait_for(waiting, 20)
    writer.close()
    assert len(await got) == 1_000_000


async def test_standard_input(both, pipe, monkeypatch):
    """Lines and their end come through; what is read does not hold up the loop."""
    reading, writing = pipe
    monkeypatch.setattr(sys, "stdin", reading)
    async with pipes.stdin_reader() as lines:
        writing.write(b"one\ntw")
        assert await lines.readline() == b"one\n"
        writing.write(b"o\n" + b"x" * 40_000 + b"\n")
        assert await lines.readline() == b"two\n"
        assert len(await lines.readline()) == 40_001
        writing.close()
        assert await lines.readline() == b""
