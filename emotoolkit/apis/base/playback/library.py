"""Where journals are: one file, a folder of them, or a zip. What they are of is read once."""

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

__all__ = ["CONTENTS", "FORMAT", "Title", "records", "titles"]

CONTENTS = "cassettes.json"
"""What is in a zip, in front of all."""

FORMAT = 1
"""Number of the format of a zip; one that has none is of the first."""

SUFFIX = ".jsonl"

KEPT = 20_000
"""Journals of which it is kept what they are of, where they do not say of which file."""


@dataclass(frozen=True, slots=True)
class Title:
    """A journal: its name on the shelf, the recording and its SHA-256 (None if it is not known), and the API."""

    name: str
    file: str
    sha256: str | None
    api: str


def titles(place: Path) -> tuple[Title, ...]:
    """List the journals at a place, by name.

    Raises
    ------
    NoSuchFile, CassetteUnplayable
        There is nothing, or no journal.
    """
    if not place.exists():
        raise NoSuchFile(file=str(place), folder=str(Path.cwd()))
    try:
        found = tuple(_anew(place, title) for title in _titles(place, place.stat().st_mtime_ns))
    except (KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile) as problem:
        raise CassetteUnplayable(
            path=str(place), reason=f"it is no journal ({problem or type(problem).__name__})"
        ) from problem
    if not found:
        raise CassetteUnplayable(path=str(place), reason="there is no journal in it")
    return found


def records(place: Path, name: str) -> tuple[Record, ...]:
    """Read the journal of that name.

    Raises
    ------
    ValueError
        That is no name, but the way to another place.
    """
    if Path(name).name != name and not place.is_file():
        raise ValueError(f"{name!r} is no name")
    return tuple(_read(place, name))


@lru_cache(maxsize=64)
def _titles(place: Path, changed: int) -> tuple[Title, ...]:  # noqa: ARG001 - what tells that it has changed
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as box:
            if CONTENTS in box.namelist():
                contents = json.loads(box.read(CONTENTS))
                check_format("box of cassettes", contents.get("format", 1), FORMAT)
                return tuple(_listed(each) for each in contents["cassettes"])
            return tuple(_title(place, name) for name in sorted(box.namelist()) if name.endswith(SUFFIX))
    if place.is_dir():
        return tuple(_title(place, path.name) for path in sorted(place.glob(f"*{SUFFIX}")))
    return (_title(place, place.name),)


def _anew(place: Path, title: Title) -> Title:
    """Look again at a journal that had not said of which file it is: a replay may have been writing it."""
    if title.sha256 is not None or not place.is_dir():
        return title
    found = (place / title.name).stat()
    return _looked_at(place, title.name, (found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=KEPT)
def _looked_at(place: Path, name: str, changed: tuple[int, int]) -> Title:  # noqa: ARG001 - what tells that it has changed
    return _title(place, name)


def _listed(each: dict[str, Any]) -> Title:
    return Title(each["journal"], each["file"], each["sha256"], each["api"])


def _title(place: Path, name: str) -> Title:
    began, media = None, None
    for record in _read(place, name):
        began = record if isinstance(record, Began) else began
        media = record if isinstance(record, Media) else media
    if began is None:
        raise ValueError("its first line is missing")
    check_format("journal", began.journal, journal.VERSION)
    return Title(name, began.file, None if media is None else media.sha256, began.api)


def _read(place: Path, name: str) -> Iterator[Record]:
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as box:
            lines = box.read(name).decode("utf-8").split("\n")[:-1]  # a torn line has no end
        yield from map(journal.from_line, lines)
    else:
        yield from journal.read(place / name if place.is_dir() else place)
