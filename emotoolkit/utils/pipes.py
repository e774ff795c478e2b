"""The pipes between a child and its parent, as streams of the child's event loop.

On Windows the event loop takes no ordinary pipes, such as standard input. There a thread reads what comes and hands it
to the loop, and another one writes. The threads use the file descriptors: one that waited in a buffered file at the
exit of the process would hold the buffer's lock.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import asynccontextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, Protocol

from emotoolkit.utils.platforms import is_windows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["PipeWriter", "open_pipe_writer", "stdin_reader"]

READ_BYTES = 1 << 16
"""Bytes that are read at once by a thread."""

HIGH_WATER_BYTES = 1 << 16
"""Bytes that may wait for a writing thread before `drain` waits."""

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a writing thread gets to write the rest."""


class PipeWriter(Protocol):
    """What is used of `asyncio.StreamWriter`."""

    def write(self, data: bytes, /) -> None:
        """Write soon."""

    async def drain(self) -> None:
        """Wait while much waits to be written."""

    def close(self) -> None:
        """Write the rest, and close."""


@asynccontextmanager
async def stdin_reader() -> AsyncIterator[asyncio.StreamReader]:
    """Give a reader of standard input that does not block the loop. End of file means that the parent has ended."""
    if is_windows():
        yield _read_in_thread(sys.stdin.fileno())
        return
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        yield reader
    finally:
        transport.close()


async def open_pipe_writer(file: BinaryIO) -> PipeWriter:
    """Give a writer to an open pipe that does not block the loop."""
    if is_windows():
        return _ThreadWriter(file)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, file)
    return asyncio.StreamWriter(transport, protocol, None, loop)


def _read_in_thread(descriptor: int) -> asyncio.StreamReader:
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended
            while data := _read_some(descriptor):
                loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    threading.Thread(target=read, name="emotoolkit standard input", daemon=True).start()
    return reader


def _read_some(descriptor: int) -> bytes:
    """Read what there is; nothing at the end, also where the parent's end is broken."""
    try:
        return os.read(descriptor, READ_BYTES)
    except OSError:
        return b""


class _ThreadWriter:
    """Writer whose thread writes to a pipe."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._waiting_bytes = 0
        self._broken = False
        self._room = asyncio.Event()
        self._chunks: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="emotoolkit standard output", daemon=True)
        self._thread.start()

    def write(self, data: bytes, /) -> None:
        """Write soon."""
        if not self._broken:
            self._waiting_bytes += len(data)
            self._chunks.put(data)

    async def drain(self) -> None:
        """Wait while much waits to be written.

        Raises
        ------
        ConnectionResetError
            The parent does not read any more.
        """
        while self._waiting_bytes > HIGH_WATER_BYTES and not self._broken:
            self._room.clear()
            await self._room.wait()
        if self._broken:
            raise ConnectionResetError("the pipe is closed")

    def close(self) -> None:
        """Write the rest, and close."""
        self._chunks.put(None)
        self._thread.join(CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        written = True
        while (data := self._chunks.get()) is not None:
            written = written and self._write_all(data)
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._note, len(data), written)
        with suppress(OSError):
            self._file.close()

    def _write_all(self, data: bytes) -> bool:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        except OSError:
            return False
        return True

    def _note(self, size: int, written: bool) -> None:  # noqa: FBT001 - called by the loop
        self._waiting_bytes -= size
        self._broken = self._broken or not written
        self._room.set()
