"""Where files go: a name for each recording's, and how a file is put in place only when it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import Counter, defaultdict
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from unicodedata import normalize

from emotoolkit.utils.folders import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["atomic_replace", "unique_paths"]

FORBIDDEN_CHARS = re.compile(r'[\x00-\x1f\x7f<>:"|?*]|[. ]+$')
"""What Windows takes in no name, or drops at the end of one."""

DEVICE_NAME = re.compile(r"(aux|con|nul|prn|(com|lpt)[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever comes behind the dot."""

MAX_NAME_BYTES = 200
"""Bytes of a name: disks take 255, and what is written about a recording has something behind it."""

OUTPUT_SUFFIXES = (".eaf", ".rttm", ".textgrid", ".vtt", "_events.json", "_events.tsv")
"""What is behind a name: no folder may be called like the file."""

HASH_DIGITS = 8
"""Of a hash, behind names that would be the same."""


def unique_paths(files: Sequence[str]) -> dict[str, PurePosixPath]:
    """Give each recording a relative path without suffix for what is written about it: to each its own, on every disk.

    One recording has its own stem. Several keep the folders in which they lie below the one that they share, and
    where two differ in nothing but the suffix, that. What a disk does not take becomes `_`. Where two would be one and
    the same, also for disks that do not tell `A` from `a`, a few digits tell them apart; they are made of the
    recording's path. Who bears such a name by itself, alone, keeps it.

    Examples
    --------
    >>> unique_paths(["corpus/a/x.wav", "corpus/b/x.wav", "corpus/b/x.mp4"])
    {'corpus/a/x.wav': PurePosixPath('a/x'), 'corpus/b/x.wav': PurePosixPath('b/x.wav'),
     'corpus/b/x.mp4': PurePosixPath('b/x.mp4')}
    >>> unique_paths(["a:b.wav", "a_b.wav"])
    {'a:b.wav': PurePosixPath('a_b-c1cb7ceb'), 'a_b.wav': PurePosixPath('a_b')}
    """
    paths = {file: PurePosixPath(_relative_path(file)) for file in files}
    parents = [path.parent.parts for path in paths.values()]
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*parents, strict=False)))
    below = {file: PurePosixPath(*path.parts[shared:]) for file, path in paths.items()}
    often = Counter(_without_suffix(path) for path in {*below.values()})
    return _disambiguate(
        {file: path if often[_without_suffix(path)] > 1 else _without_suffix(path) for file, path in below.items()}
    )


@contextmanager
def atomic_replace(path: Path) -> Iterator[Path]:
    """Give a path to write a file or folder to; what is there goes to `path` when it is whole, and away if it fails."""
    part = make_folder(path.parent) / f".{path.name}.{os.getpid()}.part"
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


def _disambiguate(names: dict[str, PurePosixPath]) -> dict[str, PurePosixPath]:
    """Put digits behind names that a disk would take for another recording's."""
    digits = HASH_DIGITS
    while doubtful := _conflicting(names):
        names = names | {file: _with_hash(names[file], file, digits) for file in doubtful}
        digits *= 2  # somebody has given a recording the name that these digits have made
    return names


def _conflicting(names: dict[str, PurePosixPath]) -> list[str]:
    """Recordings that must give way: all that share a name, but not the one, if it is only one, that came with it.

    Also those whose file would be called like a folder.
    """
    sharing: dict[str, list[str]] = defaultdict(list)
    for file, name in names.items():
        sharing[_normalized(name)].append(file)
    folders = {_normalized(folder) for name in names.values() for folder in name.parents}
    found = [file for file, name in names.items() if folders & _output_names(name)]
    for group in sharing.values():
        owners = [file for file in group if _is_original(file, names[file])]
        found += [file for file in group if len(group) > 1 and [file] != owners]
    return found


def _normalized(name: PurePosixPath) -> str:
    """The same for all names that some disk takes for one: whatever their case, and however an accent is put."""
    return normalize("NFD", normalize("NFD", str(name)).casefold())


def _output_names(name: PurePosixPath) -> set[str]:
    return {_normalized(name.with_name(f"{name.name}{ending}")) for ending in OUTPUT_SUFFIXES}


def _is_original(file: str, name: PurePosixPath) -> bool:
    """Whether a name is the recording's own, with nothing in it changed."""
    path = file.replace("\\", "/")
    return path.endswith(str(name)) or path.removesuffix(PurePosixPath(path).suffix).endswith(str(name))


def _with_hash(name: PurePosixPath, file: str, digits: int) -> PurePosixPath:
    exact = hashlib.sha256(file.encode(errors="surrogatepass")).hexdigest()
    return name.with_name(f"{name.name}-{exact[:digits]}")


def _relative_path(file: str) -> str:
    """Write a path so that it stays below the folder it is put in, on every disk: without scheme, drive, root, dots."""
    _, _, path = file.rpartition("://")
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(map(_legal_part, parts)) or "recording"


def _without_suffix(path: PurePosixPath) -> PurePosixPath:
    """A path without its suffix."""
    return path.with_name(_legal_part(path.stem))


def _legal_part(part: str) -> str:
    """Write a part of a path with what every disk takes."""
    legal = FORBIDDEN_CHARS.sub("_", part.encode(errors="replace")[:MAX_NAME_BYTES].decode(errors="ignore"))
    return f"_{legal}" if DEVICE_NAME.match(legal) else legal
