"""Unique file names for the output about recordings, and atomic replacement of files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from unicodedata import normalize

from emotoolkit.utils import open_files
from emotoolkit.utils.folders import make_folder
from emotoolkit.utils.unfinished import discard, former_path, unfinished_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["atomic_replace", "unique_paths"]

FORBIDDEN_CHARS = re.compile(r'[\x00-\x1f\x7f<>:"|?*]|[. ]+$')
"""Characters that Windows does not allow in a name, or drops at its end."""

DEVICE_NAME = re.compile(r"(aux|con|nul|prn|(com|lpt)[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.IGNORECASE)
"""Names that Windows reserves for devices, whatever comes behind the dot."""

MAX_NAME_BYTES = 200
"""Bytes of a name: file systems allow 255, and output files have a suffix behind it."""

OUTPUT_SUFFIXES = (".eaf", ".rttm", ".textgrid", ".vtt", "_events.json", "_events.tsv")
"""Suffixes of output files: no folder may have the name of such a file."""

HASH_DIGITS = 8
"""Digits of a hash, behind names that would be the same."""


def unique_paths(files: Sequence[str]) -> dict[str, PurePosixPath]:
    """Give each recording a relative path without suffix for its output, unique on every file system.

    A single recording has its own stem. Several keep their folders below the folder that they share, and their suffix
    where nothing else differs. Characters that a file system does not allow become `_`. Paths that would be the same,
    also where case is ignored, get a few digits of a hash of the recording's path; only a recording that has such a
    name unchanged keeps it, if it is the only one.

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
    counts = Counter(_without_suffix(path) for path in {*below.values()})
    return _disambiguate(
        {file: path if counts[_without_suffix(path)] > 1 else _without_suffix(path) for file, path in below.items()}
    )


@contextmanager
def atomic_replace(path: Path) -> Iterator[Path]:
    """Give a temporary path for a file or folder, which replaces `path` when the block ends without an error."""
    make_folder(path.parent)
    with unfinished_path(path) as part:
        yield part
        if path.is_dir():
            former = former_path(part)
            path.rename(former)
            part.rename(path)
            discard(former)
        else:
            open_files.replace(part, path)


def _disambiguate(names: dict[str, PurePosixPath]) -> dict[str, PurePosixPath]:
    """Append digits to names that some file system would take for another recording's."""
    digits = HASH_DIGITS
    while conflicting := _conflicting(names):
        names = names | {file: _with_hash(names[file], file, digits) for file in conflicting}
        digits *= 2  # a recording may have a name with these very digits
    return names


def _conflicting(names: dict[str, PurePosixPath]) -> list[str]:
    """List the recordings that need another name: all that share one, except a single one that has it unchanged.

    Also those whose output file would have the name of a folder.
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
    """Normalise case and accents: names that some file system takes for the same become equal."""
    return normalize("NFD", normalize("NFD", str(name)).casefold())


def _output_names(name: PurePosixPath) -> set[str]:
    return {_normalized(name.with_name(f"{name.name}{ending}")) for ending in OUTPUT_SUFFIXES}


def _is_original(file: str, name: PurePosixPath) -> bool:
    """Whether a name is the recording's own, unchanged."""
    path = file.replace("\\", "/")
    return path.endswith(str(name)) or path.removesuffix(PurePosixPath(path).suffix).endswith(str(name))


def _with_hash(name: PurePosixPath, file: str, digits: int) -> PurePosixPath:
    exact = hashlib.sha256(file.encode(errors="surrogatepass")).hexdigest()
    return name.with_name(f"{name.name}-{exact[:digits]}")


def _relative_path(file: str) -> str:
    """Make a path relative and legal on every file system: without scheme, drive, root and dots."""
    _, _, path = file.rpartition("://")
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(map(_legal_part, parts)) or "recording"


def _without_suffix(path: PurePosixPath) -> PurePosixPath:
    """Drop the suffix."""
    return path.with_name(_legal_part(path.stem))


def _legal_part(part: str) -> str:
    """Make a part of a path legal on every file system."""
    legal = FORBIDDEN_CHARS.sub("_", part.encode(errors="replace")[:MAX_NAME_BYTES].decode(errors="ignore"))
    return f"_{legal}" if DEVICE_NAME.match(legal) else legal
