"""Paths as people type them: `~` is somebody's home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

__all__ = ["expand_user"]


def expand_user(path: str | os.PathLike[str]) -> Path:
    """Give a path with the home that `~` stands for; one such as `~draft.wav`, which is nobody's, stays as it is."""
    place = Path(path)
    first, *rest = place.parts or ("",)
    if not first.startswith("~"):
        return place
    try:
        home = Path(first).expanduser()
    except RuntimeError:
        return place
    # Windows makes up a home for anybody.
    return home.joinpath(*rest) if first == "~" or home.is_dir() else place
