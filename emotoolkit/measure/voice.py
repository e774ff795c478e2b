"""Voice: where somebody speaks, and how loud. Streaming: the results do not depend on how the samples were cut.

The grid is 20 ms: every position of a real Emotion Logic log is a multiple of it (contract page §5). A frame is voiced
when its level exceeds a threshold; runs of voiced frames are stretches of 0.4 to 2 s, as the engine's manual describes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["FRAME", "Frame", "Frames", "Stretch", "Stretches", "level"]

FRAME = 0.02
"""Seconds per frame (contract page §5)."""

OPENING = 3
"""Voiced frames in a row that open a stretch (60 ms: shorter than a syllable, longer than a click)."""

CLOSING = 15
"""Unvoiced frames in a row that close it (0.3 s: longer than the closure of a plosive)."""

LONGEST = 100
"""Frames after which it is closed in any case (2 s, the default maximum of the engine)."""

SHORTEST = 20
"""Frames below which it is dropped (0.4 s, the engine's minimum)."""

SILENCE = 1e-5
"""RMS that stands for silence in a logarithm: below one step of 16 bits, −100 dBFS."""


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of sound: its number, mean square and largest magnitude, relative to full scale 1.0."""

    number: int
    power: float
    peak: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech.

    Attributes
    ----------
    start, end : float
        Seconds since the first sample, multiples of 0.02.
    rms : float
        Root mean square over the stretch, relative to full scale 1.0.
    peak : float
        Largest magnitude, relative to full scale 1.0.
    voiced : float
        Share of its frames that are voiced, in (0, 1].
    """

    start: float
    end: float
    rms: float
    peak: float
    voiced: float


def level(rms: float) -> float:
    """Level in dB relative to full scale: 20·log10(rms), with a floor of −100 dBFS."""
    return 20 * math.log10(max(rms, SILENCE))


class Frames:
    """Cut a stream of samples into frames of 20 ms, whatever pieces it comes in.

    Where the sampling rate has no whole number of samples in 20 ms (11025 Hz: 220.5), frames begin at the nearest
    sample, so that no error adds up.
    """

    def __init__(self, sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._held: NDArray[np.float32] = np.empty(0, np.float32)
        self._number = 0

    def feed(self, samples: NDArray[np.float32]) -> Iterator[Frame]:
        """Take samples of one channel, shape (n,), in [−1, 1); yield the frames that are complete."""
        self._held = np.concatenate([self._held, samples])
        first = self._begin(self._number)
        count = int((first + len(self._held)) / (FRAME * self._rate)) + 1 - self._number
        begins = self._begins(self._number, count + 1)
        begins = begins[begins <= first + len(self._held)] - first
        if len(begins) < 2:  # noqa: PLR2004 - a frame has two ends
            return
        used = self._held[: begins[-1]].astype(np.float64)
        powers = np.add.reduceat(used**2, begins[:-1]) / np.diff(begins)
        peaks = np.maximum.reduceat(np.abs(used), begins[:-1])
        self._held = self._held[begins[-1] :]
        for power, peak in zip(powers.tolist(), peaks.tolist(), strict=True):
            yield Frame(self._number, power, peak)
            self._number += 1

    def _begin(self, number: int) -> int:
        return round(number * FRAME * self._rate)

    def _begins(self, first: int, count: int) -> NDArray[np.int64]:
        return np.array([self._begin(first + k) for k in range(count)], np.int64)


class Stretches:
    """Find stretches of speech in one channel.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    threshold : float
        RMS of a frame above which it is voiced, relative to full scale 1.0.

    Examples
    --------
    >>> tone = 0.5 * np.sin(np.arange(16000) * 0.2).astype("float32")
    >>> stretches = Stretches(16000, threshold=0.03)
    >>> [(s.start, s.end) for s in [*stretches.feed(tone), *stretches.finish()]]
    [(0.0, 1.0)]
    """

    def __init__(self, sampling_rate: int, threshold: float) -> None:
        self._frames = Frames(sampling_rate)
        self._threshold = threshold**2
        self._open: list[Frame] = []

    def feed(self, samples: NDArray[np.float32]) -> list[Stretch]:
        """Take samples of shape (n,), in [−1, 1); return the stretches that they complete, in order."""
        return list(self._closed(self._frames.feed(samples)))

    def finish(self) -> list[Stretch]:
        """Close the open stretch, if there is one: no more samples come."""
        stretch = self._close()
        return [] if stretch is None else [stretch]

    def _closed(self, frames: Iterable[Frame]) -> Iterator[Stretch]:
        for frame in frames:
            self._open.append(frame)
            if self._ends():
                stretch = self._close()
                if stretch is not None:
                    yield stretch

    def _ends(self) -> bool:
        if len(self._open) <= OPENING and not self._voiced(self._open[-1]):
            return True  # a click, not a voice
        quiet = self._open[-CLOSING:]
        return len(self._open) == LONGEST or (len(quiet) == CLOSING and not any(map(self._voiced, quiet)))

    def _close(self) -> Stretch | None:
        frames, self._open = self._open, []
        while frames and not self._voiced(frames[-1]):
            frames.pop()
        if len(frames) < SHORTEST:
            return None
        return Stretch(
            start=round(frames[0].number * FRAME, 2),
            end=round((frames[-1].number + 1) * FRAME, 2),
            rms=math.sqrt(sum(frame.power for frame in frames) / len(frames)),
            peak=max(frame.peak for frame in frames),
            voiced=sum(map(self._voiced, frames)) / len(frames),
        )

    def _voiced(self, frame: Frame) -> bool:
        return frame.power > self._threshold
