"""Map the 16-bit samples of a wave file into memory, without a copy.

A whole array in one piece also means few calls: a thread that works on it rarely has to wait for the interpreter's
lock.
"""

from __future__ import annotations

import wave
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import soundfile
    from numpy.typing import NDArray

__all__ = ["map_samples"]

MAX_HEADER_BYTES = 2**16
"""Bytes at the beginning of a file within which its samples must begin."""

SAMPLE_BYTES = 2
"""Bytes of a sample."""

CHECKED_SAMPLES = 16
"""Samples at both ends that are compared with decoded ones, to be sure of the position."""


def map_samples(path: Path, file: soundfile.SoundFile) -> NDArray[np.int16] | None:
    """Map the samples of a wave file; None if they are not 16-bit PCM, or not found.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : soundfile.SoundFile
        The same file, open. It knows how many samples there are, but not where they begin.

    Returns
    -------
    numpy.ndarray or None
        Shape (samples, channels), int16, read-only.
    """
    begin = _data_offset(path)
    if begin is None or not file.frames:
        return None
    samples = np.memmap(path, "<i2", "r", begin, (file.frames, file.channels))
    for first in (0, max(0, file.frames - CHECKED_SAMPLES)):
        file.seek(first)
        if not np.array_equal(
            file.read(CHECKED_SAMPLES, dtype="int16", always_2d=True), samples[first : first + CHECKED_SAMPLES]
        ):
            return None
    return samples


def _data_offset(path: Path) -> int | None:
    """Find the byte at which 16-bit samples begin; None if unknown."""
    with path.open("rb") as file:
        head = BytesIO(file.read(MAX_HEADER_BYTES))
    try:
        with wave.open(head) as opened:
            return head.tell() if opened.getsampwidth() == SAMPLE_BYTES else None
    except (wave.Error, EOFError):  # another format, or a variant that the `wave` module does not support
        return None
