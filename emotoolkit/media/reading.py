"""Read a recording in a thread, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from emotoolkit.errors import EmotoolkitError, ReadingFailed
from emotoolkit.utils.folders import is_disk_full

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.media.recording import Recording

__all__ = ["read_in_thread"]

T = TypeVar("T")


async def read_in_thread(recording: Recording, read: Callable[[], T]) -> T:
    """Call `read` in a thread and return its result.

    Raises
    ------
    EmotoolkitError
        As raised by `read`; `ReadingFailed` in place of any other error.
    OSError
        A disk is full: that concerns files that are written meanwhile, not the recording.
    """
    try:
        return await asyncio.to_thread(read)
    except EmotoolkitError:
        raise
    except OSError as problem:
        if is_disk_full(problem):
            raise
        raise ReadingFailed(file=recording.file, sent=0.0, reason=str(problem)) from problem
    except Exception as problem:
        raise ReadingFailed(file=recording.file, sent=0.0, reason=str(problem) or repr(problem)) from problem
