"""Paths as people type them, with `~` for a home folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

__all__ = ["expand_user"]


def expand_user(path: str | os.PathLike[str]) -> Path:
    """Expand `~` to the home folder; a path such as `~draft.wav`, which names no user, stays as it is."""
    given = Path(path)
    first, *rest = given.parts or ("",)
    if not first.startswith("~"):
        return given
    try:
        home = Path(first).expanduser()
    except RuntimeError:
        return given
    # Windows gives a home folder for any name, also where there is no such user.
    return home.joinpath(*rest) if first == "~" or home.is_dir() else given
