"""Samples that lie in a file as plain numbers: seen where the system holds the file, without being read into a copy.

All at once, instead of block by block: whoever looks need not wait for the interpreter again and again, with which
others may be busy.
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
"""Bytes of a file among which its samples begin."""

SAMPLE_BYTES = 2
"""Bytes of a sample."""

CHECKED_SAMPLES = 16
"""Samples at both ends by which it is made sure that they lie where they are thought to."""


def map_samples(path: Path, file: soundfile.SoundFile) -> NDArray[np.int16] | None:
    """Find the samples of a wave file; None where they are no plain numbers of 16 bits, or not found.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    file : soundfile.SoundFile
        The same, open. It says how many samples there are, but to nobody where they begin.

    Returns
    -------
    numpy.ndarray or None
        Shape (samples, channels), int16; it cannot be written.
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
    """Find the byte at which 16-bit samples begin."""
    with path.open("rb") as file:
        head = BytesIO(file.read(MAX_HEADER_BYTES))
    try:
        with wave.open(head) as known:
            return head.tell() if known.getsampwidth() == SAMPLE_BYTES else None
    except (wave.Error, EOFError):  # another format, or one of the kinds that the library does not know
        return None
