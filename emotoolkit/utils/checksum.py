"""SHA-256 of files, cached, and computed in the background."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from functools import cache, lru_cache
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sha256", "sha256_in_background"]

CACHE_SIZE = 20_000
"""Hashes that are cached: enough for a dataset of short clips, which is hashed before it is sent."""


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file's content, in hexadecimal. A file that has not changed is read once.

    Examples
    --------
    >>> from pathlib import Path
    >>> sha256(Path("datasets/sample/talk.wav"))[:16]
    'ebad554ddcd4e0ef'
    """
    status = path.stat()
    return _hash_file(path.absolute(), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def sha256_in_background(path: Path) -> Future[tuple[str, int] | None]:
    """Compute hash and size in bytes in the background; None if the file changes meanwhile, or cannot be read.

    Files are read one after another, in a daemon thread, which the end of the process does not wait for.
    """
    future: Future[tuple[str, int] | None] = Future()
    _queue().put((path, future))
    return future


@cache
def _queue() -> SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]]:
    queue: SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]] = SimpleQueue()
    threading.Thread(target=_hash_queued_files, args=(queue,), name="emotoolkit checksums", daemon=True).start()
    return queue


def _hash_queued_files(queue: SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]]) -> None:
    while True:
        path, future = queue.get()
        if future.set_running_or_notify_cancel():
            future.set_result(_hash_if_unchanged(path))


def _hash_if_unchanged(path: Path) -> tuple[str, int] | None:
    try:
        before = path.stat()
        found = sha256(path)
        after = path.stat()
    except OSError:  # the reader of the recording meets and reports the same error
        return None
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return (found, before.st_size) if unchanged else None


@lru_cache(maxsize=CACHE_SIZE)
def _hash_file(path: Path, size: int, modified_ns: int, changed_ns: int) -> str:  # noqa: ARG001 - the cache key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
