"""Journals of replays and runs in one zip, redacted for publication.

Removed are absolute folders, the addresses of servers, and sentences of errors, which may name both. Kept is what the
tables are made of: every message, every packet's times, the settings, and on what basis the data was sent.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import structs

from emotoolkit._version import __version__
from emotoolkit.apis.base import journal
from emotoolkit.apis.base.journal import Began, Ended, Media, Notice
from emotoolkit.apis.base.playback.library import FORMAT_VERSION, INDEX_FILE
from emotoolkit.errors import SettingsError, notice_by_name
from emotoolkit.replays.result import Replay
from emotoolkit.utils.file_names import atomic_replace, unique_paths
from emotoolkit.utils.folders import touch_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotoolkit.apis.base.journal import Record

__all__ = ["pack"]

ARCHIVE_NAME = "cassettes.zip"

ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every file in the zip: the same journals make the same bytes."""

README_TEXT = """\
Recorded conversations with emotion and social-signal services, to be played again without an account.

    import emotoolkit as emo
    emo.replay("recording.wav", emo.Cassette("cassettes.zip"), speed=float("inf"))

The recording is found by its SHA-256, which is in cassettes.json beside who measured. Each .jsonl is a journal:
emo.Replay.read(path) makes its tables without the recording.
"""

PUBLIC_ERROR_FACTS = ("code", "sent", "step", "timeout", "api")
"""Facts of an error that are kept."""


def pack(results: Sequence[Any], folder: Path) -> Path:
    """Write the journals of replays and runs into `cassettes.zip`, for the user alone, and return its path.

    Raises
    ------
    SettingsError
        None of the results has a journal.
    """
    found = [Replay.read(path) for path in sorted({path for each in results for path in _journal_paths(each)})]
    if not found:
        raise SettingsError(setting="results", value=results, rule="none of them has a journal to pack")
    files = _public_names([each.file for each in found])
    path = folder / ARCHIVE_NAME
    with atomic_replace(path) as part:
        touch_private(part)
        _write_archive(part, found, files)
    return path


def _write_archive(path: Path, found: Sequence[Replay], files: Sequence[str]) -> None:
    contents: list[dict[str, Any]] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (replay, file) in enumerate(zip(found, files, strict=True)):
            name = f"{number:05d}-{PurePosixPath(file).stem}-{replay.api}.jsonl"
            text = "".join(journal.to_line(record) + "\n" for record in _redact(replay.records, file))
            contents.append(_contents_entry(replay, name, file, text))
            _add_file(archive, name, text)
        about = {"format": FORMAT_VERSION, "emotoolkit": __version__, "cassettes": contents}
        _add_file(archive, INDEX_FILE, json.dumps(about, indent=1, ensure_ascii=False))
        _add_file(archive, "README.txt", README_TEXT)


def _journal_paths(results: Any) -> Iterator[Path]:
    """Yield the journal of a replay, or those of a run that its tables are made of; any other file is private."""
    if isinstance(getattr(results, "journal", None), Path):
        yield results.journal
    elif hasattr(results, "journals"):
        yield from results.journals()


def _contents_entry(replay: Replay, name: str, file: str, text: str) -> dict[str, Any]:
    media = next((record for record in replay.records if isinstance(record, Media)), None)
    return {
        "journal": name,
        "journal_sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(),
        "file": file,
        "sha256": None if media is None else media.sha256,
        "bytes": None if media is None else media.bytes,
        "duration": replay.began.duration,
        "api": replay.api,
        "source": replay.source,
        "complete": replay.complete,
        "utc": replay.began.utc,
    }


def _add_file(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), text.encode("utf-8"), zipfile.ZIP_DEFLATED)


def _public_names(files: Sequence[str]) -> list[str]:
    """Return the recordings' names without folders of this machine; relative paths are kept."""
    private = {file for file in files if _is_private(file)}
    short = unique_paths(sorted(private))
    suffix = {file: PurePosixPath(file.replace("\\", "/")).suffix for file in private}
    return [
        file if file not in private else str(short[file]) + ("" if short[file].suffix == suffix[file] else suffix[file])
        for file in files
    ]


def _is_private(file: str) -> bool:
    path = file.replace("\\", "/")
    leads_out = path.startswith(("/", "~")) or "://" in path or ".." in path.split("/")
    return leads_out or bool(PureWindowsPath(file).drive)


def _redact(records: Sequence[Record], file: str) -> Iterator[Record]:
    for record in records:
        match record:
            case Began():
                sessions = [_without_host(settings) for settings in record.sessions]
                yield structs.replace(record, file=file, sessions=sessions, epoch=0.0)
            case Ended(facts=facts):
                yield structs.replace(record, facts={name: facts[name] for name in PUBLIC_ERROR_FACTS if name in facts})
            case Notice(kind=kind, facts=facts, text=text):
                notice = notice_by_name(kind, facts, text).about(file)
                yield structs.replace(record, text=str(notice), facts=notice.facts)
            case _:
                yield record


def _without_host(settings: dict[str, Any]) -> dict[str, Any]:
    """Remove the host from an address; its path is kept, since it has the version of the protocol."""
    url = settings.get("url")
    return settings if url is None else {**settings, "url": f"cassette://recorded{urlsplit(url).path.rstrip('/')}"}
