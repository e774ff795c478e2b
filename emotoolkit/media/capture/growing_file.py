"""A file that is still being written, read as it grows.

Whoever writes it holds the lock of a marker beside it. A marker that is gone says that the file is complete; one that
nobody holds says that its writer has died, for then the system lets go of it. So a reader always comes to an end, and
never to one that is none, however long a busy machine keeps the writer waiting.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from emotoolkit.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

__all__ = ["GrowingFileReader", "GrowingFileWriter", "is_growing", "marker_path"]

POLL_INTERVAL_S = 0.01
"""Seconds between two looks for more: what this adds to the delay of a packet, at most."""


def marker_path(path: Path) -> Path:
    """Where the marker of a growing file is."""
    return path.with_name(f"{path.name}.growing")


def is_growing(path: Path) -> bool:
    """Whether somebody says that the file is not complete yet."""
    return marker_path(path).exists()


class GrowingFileWriter:
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
        self._marker = marker_path(path)
        self._marker_file = self._marker.open("wb")
        _lock(self._marker_file.fileno())

    def write(self, data: bytes) -> int:
        """Append.

        Raises
        ------
        FileRefused
            There is no room, or no file any more that could be written to.
        """
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as problem:
            raise FileRefused(file=str(self.path), reason=problem.strerror or str(problem)) from problem
        self.bytes += len(data)
        return len(data)

    def close(self) -> None:
        """Say that the file is complete."""
        self._file.close()
        self._marker_file.close()
        self._marker.unlink(missing_ok=True)


class GrowingFileReader:
    """The reading end: what a demuxer takes for a file that cannot be sought in.

    Parameters
    ----------
    path : pathlib.Path
        The file; it must exist.
    sleep : callable
        How to wait some seconds; tests pass their own.
    """

    def __init__(self, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._file = path.open("rb", buffering=0)
        self._marker = marker_path(path)
        self._sleep = sleep

    def read(self, size: int = -1, /) -> bytes:
        """Read at most so many bytes; waits until there is one, or the writer has ended. Empty at the end."""
        while not (data := self._file.read(size)):
            if self._is_complete():
                return self._file.read(size)  # between our last look and its end it may have written
            self._sleep(POLL_INTERVAL_S)
        return data

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_complete(self) -> bool:
        try:
            with self._marker.open("r+b") as marker:
                _lock(marker.fileno())  # nobody holds it any more
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def _lock(descriptor: int) -> None:
    """Take the lock of an open file, until it is closed or this process ends. Raises `OSError` if another has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
