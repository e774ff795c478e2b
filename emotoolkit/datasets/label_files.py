"""Which files of a folder may hold labels of its recordings, by their names alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from emotoolkit.apis.registry import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["label_files"]

TABLES = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".feather", ".arff", ".sav", ".dta")
SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
TIERS = (".eaf", ".textgrid", ".anvil", ".trs", ".cha", ".xml", ".rttm", ".stm", ".ctm", ".lab", ".mlf", ".boris")
CAPTIONS = (".vtt", ".srt", ".ass", ".ssa", ".sbv", ".ttml")
LABELS = frozenset((".txt", *TABLES, *SHEETS, *TIERS, *CAPTIONS))
"""Suffixes of what annotators, their programs and corpora write labels into."""

PACKED = frozenset({".gz", ".bz2", ".xz", ".zst"})

WHOLE_NAMES = frozenset({"db.yaml", "segments", "utt2spk", "spk2utt", "spk2gender", "utt2emo", "wav.scp"})
"""Label files that are known by their whole name: audformat's header in a folder further down, Kaldi's."""

ABOUT = re.compile(
    r"(?:read[-_ ]?me|licen[cs]e|requirements|(?:tag)?manifest-(?:md5|sha\d+))(?:[-_. ].*)?|copying|copyright|notice|"
    r"authors|contributors|citation|changes|changelog|environment|package|package-lock|bagit|bag-info|robots|"
    r"dataset_description|dataset_infos?|(?:.*[-_.])?(?:checksums?|md5(?:sums?)?|sha\d+(?:sums?)?)",
    re.IGNORECASE,
)
"""Names of what is about a corpus as a whole, its licence or its download, and holds no labels."""

NOT_ITS_OWN = frozenset({"__macosx", "__pycache__", "node_modules"})
"""Folders that come along with a corpus, and are none of it. Hidden ones are such, too."""

JOURNAL = re.compile(r".+-(?P<api>[a-z0-9_]+)-\d+\.jsonl")
"""Names of replays' journals."""

RUN = frozenset({"run.json", "manifest.parquet"})
"""By what the folder of a run over a dataset is known."""


def label_files(files: Iterable[str]) -> list[str]:
    """Those of a folder's files that may hold labels; those that lie least deep first.

    Parameters
    ----------
    files : iterable of str
        Paths relative to the folder, with slashes.

    Examples
    --------
    >>> label_files(["README.txt", "a.wav", "a.TextGrid", "metadata.csv"])
    ['a.TextGrid', 'metadata.csv']
    """
    files = [*files]
    by_folder: dict[PurePosixPath, set[str]] = {}
    for file in map(PurePosixPath, files):
        by_folder.setdefault(file.parent, set()).add(file.name)
    runs = {folder for folder, names in by_folder.items() if names >= RUN}
    found = [file for file in files if _may_hold_labels(PurePosixPath(file)) and runs.isdisjoint(_above(file))]
    return sorted(found, key=lambda file: (file.count("/"), file))


def _may_hold_labels(file: PurePosixPath) -> bool:
    if any(part.startswith(".") or part.lower() in NOT_ITS_OWN for part in file.parts):
        return False
    if file.suffix.lower() in PACKED:
        file = file.with_suffix("")
    if file.name.lower() in WHOLE_NAMES:
        return True
    about = ABOUT.fullmatch(file.stem) is not None or _is_journal(file.name)
    return file.suffix.lower() in LABELS and not about


def _is_journal(name: str) -> bool:
    found = JOURNAL.fullmatch(name)
    return found is not None and found["api"] in BY_NAME


def _above(file: str) -> Iterable[PurePosixPath]:
    return PurePosixPath(file).parents
