"""Finds journals: one file, a folder of them, or a zip. Facts about each are cached."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.journal import Began, Media
from emotoolkit.errors import CassetteUnplayable, NoSuchFile
from emotoolkit.utils.formats import check_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.apis.base.journal import Record

__all__ = ["FORMAT_VERSION", "INDEX_FILE", "JournalInfo", "list_journals", "read_records"]

INDEX_FILE = "cassettes.json"
"""Index of the journals in a zip."""

FORMAT_VERSION = 1
"""Version of a zip's format; a zip without a number has version 1."""

JOURNAL_SUFFIX = ".jsonl"

CACHE_SIZE = 20_000
"""Journals without a hash of the recording whose facts are cached."""


@dataclass(frozen=True, slots=True)
class JournalInfo:
    """Facts about a journal: its file name, the recording and its SHA-256 (None if not known), and the API."""

    name: str
    file: str
    sha256: str | None
    api: str


def list_journals(place: Path) -> tuple[JournalInfo, ...]:
    """List the journals at a place, by name.

    Raises
    ------
    NoSuchFile, CassetteUnplayable
        The path does not exist, or has no journal.
    """
    if not place.exists():
        raise NoSuchFile(file=str(place), folder=str(Path.cwd()))
    try:
        found = tuple(_refreshed(place, info) for info in _list_journals(place, place.stat().st_mtime_ns))
    except (KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile) as problem:
        raise CassetteUnplayable(
            path=str(place), reason=f"it is no journal ({problem or type(problem).__name__})"
        ) from problem
    if not found:
        raise CassetteUnplayable(path=str(place), reason="there is no journal in it")
    return found


def read_records(place: Path, name: str) -> tuple[Record, ...]:
    """Read the journal of that name.

    Raises
    ------
    ValueError
        The name is a path, which could lead elsewhere.
    """
    if Path(name).name != name and not place.is_file():
        raise ValueError(f"{name!r} is no name")
    return tuple(_iter_records(place, name))


@lru_cache(maxsize=64)
def _list_journals(place: Path, modified_ns: int) -> tuple[JournalInfo, ...]:  # noqa: ARG001 - part of the cache key
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            if INDEX_FILE in archive.namelist():
                contents = json.loads(archive.read(INDEX_FILE))
                check_format("box of cassettes", contents.get("format", 1), FORMAT_VERSION)
                return tuple(_info_from_index(each) for each in contents["cassettes"])
            return tuple(
                _read_info(place, name) for name in sorted(archive.namelist()) if name.endswith(JOURNAL_SUFFIX)
            )
    if place.is_dir():
        return tuple(_read_info(place, path.name) for path in sorted(place.glob(f"*{JOURNAL_SUFFIX}")))
    return (_read_info(place, place.name),)


def _refreshed(place: Path, info: JournalInfo) -> JournalInfo:
    """Read a journal in a folder again if it had no hash of its recording: a replay may be writing it."""
    if info.sha256 is not None or not place.is_dir():
        return info
    status = (place / info.name).stat()
    return _cached_info(place, info.name, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=CACHE_SIZE)
def _cached_info(place: Path, name: str, version: tuple[int, int]) -> JournalInfo:  # noqa: ARG001 - part of the cache key
    return _read_info(place, name)


def _info_from_index(each: dict[str, Any]) -> JournalInfo:
    return JournalInfo(each["journal"], each["file"], each["sha256"], each["api"])


def _read_info(place: Path, name: str) -> JournalInfo:
    began, media = None, None
    for record in _iter_records(place, name):
        began = record if isinstance(record, Began) else began
        media = record if isinstance(record, Media) else media
    if began is None:
        raise ValueError("its first line is missing")
    check_format("journal", began.journal, journal.VERSION)
    return JournalInfo(name, began.file, None if media is None else media.sha256, began.api)


def _iter_records(place: Path, name: str) -> Iterator[Record]:
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            lines = archive.read(name).decode("utf-8").split("\n")[:-1]  # drops a torn last line
        yield from map(journal.from_line, lines)
    else:
        yield from journal.read(place / name if place.is_dir() else place)
