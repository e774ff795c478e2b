"""Where files go: a name for each recording's, and how a file is put in place only when it is whole."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["named", "replacing"]


def named(files: Sequence[str]) -> dict[str, PurePosixPath]:
    """Give each recording a relative path without suffix for what is written about it.

    One recording has its own stem. Several keep the folders in which they lie below the one that they share, and
    where two differ in nothing but the suffix, that.

    Examples
    --------
    >>> named(["corpus/a/x.wav", "corpus/b/x.wav", "corpus/b/x.mp4"])
    {'corpus/a/x.wav': PurePosixPath('a/x'), 'corpus/b/x.wav': PurePosixPath('b/x.wav'),
     'corpus/b/x.mp4': PurePosixPath('b/x.mp4')}
    """
    paths = {file: PurePosixPath(_plain(file)) for file in files}
    parents = [path.parent.parts for path in paths.values()]
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*parents, strict=False)))
    below = {file: PurePosixPath(*path.parts[shared:]) for file, path in paths.items()}
    often = Counter(path.with_suffix("") for path in below.values())
    return {file: path if often[path.with_suffix("")] > 1 else path.with_suffix("") for file, path in below.items()}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write a file or folder to; what is there goes to `path` when it is whole, and away if it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        if path.is_dir():
            former = path.with_name(f".{path.name}.{os.getpid()}.former")
            path.rename(former)
            part.rename(path)
            shutil.rmtree(former)
        else:
            part.replace(path)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def _plain(file: str) -> str:
    """Write a path so that it stays below the folder it is put in: without scheme, drive, root, and dots."""
    _, _, path = file.rpartition("://")
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(part.replace(":", "_") for part in parts) or "recording"
