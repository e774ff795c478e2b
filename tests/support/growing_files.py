"""Writes a file in pieces, as a recorder does."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.media.capture.growing_file import GrowingFileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Writing", "cut_at", "written"]


class Writing:
    """A file that grows when told to, and whose writer stays alive meanwhile."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.data, self.at = data, 0
        self.file = GrowingFileWriter(path)

    def grow(self, to: int | None = None) -> None:
        """Write on up to a byte; None: all."""
        to = len(self.data) if to is None else to
        self.file.write(self.data[self.at : to])
        self.at = to

    def end(self) -> None:
        """Say that it is complete."""
        self.file.close()


@contextmanager
def written(path: Path, data: bytes) -> Iterator[Writing]:
    """Begin such a file; complete at the end of the block at the latest."""
    writing = Writing(path, data)
    try:
        yield writing
    finally:
        writing.end()


def cut_at(data: bytes, places: Sequence[float]) -> list[int]:
    """Bytes at which to cut, from places between 0 and 1."""
    return sorted(round(place * len(data)) for place in places)
