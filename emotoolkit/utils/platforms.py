"""Which system this is, where that makes a difference to pipes, locks and open files.

One function, so that a test can run the other branch for real: it is always called, never kept.
"""

from __future__ import annotations

import os

__all__ = ["is_windows"]


def is_windows() -> bool:
    """Whether this is Windows: its event loop takes no ordinary pipes, and a file that is open elsewhere is in use."""
    return os.name == "nt"
