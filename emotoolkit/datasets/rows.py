"""Rows of a dataset: which part of which file is sent for each, and which part of the results is its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.datasets.manifest import relative_names

if TYPE_CHECKING:
    from typing import Any

__all__ = ["MediaRange", "Row", "parse_rows", "to_seconds"]

UNSAFE_IN_FILE_NAME = re.compile(
    r"[^A-Za-z0-9.-]|^\.|(?i:(?<=^aux)|(?<=^con)|(?<=^nul)|(?<=^prn)|(?<=^com\d)|(?<=^lpt\d))\."
)
"""What is replaced in a file's name: a leading dot hides a file, and Windows reserves names such as `aux.1`."""


@dataclass(frozen=True, order=True, slots=True)
class MediaRange:
    """What one replay sends: a local or remote file from `start` to `end` (seconds; -1 is the file's own)."""

    path: str
    start: float = -1.0
    end: float = -1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a dataset.

    Attributes
    ----------
    name : str
        Name of its file in every table.
    start, end : float or None
        Start and end in that file, in seconds, as the dataset gives them.
    medium : MediaRange
        What is sent for it: this part of the file, or the joined recording that it lies in.
    joined_span : (float, float) or None
        Start and end in the joined recording, in seconds; None if all results are about this row.
    """

    name: str
    start: float | None
    end: float | None
    medium: MediaRange
    joined_span: tuple[float, float] | None = None

    @property
    def id(self) -> str:
        """Name for this row's files: the same in every run over the same dataset.

        Examples
        --------
        >>> Row("a/Günther 1.wav", None, None, MediaRange("/data/a/Günther 1.wav")).id
        'G_nther_1-0d21c7b00253'
        """
        stem = UNSAFE_IN_FILE_NAME.sub("_", PurePosixPath(self.name).stem)[:60]
        exact = f"{self.name}|{self.start}|{self.end}"
        return f"{stem}-{hashlib.sha256(exact.encode()).hexdigest()[:12]}"


def parse_rows(dataset: pd.DataFrame) -> list[Row]:
    """Parse the rows of a dataset that `normalize_dataset` has checked."""
    fields = (dataset[name] if name in dataset else [None] * len(dataset) for name in ("start", "end", "joined"))
    spans = (dataset[name] if name in dataset else [None] * len(dataset) for name in ("joined_start", "joined_end"))
    columns = zip(relative_names(dataset), dataset["file"], *fields, *spans, strict=True)
    return [_parse_row(*values) for values in columns]


def _parse_row(name: str, file: str, start: Any, end: Any, joined: Any, joined_start: Any, joined_end: Any) -> Row:
    begin, last = to_seconds(start), to_seconds(end)
    if joined is None or pd.isna(joined):
        own = MediaRange(file, -1.0 if begin is None else begin, -1.0 if last is None else last)
        return Row(name, begin, last, own)
    span = (float(to_seconds(joined_start) or 0.0), float(to_seconds(joined_end) or 0.0))
    return Row(name, begin, last, MediaRange(str(joined)), span)


def to_seconds(time: pd.Timedelta | float | None) -> float | None:
    """Convert a time of a manifest to seconds; None if it is missing.

    Examples
    --------
    >>> to_seconds(pd.Timedelta("1.5s")), to_seconds(pd.NaT)
    (1.5, None)
    """
    if time is None or pd.isna(time):
        return None
    return time.total_seconds() if isinstance(time, pd.Timedelta) else float(time)
