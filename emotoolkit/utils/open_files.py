"""Replacing and removing files that another program may have open.

On Windows that is refused as long as the other one has the file open: a reader of ours for a moment, a virus scanner, a
table calculation for hours. So it is tried again for a short time there, and then said.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from emotoolkit.errors import NotWritable
from emotoolkit.utils.platforms import is_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["move", "remove", "replace"]

TIMEOUT_S = 2.0
"""Seconds for which it is tried."""

POLL_INTERVAL_S = 0.05


def replace(source: Path, target: Path) -> None:
    """Rename a file, in the place of another one if there is one.

    Raises
    ------
    NotWritable
        Another program has one of them open, on Windows.
    """
    _retry(lambda: source.replace(target), target)


def move(source: Path, target: Path) -> None:
    """Move a file, also to another disk; raises as `replace` does."""
    _retry(lambda: shutil.move(source, target), target)


def remove(path: Path) -> None:
    """Remove a file, if there is one; raises as `replace` does."""
    _retry(lambda: path.unlink(missing_ok=True), path)


def _retry(action: Callable[[], object], path: Path) -> None:
    until = time.monotonic() + TIMEOUT_S
    while True:
        try:
            action()
        except PermissionError as problem:
            if not is_windows():
                raise
            if time.monotonic() > until:
                reason = f"another program has {path.name} open"
                raise NotWritable(folder=str(path.parent), reason=reason) from problem
        else:
            return
        time.sleep(POLL_INTERVAL_S)
