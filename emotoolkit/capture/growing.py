"""A file that is still being written, read as it grows.

Whoever writes it keeps a marker beside it and touches it twice a second. A marker that is gone says that the file is
complete; one that nobody touches any more says that its writer has died. So a reader always comes to an end, and never
to one that is none.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

__all__ = ["Appended", "Growing", "is_growing", "marker"]

TOUCH = 0.5
"""Seconds between two touches of the marker."""

DEAD = 5.0
"""Seconds without a touch after which the writer is dead: ten touches, so that a busy machine kills nobody."""

LOOK = 0.01
"""Seconds between two looks for more: what this adds to the delay of a packet, at most."""


def marker(path: Path) -> Path:
    """Where the marker of a growing file is."""
    return path.with_name(f"{path.name}.growing")


def is_growing(path: Path) -> bool:
    """Whether somebody says that the file is not complete yet."""
    return marker(path).exists()


class Appended:
    """The writing end: bytes are in the file when `write` returns, whatever becomes of this process afterwards.

    Parameters
    ----------
    path : pathlib.Path
        The file; one that is there is replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb", buffering=0)
        self._marker = marker(path)
        self._marker.touch()

    def write(self, data: bytes) -> int:
        """Append."""
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self.bytes += len(data)
        return len(data)

    def touch(self) -> None:
        """Say that the writer lives. To be called every `TOUCH` seconds."""
        self._marker.touch()

    def close(self) -> None:
        """Say that the file is complete."""
        self._file.close()
        self._marker.unlink(missing_ok=True)


class Growing:
    """The reading end: what a demuxer takes for a file that cannot be sought in.

    Parameters
    ----------
    path : pathlib.Path
        The file; it must exist.
    now, sleep : callable
        Monotonic time in seconds, and how to wait; tests pass their own.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = path.open("rb", buffering=0)
        self._marker = marker(path)
        self._now, self._sleep = now, sleep
        self._touched: int | None = None
        self._noticed = now()

    def read(self, size: int = -1, /) -> bytes:
        """Read at most so many bytes; waits until there is one, or the writer has ended. Empty at the end."""
        while not (data := self._file.read(size)):
            if self._ended():
                return self._file.read(size)  # between our last look and its end it may have written
            self._sleep(LOOK)
        return data

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ended(self) -> bool:
        try:
            touched = self._marker.stat().st_mtime_ns
        except FileNotFoundError:
            return True
        # The marker's time is compared with itself alone: clocks are set, and machines sleep.
        if touched != self._touched:
            self._touched, self._noticed = touched, self._now()
        return self._now() - self._noticed > DEAD
