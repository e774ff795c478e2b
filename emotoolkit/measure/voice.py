"""Voice: where somebody speaks, and how. Streaming: the results do not depend on how the samples were cut.

The grid is 20 ms: every position of a real Emotion Logic log is a multiple of it (contract page §5). Sound that rises
above the room is a candidate. It is speech as far as it is near to something that has a pitch: a door, a fan and rain
are loud too. Speech comes in stretches of 0.4 to 2 s, as the engine's manual describes, and each is measured whole as
soon as its end is certain, from its own samples alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.prosody import MARGIN, Prosody, Sound, eased, pitch_of, prosody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from emotoolkit.measure.pitch import Pitch

__all__ = ["FRAME", "SHORTEST", "Frame", "Frames", "Stretch", "Stretches", "level"]

FRAME = 0.02
"""Seconds per frame (contract page §5)."""

OPENING = 3
"""Sounding frames in a row that open a stretch (60 ms: shorter than a syllable, longer than a click)."""

CLOSING = 15
"""Soundless frames in a row that close it (0.3 s: longer than the closure of a plosive)."""

LONGEST = 100
"""Frames after which it is closed in any case (2 s, the default maximum of the engine)."""

SHORTEST = 20
"""Frames below which it is dropped (0.4 s, the engine's minimum)."""

REMAINDER = 5
"""Frames below which the rest of longer speech is dropped, of which the first 2 s are a stretch already (0.1 s)."""

LOOK = 4
"""Frames after its last one that are waited for where speech goes on: what `MARGIN` asks for."""

REACH = 20
"""Frames from a voiced one within which sound is speech (0.4 s: aspirations, and a voice that dies away)."""

STEADY = 5
"""Frames of pitch in a row (50 ms) that make voice. The wandering low tones of noise do not last that long."""

FIRM = 0.6
"""Strength that a row of them has on average, 0 to 1. Noise that does last does not repeat as well."""

SOFTER = 10**-1.6
"""Power, relative to the threshold, down to which a stretch reaches once it has risen above: 16 dB, a soft onset."""

FAINTEST = 10**-4.6
"""Power down to which a stretch reaches at most, −46 dBFS, unless its threshold is lower: rooms and codecs ring on."""

ABOVE, WELL_ABOVE = 10**0.15, 10**0.9
"""Power, relative to the room's, from which on a frame sounds (1.5 dB: speech of 20 dB more than the noise fades into
it), and from which on it stands out (9 dB)."""

ROOM = 50
"""Frames over which the room's power, and a constant in the sound, are averaged (1 s)."""

SILENCE = 1e-5
"""RMS that stands for silence in a logarithm: below one step of 16 bits, −100 dBFS."""


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of sound: its number, mean square, largest magnitude and mean, relative to full scale 1.0."""

    number: int
    power: float
    peak: float
    mean: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech.

    Attributes
    ----------
    start, end : float
        Seconds since the first sample, multiples of 0.02.
    known : float
        Seconds of sound after which it was certain, at whatever packet length.
    rms : float
        Root mean square over the stretch without a constant, relative to full scale 1.0.
    peak : float
        Largest magnitude, relative to full scale 1.0.
    voiced : float
        Share of its frames that are voiced, in (0, 1].
    prosody : Prosody
        All that was measured of it.
    """

    start: float
    end: float
    known: float
    rms: float
    peak: float
    voiced: float
    prosody: Prosody


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
        means = np.add.reduceat(used, begins[:-1]) / np.diff(begins)
        peaks = np.maximum.reduceat(np.abs(used), begins[:-1])
        self._held = self._held[begins[-1] :]
        for power, peak, mean in zip(powers.tolist(), peaks.tolist(), means.tolist(), strict=True):
            yield Frame(self._number, power, peak, mean)
            self._number += 1

    @property
    def seconds(self) -> float:
        """Seconds of sound that were cut into frames."""
        return self._number * FRAME

    def _begin(self, number: int) -> int:
        return round(number * FRAME * self._rate)

    def _begins(self, first: int, count: int) -> NDArray[np.int64]:
        return np.array([self._begin(first + k) for k in range(count)], np.int64)


class Stretches:
    """Find stretches of speech in one channel, and measure them.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    threshold : float
        RMS that a stretch of speech exceeds, relative to full scale 1.0. It begins and ends up to 16 dB below, at
        −46 dBFS or more. Where the room is louder than that, a stretch stands out from the room.

    Examples
    --------
    >>> tone = 0.5 * np.sin(np.arange(16000) * 0.2).astype("float32")
    >>> stretches = Stretches(16000, threshold=0.03)
    >>> [(s.start, s.end) for s in [*stretches.feed(tone), *stretches.finish()]]
    [(0.0, 1.0)]
    """

    def __init__(self, sampling_rate: int, threshold: float) -> None:
        self._frames = Frames(sampling_rate)
        self._recent = _Recent(sampling_rate)
        self._room = _Room(threshold**2)
        self._open: list[Frame] = []
        self._continues = False

    def feed(self, samples: NDArray[np.float32]) -> list[Stretch]:
        """Take samples of shape (n,), in [−1, 1); return the stretches that they complete, in order."""
        self._recent.add(samples)
        found = list(self._closed(self._frames.feed(samples)))
        if self._open:
            self._recent.forget(_time(self._open[0].number) - MARGIN)
        else:
            self._recent.forget(self._frames.seconds - MARGIN - FRAME)
        return found

    def finish(self) -> list[Stretch]:
        """Close the open stretch, if there is one: no more samples come."""
        first = self._take(LONGEST, continues=True) if len(self._open) > LONGEST else []
        return [*first, *self._take(len(self._open), continues=False)]

    def _closed(self, frames: Iterable[Frame]) -> Iterator[Stretch]:
        for frame in frames:
            self._open.append(self._room.without_constant(frame))
            if len(self._open) <= OPENING and not self._room.hears(self._open[-1]):
                self._room.learn(self._open)  # a click, not a voice
                self._open, self._continues = [], False
            elif self._is_quiet():
                yield from self._take(len(self._open), continues=False)
            elif len(self._open) == LONGEST + LOOK:
                yield from self._take(LONGEST, continues=True)

    def _is_quiet(self) -> bool:
        quiet = self._open[-CLOSING:]
        return len(quiet) == CLOSING and not any(map(self._room.hears, quiet))

    def _take(self, count: int, *, continues: bool) -> Iterator[Stretch]:
        seen, piece, self._open = self._open, self._open[:count], self._open[count:]
        found = self._stretch(piece, seen)
        self._continues = continues and bool(found) and found[0].end == _time(piece[-1].number + 1)
        yield from found

    def _stretch(self, piece: list[Frame], seen: list[Frame]) -> list[Stretch]:
        """The stretch in a candidate, if there is one."""
        if not piece:
            return []
        known = _time(seen[-1].number + 1)
        sound = self._recent.cut(_time(piece[0].number), _time(piece[-1].number + 1), known)
        pitch = pitch_of(sound)
        begin, end = self._spoken(piece, _near(_voiced(pitch)))
        least = REMAINDER if self._continues and begin == 0 else SHORTEST
        if end - begin < least or sum(map(self._room.stands_out, piece[begin:end])) < OPENING:
            return []
        part = sound.part(begin * FRAME, end * FRAME)
        return [_measured(piece[begin:end], part, pitch.cut(2 * begin, 2 * end), known)]

    def _spoken(self, piece: list[Frame], near: NDArray[np.bool_]) -> tuple[int, int]:
        """From which frame to which a candidate is speech: near to voice and sounding, two in a row on both ends."""
        self._room.learn([frame for frame, is_near in zip(piece, near, strict=True) if not is_near])
        sounds = near & [self._room.hears(frame) for frame in piece]
        pairs = np.flatnonzero(sounds[1:] & sounds[:-1]).tolist()
        return (pairs[0], pairs[-1] + 2) if pairs else (0, 0)


def _measured(frames: list[Frame], sound: Sound, pitch: Pitch, known: float) -> Stretch:
    return Stretch(
        start=_time(frames[0].number),
        end=_time(frames[-1].number + 1),
        known=known,
        rms=math.sqrt(sum(frame.power for frame in frames) / len(frames)),
        peak=max(frame.peak for frame in frames),
        voiced=float((pitch.voiced[::2] | pitch.voiced[1::2]).mean()),
        prosody=prosody(sound, pitch),
    )


def _time(number: int) -> float:
    return round(number * FRAME, 2)


def _voiced(pitch: Pitch) -> NDArray[np.bool_]:
    """Which frames of 20 ms are in a row of pitch that lasts and repeats well; shape (frames,)."""
    voiced: NDArray[np.bool_] = np.zeros(len(pitch.hertz), bool)
    for begin, end in pairwise(np.flatnonzero(np.diff(np.concatenate([[False], pitch.voiced, [False]]))).tolist()):
        if pitch.voiced[begin] and end - begin >= STEADY and pitch.strength[begin:end].mean() >= FIRM:
            voiced[begin:end] = True
    return voiced[::2] | voiced[1::2]


def _near(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which frames are within reach of a voiced one."""
    reached: NDArray[np.bool_] = np.convolve(voiced, np.ones(2 * REACH + 1), "full") > 0.5  # noqa: PLR2004 - some
    return reached[REACH : REACH + len(voiced)]


class _Recent:
    """The latest samples, to be measured when a stretch is closed."""

    def __init__(self, sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._begin = 0
        self._samples: NDArray[np.float32] = np.empty(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        self._samples = np.concatenate([self._samples, samples])

    def forget(self, before: float) -> None:
        """Drop what is more than a tenth of a second before this second."""
        drop = round(before * self._rate) - self._begin
        if drop > 0:
            self._samples = self._samples[drop:]
            self._begin += drop

    def cut(self, start: float, end: float, known: float) -> Sound:
        """Cut from one second to the other, with `MARGIN` around them.

        Nothing after `known`: how much is held beyond depends on how the samples were cut on their way in.
        """
        begin = max(round((start - MARGIN) * self._rate), 0)
        until = round(min(end + MARGIN, known) * self._rate)
        held = self._samples[begin - self._begin : until - self._begin].astype(np.float64)
        samples, rate = eased(held - held.mean(), self._rate)
        return Sound(samples, rate, start - begin / self._rate, end - begin / self._rate)


class _Room:
    """What is heard where nobody speaks: the room's power, and a constant that the equipment adds."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._faint = max(threshold * SOFTER, min(threshold, FAINTEST))
        self._power = 0.0
        self._learned = 0
        self._constant: float | None = None

    def hears(self, frame: Frame) -> bool:
        """Whether a frame sounds."""
        return frame.power > max(self._faint, self._power * ABOVE)

    def stands_out(self, frame: Frame) -> bool:
        """Whether a frame is loud enough to be the reason for a stretch."""
        return frame.power > max(self._threshold, self._power * WELL_ABOVE)

    def learn(self, frames: Iterable[Frame]) -> None:
        """Take in frames in which nobody speaks."""
        for frame in frames:
            self._learned = min(self._learned + 1, ROOM)
            self._power += (frame.power - self._power) / self._learned

    def without_constant(self, frame: Frame) -> Frame:
        """Take the constant off a frame's power."""
        if self._constant is None:
            self._constant = frame.mean
        self._constant += (frame.mean - self._constant) / ROOM
        power = frame.power - 2 * self._constant * frame.mean + self._constant**2
        return Frame(frame.number, max(power, 0.0), frame.peak, frame.mean)
