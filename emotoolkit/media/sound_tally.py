"""Tally of the samples of a recording, kept while they are read to be sent: what does not fit, and what changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.errors import SettingsError
from emotoolkit.media.clipping import clipped_samples
from emotoolkit.utils.checks import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["MAX_CHANGES", "SoundTally", "gain_factor", "silence_invalid"]

MAX_CHANGES = 10
"""Changes within a file whose times are kept; others are counted."""

FULL_SCALE = 32_768

MAX_GAIN_DB = 200.0

NOTED_OFFSET = 0.01
"""Mean of the samples, relative to full scale, from which on it is noted."""


@dataclass
class SoundTally:
    """Counts of the samples of all channels.

    Attributes
    ----------
    samples, beyond, clipped, missing : int
        All samples, those beyond full scale, those at full scale in runs (see `clipping`), and those that are not a
        number or infinite.
    peak, total, power : float
        Largest absolute value, sum and sum of squares of the others, 1 being full scale.
    changes : list of (float, str, str)
        Media time at which the sound changed, and what it was before and after.
    changes_count : int
        How often it changed.
    """

    samples: int = 0
    beyond: int = 0
    clipped: int = 0
    missing: int = 0
    peak: float = 0.0
    total: float = 0.0
    power: float = 0.0
    changes: list[tuple[float, str, str]] = field(default_factory=list)
    changes_count: int = 0

    def count_floats(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Count a block, shape (samples, channels); what is not a number is replaced by 0."""
        block = self._count(block)
        self.clipped += clipped_samples(block)
        return block

    def count_integers(self, block: NDArray[np.int16]) -> NDArray[np.int16]:
        """Count a block of 16-bit samples, which all fit."""
        flat = block.reshape(-1)
        if flat.size:
            floats = flat.astype(
                np.float32
            )  # divided afterwards, and sought for extremes as integers: half of the time
            self.samples += flat.size
            self.power += float(np.dot(floats, floats)) / FULL_SCALE**2
            self.total += float(floats.sum()) / FULL_SCALE
            self.peak = max(self.peak, int(flat.max()) / FULL_SCALE, -int(flat.min()) / FULL_SCALE)
            self.clipped += clipped_samples(block)
        return block

    def _count(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        flat = block.reshape(-1)
        self.samples += flat.size
        power = float(np.dot(flat, flat))
        if not np.isfinite(power):
            self.missing += int(block.size - np.count_nonzero(np.isfinite(block)))
            block = silence_invalid(block)
            flat = block.reshape(-1)
            power = float(np.square(flat, dtype=np.float64).sum())
        self.power += power
        self.total += float(flat.sum(dtype=np.float64))
        peak = float(max(flat.max(), -flat.min())) if flat.size else 0.0
        self.peak = max(self.peak, peak)
        if peak > 1:
            self.beyond += int(np.count_nonzero(np.abs(flat) > 1))
        return block

    @property
    def is_odd(self) -> bool:
        """Whether there may be something to say: a change, or samples that are not as sound usually is."""
        if not self.samples:
            return False
        is_offset = abs(self.total) > NOTED_OFFSET * self.samples
        return bool(self.changes_count or self.missing or self.beyond or self.clipped or self.peak == 0 or is_offset)

    def note_change(self, time: float, before: str, after: str) -> None:
        """Note that the sound changes at a media time."""
        self.changes_count += 1
        if len(self.changes) < MAX_CHANGES:
            self.changes.append((time, before, after))

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-ready values."""
        return dict(vars(self))


def silence_invalid(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace samples that are infinite or not a number by 0."""
    return block if np.isfinite(block).all() else np.where(np.isfinite(block), block, np.float32(0))


def gain_factor(gain: float | str, read: Callable[[], Iterable[NDArray[np.float32]]]) -> float:
    """Return the factor of a gain in decibels, or of "peak", for which all blocks are read.

    Raises
    ------
    SettingsError
        It is neither.
    """
    if gain == "peak":
        return 1 / (max((float(np.abs(block).max()) for block in read() if block.size), default=0) or 1)
    if not (is_number(gain) and abs(gain) <= MAX_GAIN_DB):
        raise SettingsError(setting="gain", value=gain, rule='it is a number of decibels, or "peak"')
    return float(10 ** (gain / 20))
