"""Error messages of rows, without paths of this machine, so that they can be stored and published."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import EmotoolkitError

if TYPE_CHECKING:
    from emotoolkit.datasets.rows import Row

__all__ = ["sentence"]


def sentence(problem: BaseException, row: Row) -> str:
    """Return an error's message with this machine's paths removed: for what is stored."""
    if isinstance(problem, EmotoolkitError):
        problem.replay = None
    text = str(problem) or repr(problem)
    text = text.replace(row.medium.path, row.name)
    for place in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        if len(str(place)) > 1:
            text = text.replace(str(place), "…")
    return text
