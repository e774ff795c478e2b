"""What a file is, whatever it is called: the SHA-256 of its bytes."""

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
"""Files of which the hash is kept: a dataset of short clips is looked through before it is sent."""


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file's content, in hexadecimal. A file that has not changed is read once.

    Examples
    --------
    >>> from pathlib import Path
    >>> sha256(Path("datasets/sample/talk.wav"))[:16]
    'ebad554ddcd4e0ef'
    """
    facts = path.stat()
    return _hash_file(path.absolute(), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def sha256_in_background(path: Path) -> Future[tuple[str, int] | None]:
    """Promise hash and size in bytes, while other things go on; None for what changes, or cannot be read.

    Files are read one after the other, in a thread that no process waits for when it ends.
    """
    promise: Future[tuple[str, int] | None] = Future()
    _queue().put((path, promise))
    return promise


@cache
def _queue() -> SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]]:
    wanted: SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]] = SimpleQueue()
    threading.Thread(target=_hash_queued_files, args=(wanted,), name="emotoolkit fingerprints", daemon=True).start()
    return wanted


def _hash_queued_files(wanted: SimpleQueue[tuple[Path, Future[tuple[str, int] | None]]]) -> None:
    while True:
        path, promise = wanted.get()
        if promise.set_running_or_notify_cancel():
            promise.set_result(_hash_if_unchanged(path))


def _hash_if_unchanged(path: Path) -> tuple[str, int] | None:
    try:
        before = path.stat()
        found = sha256(path)
        after = path.stat()
    except OSError:  # who reads the file for what is in it finds out, too, and says so
        return None
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return (found, before.st_size) if same else None


@lru_cache(maxsize=CACHE_SIZE)
def _hash_file(path: Path, size: int, changed: int, touched: int) -> str:  # noqa: ARG001 - what tells that it has changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
