"""Demux a stream in a thread of its own, which pauses when it has read all messages received so far.

A demuxer pulls bytes, but messages are pushed. So the demuxer runs in a thread, and its `read` blocks while there are
no bytes. The two threads alternate, never run at once, and share state under one condition:

- *waiting*: the demuxer has read everything and is blocked in `read`; only now may `feed` replace the buffer;
- *running*: `feed` has filled the buffer and is blocked until the demuxer is waiting again or done;
- *done*: `decode` has returned or raised; an exception is raised again in the thread of `feed` or `finish`.

`finish` sets *ended*: `read` then returns no more bytes, which is the end of the file for the demuxer.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Readable", "StreamDemuxer"]


class Readable(Protocol):
    """A file that a demuxer can read."""

    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes."""


class StreamDemuxer:
    """Runs `decode` in a thread, on a file that grows with each message."""

    def __init__(self, decode: Callable[[Readable], None]) -> None:
        self._condition = threading.Condition()
        self._buffer = io.BytesIO()
        self._waiting = False
        self._ended = False
        self._done = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(decode,), name="interhuman stream", daemon=True)
        self._thread.start()

    def feed(self, message: bytes) -> None:
        """Add bytes; returns when the demuxer has read them.

        Raises
        ------
        ValueError
            The demuxer has ended, so that these bytes cannot be read.
        """
        if self._done:
            raise ValueError("the container that the message continues could not be read")
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._done)
            self._buffer = io.BytesIO(message)
            self._waiting = False
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._waiting or self._done)
        self._raise_problem()

    def finish(self) -> None:
        """End the file; returns when the demuxer has ended."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()
        self._thread.join()
        self._raise_problem()

    def read(self, size: int = -1, /) -> bytes:
        """Read the next bytes; blocks until there are some. Empty at the end. Called by the demuxer."""
        data = self._buffer.read(size)
        while not data and not self._ended:
            with self._condition:
                self._waiting = True
                self._condition.notify_all()
                self._condition.wait_for(lambda: not self._waiting or self._ended)
            data = self._buffer.read(size)
        return data

    def _run(self, decode: Callable[[Readable], None]) -> None:
        try:
            decode(self)
        except BaseException as problem:  # noqa: BLE001 - raised again in the thread that waits
            self._problem = problem
        finally:
            with self._condition:
                self._done = True
                self._condition.notify_all()

    def _raise_problem(self) -> None:
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem
