"""Folders that are written to: made where there are none, or a sentence; and names for files in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emotoolkit.errors import NotWritable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["made", "safe"]


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


def safe(name: str) -> str:
    """Make of a name what every disk takes."""
    return re.sub(r"[^\w.-]", "_", name)
