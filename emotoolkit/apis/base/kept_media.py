"""What a local server writes of the media that it receives: for the user alone, and within a limit."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emotoolkit.utils.folders import make_private_folder, open_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DEFAULT_KEPT_BYTES", "KeptMedia", "UploadBudget", "UploadShare"]

DEFAULT_KEPT_BYTES = 10_000_000_000
"""Bytes that a server keeps by default: whoever reaches its port could fill the disk."""

logger = logging.getLogger(__name__)


class KeptMedia:
    """A folder for received media, for the user alone.

    Parameters
    ----------
    folder : pathlib.Path or None
        Made if need be; None keeps nothing.
    limit : int
        Bytes that this server writes there in all. What does not fit is not kept, which is logged once.
    """

    def __init__(self, folder: Path | None, limit: int) -> None:
        self._folder = None if folder is None else make_private_folder(folder)
        self._limit = self._left = limit
        self._is_full = False
        self._lock = threading.Lock()

    def append(self, name: str, data: bytes) -> None:
        """Append data to the file of that name, which may have folders; nothing if there is no room for all of it."""
        if self._folder is None or not self._has_room(len(data)):
            return
        path = self._folder / name
        make_private_folder(path.parent)
        with open_private(path, "a") as file:
            remaining = memoryview(data)
            while remaining:
                remaining = remaining[file.write(remaining) :]

    def _has_room(self, size: int) -> bool:
        with self._lock:
            if size <= self._left and not self._is_full:
                self._left -= size
                return True
            if not self._is_full:
                self._is_full = True
                logger.warning(
                    "%s has the %d bytes that are kept at most (limit kept): nothing more is kept there",
                    self._folder,
                    self._limit,
                )
            return False


class UploadBudget:
    """The bytes that all uploads in progress may have on disk together.

    Parameters
    ----------
    limit : int
        That number.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit

    @contextmanager
    def upload(self) -> Iterator[UploadShare]:
        """Give one upload its share, and take it back at the end."""
        share = UploadShare(self)
        try:
            yield share
        finally:
            self._left += share.bytes

    def take(self, size: int) -> bool:
        """Take so many bytes; return whether there were as many."""
        if size > self._left:
            return False
        self._left -= size
        return True


class UploadShare:
    """The bytes of one upload."""

    def __init__(self, budget: UploadBudget) -> None:
        self._budget = budget
        self.bytes = 0

    def take(self, size: int) -> bool:
        """Take so many bytes more; return whether there were as many."""
        if not self._budget.take(size):
            return False
        self.bytes += size
        return True
