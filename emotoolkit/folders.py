"""Folders that are written to: made where there are none, and a sentence where that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.errors import NotWritable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["made"]


def made(folder: Path) -> Path:
    """Make a folder, if need be.

    Raises
    ------
    NotWritable
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        reason = "it is a file" if folder.is_file() else problem.strerror or str(problem)
        raise NotWritable(folder=str(folder), reason=reason) from problem
    return folder
