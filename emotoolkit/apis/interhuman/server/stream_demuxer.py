"""A stream: a demuxer in a thread of its own, which rests when it has used up the messages that came."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Readable", "StreamDemuxer"]


class Readable(Protocol):
    """What a demuxer reads from."""

    def read(self, size: int = -1, /) -> bytes:
        """Read at most so many bytes."""


class StreamDemuxer:
    """Runs `decode` in a thread, on a file that grows with each message. Only one of the two sides runs at a time."""

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
        """Add bytes; returns when they have been used up."""
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
        """Say that this was all; returns when everything has been handed over."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()
        self._thread.join()
        self._raise_problem()

    def read(self, size: int = -1, /) -> bytes:
        """Read the next bytes, for the demuxer; waits for them. Empty at the end."""
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
        except BaseException as problem:  # noqa: BLE001 - it is raised again, where somebody waits for us
            self._problem = problem
        finally:
            with self._condition:
                self._done = True
                self._condition.notify_all()

    def _raise_problem(self) -> None:
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem
