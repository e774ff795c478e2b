"""The level of a recording at a media time, for the meter of a view."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.errors import RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording

__all__ = ["SILENCE_DB", "LevelMeter"]

SILENCE_DB = -60.0
"""Lower end of the meter in dB of full scale: a quiet room."""

WINDOW_S = 0.1
"""Seconds over which the level is taken: the interval between two refreshes of a view."""


class LevelMeter:
    """The level of a recording. It keeps the last block of sound that it read, so the file is rarely opened.

    Parameters
    ----------
    recording : Recording or None
        Silent if it is None, has no sound or cannot be read.
    """

    def __init__(self, recording: Recording | None) -> None:
        self._recording = recording
        self._block: NDArray[np.float32] = np.zeros((0, 1), np.float32)
        self._start = 0.0

    def at(self, moment: float) -> float:
        """Return the root mean square of the 0.1 s before `moment` over all channels, in dB of full scale, −60 to 0."""
        if self._recording is None or self._recording.audio is None:
            return SILENCE_DB
        rate = self._recording.audio.sampling_rate
        begin, end = (round((each - self._start) * rate) for each in (moment - WINDOW_S, moment))
        if begin < 0 or end > len(self._block):
            self._read(max(0.0, moment - WINDOW_S))
            begin, end = 0, round(WINDOW_S * rate)
        samples = self._block[begin:end]
        power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
        return max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB

    def _read(self, start: float) -> None:
        assert self._recording is not None
        empty = np.zeros((0, 1), np.float32)
        try:
            self._block = next(self._recording.blocks(start), empty)
        except (RecordingError, OSError, RuntimeError):
            self._recording = None  # the file is gone: the view goes on without a level
            self._block = empty
        self._start = start
