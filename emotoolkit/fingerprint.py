"""What a file is, whatever it is called: the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sha256"]


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file's content, in hexadecimal. A file that has not changed is read once.

    Examples
    --------
    >>> from pathlib import Path
    >>> sha256(Path("datasets/sample/talk.wav"))[:16]
    'ebad554ddcd4e0ef'
    """
    facts = path.stat()
    return _read(path.absolute(), facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)
def _read(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - what tells that a file has changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
