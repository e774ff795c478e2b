"""Label files: find the files of a folder that may hold labels, by their names alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from emotoolkit.apis.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["find_label_files"]

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".feather", ".arff", ".sav", ".dta")
SPREADSHEET_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
TIER_SUFFIXES = (
    ".eaf",
    ".textgrid",
    ".anvil",
    ".trs",
    ".cha",
    ".xml",
    ".rttm",
    ".stm",
    ".ctm",
    ".lab",
    ".mlf",
    ".boris",
)
CAPTION_SUFFIXES = (".vtt", ".srt", ".ass", ".ssa", ".sbv", ".ttml")
LABEL_SUFFIXES = frozenset((".txt", *TABLE_SUFFIXES, *SPREADSHEET_SUFFIXES, *TIER_SUFFIXES, *CAPTION_SUFFIXES))
"""Suffixes of files that may hold labels: tables, spreadsheets, annotation tiers, captions and text."""

COMPRESSION_SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst"})

LABEL_FILE_NAMES = frozenset({"db.yaml", "segments", "utt2spk", "spk2utt", "spk2gender", "utt2emo", "wav.scp"})
"""Label files known by their whole name: audformat's header in a subfolder, Kaldi's files."""

NON_LABEL_NAMES = re.compile(
    r"(?:read[-_ ]?me|licen[cs]e|requirements|(?:tag)?manifest-(?:md5|sha\d+))(?:[-_. ].*)?|copying|copyright|notice|"
    r"authors|contributors|citation|changes|changelog|environment|package|package-lock|bagit|bag-info|robots|"
    r"dataset_description|dataset_infos?|(?:.*[-_.])?(?:checksums?|md5(?:sums?)?|sha\d+(?:sums?)?)",
    re.IGNORECASE,
)
"""Names of files about a corpus as a whole, its licence or its download, without labels."""

FOREIGN_FOLDERS = frozenset({"__macosx", "__pycache__", "node_modules"})
"""Folders that are no part of a corpus, as hidden folders are not."""

JOURNAL_NAME = re.compile(r".+-(?P<api>[a-z0-9_]+)-\d+\.jsonl")
"""Names of replays' journals."""

RUN_FILES = frozenset({"run.json", "manifest.parquet"})
"""Files by which the folder of a run is recognised."""


def find_label_files(files: Iterable[str]) -> list[str]:
    """Return the files that may hold labels; those in the outermost folders first.

    Parameters
    ----------
    files : iterable of str
        Paths relative to the folder, with slashes.

    Examples
    --------
    >>> find_label_files(["README.txt", "a.wav", "a.TextGrid", "metadata.csv"])
    ['a.TextGrid', 'metadata.csv']
    """
    files = [*files]
    by_folder: dict[PurePosixPath, set[str]] = {}
    for file in map(PurePosixPath, files):
        by_folder.setdefault(file.parent, set()).add(file.name)
    runs = {folder for folder, names in by_folder.items() if names >= RUN_FILES}
    found = [file for file in files if _may_hold_labels(PurePosixPath(file)) and runs.isdisjoint(_parents(file))]
    return sorted(found, key=lambda file: (file.count("/"), file))


def _may_hold_labels(file: PurePosixPath) -> bool:
    if any(part.startswith(".") or part.lower() in FOREIGN_FOLDERS for part in file.parts):
        return False
    if file.suffix.lower() in COMPRESSION_SUFFIXES:
        file = file.with_suffix("")
    if file.name.lower() in LABEL_FILE_NAMES:
        return True
    excluded = NON_LABEL_NAMES.fullmatch(file.stem) is not None or _is_journal(file.name)
    return file.suffix.lower() in LABEL_SUFFIXES and not excluded


def _is_journal(name: str) -> bool:
    found = JOURNAL_NAME.fullmatch(name)
    return found is not None and found["api"] in APIS


def _parents(file: str) -> Iterable[PurePosixPath]:
    return PurePosixPath(file).parents
