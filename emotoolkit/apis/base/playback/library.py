"""Finds journals: one file, a folder of them, or a zip. Facts about each are cached."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.journal import Began, Media
from emotoolkit.errors import CassetteUnplayable, NoSuchFile
from emotoolkit.utils.folders import BYTES_PER_MB
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

MAX_JOURNAL_BYTES, MAX_ZIP_BYTES = 500_000_000, 10_000_000_000
"""Bytes, unpacked, of a journal in a zip, and of all that is in one without an index: a zip of some kB can have
gigabytes. A journal of a day has about a hundred MB."""

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged file raises: it is torn, ends too early, lacks a part, has no known
compression, is nested too deeply, is encrypted, or says what it must not."""

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
    with _as_unplayable(place):
        found = tuple(_refreshed(place, info) for info in _list_journals(place, place.stat().st_mtime_ns))
    if not found:
        raise CassetteUnplayable(path=str(place), reason="there is no journal in it")
    return found


def read_records(place: Path, name: str) -> tuple[Record, ...]:
    """Read the journal of that name.

    Raises
    ------
    ValueError
        The name is a path, which could lead elsewhere.
    CassetteUnplayable
        It is no journal, or damaged.
    """
    if Path(name).name != name and not place.is_file():
        raise ValueError(f"{name!r} is no name")
    with _as_unplayable(place):
        records = tuple(_iter_records(place, name))
        journal.check_sessions(records)
    return records


@contextmanager
def _as_unplayable(place: Path) -> Iterator[None]:
    """Turn whatever reading a file can raise into `CassetteUnplayable`."""
    try:
        yield
    except READ_ERRORS as problem:
        reason = f"it is no journal ({problem or type(problem).__name__})"
        raise CassetteUnplayable(path=str(place), reason=reason) from problem


@lru_cache(maxsize=64)
def _list_journals(place: Path, modified_ns: int) -> tuple[JournalInfo, ...]:  # noqa: ARG001 - part of the cache key
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            if INDEX_FILE in archive.namelist():
                return _read_index(archive)
            _check_size("all that is in it", sum(each.file_size for each in archive.infolist()), MAX_ZIP_BYTES)
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


class _IndexEntry(Struct):
    journal: str
    file: str
    sha256: str | None
    api: str


class _Index(Struct):
    cassettes: list[_IndexEntry]


class _Format(Struct):
    format: int = 1


def _read_index(archive: zipfile.ZipFile) -> tuple[JournalInfo, ...]:
    _check_size(INDEX_FILE, archive.getinfo(INDEX_FILE).file_size, MAX_JOURNAL_BYTES)
    data = archive.read(INDEX_FILE)
    check_format("box of cassettes", msgspec.json.decode(data, type=_Format).format, FORMAT_VERSION)
    entries = msgspec.json.decode(data, type=_Index).cassettes
    missing = {each.journal for each in entries} - {*archive.namelist()}
    if missing:
        raise ValueError(f"{INDEX_FILE} names {min(missing)!r}, which is not in the zip")
    return tuple(JournalInfo(each.journal, each.file, each.sha256, each.api) for each in entries)


def _check_size(name: str, size: int, limit: int) -> None:
    """Refuse what would fill the memory, by its size as the zip has it, before it is unpacked."""
    if size > limit:
        raise ValueError(f"{name} has {size / BYTES_PER_MB:.0f} MB, and {limit / BYTES_PER_MB:.0f} are read")


def _read_info(place: Path, name: str) -> JournalInfo:
    records = _iter_records(place, name)
    began, media = next(records, None), None
    if not isinstance(began, Began):
        raise ValueError(f"{name}: its first line is missing")  # noqa: TRY004
    for record in records:
        media = record if isinstance(record, Media) else media
    check_format("journal", began.journal, journal.VERSION)
    return JournalInfo(name, began.file, None if media is None else media.sha256, began.api)


def _iter_records(place: Path, name: str) -> Iterator[Record]:
    try:
        if zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as archive:
                _check_size(name, archive.getinfo(name).file_size, MAX_JOURNAL_BYTES)
                with archive.open(name) as file:
                    yield from journal.read_stream(file)
        else:
            yield from journal.read(place / name if place.is_dir() else place)
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from problem
