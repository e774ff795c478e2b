"""Read a file while another process is writing it.

The writer keeps a marker file locked. If the marker is missing, the file is complete; if it is not locked, the writer
has died, since the system releases its locks. So a reader always comes to an end, but never too early, however slow the
writer is.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from emotoolkit.errors import FileRefused
from emotoolkit.utils.folders import make_private_folder, open_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

__all__ = ["GrowingFileReader", "GrowingFileWriter", "is_growing", "marker_path"]

POLL_INTERVAL_S = 0.01
"""Seconds between two attempts to read more: at most this is added to the delay of a packet."""


def marker_path(path: Path) -> Path:
    """Return the path of a growing file's marker."""
    return path.with_name(f"{path.name}.growing")


def is_growing(path: Path) -> bool:
    """Whether the file has a marker: its writer has not closed it, and may have died."""
    return marker_path(path).exists()


class GrowingFileWriter:
    """Write a growing file, unbuffered: what `write` has written survives a crash of this process.

    Parameters
    ----------
    path : pathlib.Path
        The file, for the user alone; an existing one is replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        make_private_folder(path.parent)
        self._file = open_private(path, "w")
        self._marker = marker_path(path)
        self._marker_file = open_private(self._marker, "w")
        _lock(self._marker_file.fileno())

    def write(self, data: bytes) -> int:
        """Append all of `data`; returns its length.

        Raises
        ------
        FileRefused
            The disk is full, or the file cannot be written any more.
        """
        remaining = memoryview(data)
        try:
            while remaining:
                remaining = remaining[self._file.write(remaining) :]
        except OSError as problem:
            raise FileRefused(file=str(self.path), reason=problem.strerror or str(problem)) from problem
        self.bytes += len(data)
        return len(data)

    def close(self) -> None:
        """Mark the file as complete."""
        self._file.close()
        self._marker_file.close()
        self._marker.unlink(missing_ok=True)


class GrowingFileReader:
    """Read a growing file; for a demuxer it is a file without seeking.

    Parameters
    ----------
    path : pathlib.Path
        The file; it must exist.
    sleep : callable
        Waits for a number of seconds; replaced in tests.
    """

    def __init__(self, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._file = path.open("rb", buffering=0)
        self._marker = marker_path(path)
        self._sleep = sleep

    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes; waits until there are any. Empty when the writer has ended."""
        while not (data := self._file.read(size)):
            if self._is_complete():
                return self._file.read(size)  # the writer may have written after the last attempt
            self._sleep(POLL_INTERVAL_S)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_complete(self) -> bool:
        try:
            with self._marker.open("r+b") as marker:
                _lock(marker.fileno())  # succeeds only if the writer has died
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def _lock(descriptor: int) -> None:
    """Lock an open file until it is closed or this process ends. Raises `OSError` if it is locked already."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
