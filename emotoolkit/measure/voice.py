"""Speech detection in one channel. Streaming: the results do not depend on how the samples were divided.

The grid is 20 ms: every position of a real Emotion Logic log is a multiple of it (contract page §5). Sound above the
background noise is a candidate. It is speech where it is near frames with a pitch, since doors, fans and rain are loud
too. Speech is divided into stretches of 0.4 to 2 s, as the engine's manual describes. Each is measured as a whole as
soon as its end is certain, from its own samples alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.prosody import MARGIN_S, AudioExcerpt, Prosody, downsample, measure_prosody, track_pitch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from emotoolkit.measure.pitch import Pitch

__all__ = [
    "FRAME_S",
    "MIN_STRETCH_FRAMES",
    "AudioFrame",
    "FrameSplitter",
    "SpeechDetector",
    "SpeechStretch",
    "level_dbfs",
]

FRAME_S = 0.02
"""Seconds per frame (contract page §5)."""

ONSET_FRAMES = 3
"""Frames of sound in a row that open a candidate (60 ms: shorter than a syllable, longer than a click)."""

HANGOVER_FRAMES = 15
"""Frames without sound in a row that close it (0.3 s: longer than the closure of a plosive)."""

MAX_STRETCH_FRAMES = 100
"""Frames after which it is closed in any case (2 s, the default maximum of the engine)."""

MIN_STRETCH_FRAMES = 20
"""Frames below which a stretch is dropped (0.4 s, the engine's minimum)."""

MIN_REMAINDER_FRAMES = 5
"""The same for what remains of speech longer than 2 s, whose beginning is a stretch already (0.1 s)."""

LOOKAHEAD_FRAMES = 4
"""Frames after its last one that are awaited where speech goes on, to measure with a `MARGIN_S` of sound."""

VOICED_REACH_FRAMES = 20
"""Frames from a voiced one within which sound is speech (0.4 s: aspirations, and a voice that dies away)."""

MIN_PITCH_FRAMES = 5
"""Pitch frames in a row (50 ms) that make a voice. Low tones in noise do not last that long."""

MIN_PITCH_STRENGTH = 0.6
"""Mean strength of such a row, 0 to 1. Tones in noise that do last are weaker."""

EDGE_POWER_RATIO = 10**-1.6
"""Power relative to the threshold at which a stretch begins and ends, once it exceeds the threshold: −16 dB."""

MIN_EDGE_POWER = 10**-4.6
"""Lowest power at which a stretch begins and ends, −46 dBFS, unless the threshold is lower: rooms and codecs ring."""

MIN_SOUND_TO_NOISE, MIN_SPEECH_TO_NOISE = 10**0.15, 10**0.9
"""Power relative to the noise from which on a frame is sound (1.5 dB: speech 20 dB above the noise fades into it), and
from which on it is prominent (9 dB)."""

NOISE_WINDOW_FRAMES = 50
"""Frames over which the noise power and the DC offset are averaged (1 s)."""

SILENCE_RMS = 1e-5
"""Smallest RMS, so that levels stay finite: −100 dBFS, below one step of 16 bits."""


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """20 ms of sound: its number, mean square, largest magnitude and mean, relative to full scale 1.0."""

    number: int
    power: float
    peak: float
    mean: float


@dataclass(frozen=True, slots=True)
class SpeechStretch:
    """A stretch of speech.

    Attributes
    ----------
    start, end : float
        Seconds since the first sample, multiples of 0.02.
    known : float
        Seconds of sound after which it was certain, at whatever packet length.
    rms : float
        Root mean square over the stretch without DC offset, relative to full scale 1.0.
    peak : float
        Largest magnitude, relative to full scale 1.0.
    voiced : float
        Share of its frames that are voiced, in (0, 1].
    prosody : Prosody
        All further measures.
    """

    start: float
    end: float
    known: float
    rms: float
    peak: float
    voiced: float
    prosody: Prosody


def level_dbfs(rms: float) -> float:
    """Compute the level in dB relative to full scale: 20·log10(rms), at least −100 dBFS."""
    return 20 * math.log10(max(rms, SILENCE_RMS))


class FrameSplitter:
    """Divide a stream of samples into frames of 20 ms, whatever pieces it comes in.

    Where 20 ms are not a whole number of samples (220.5 at 11025 Hz), each frame begins at the nearest sample, so that
    no error adds up.
    """

    def __init__(self, sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._unsplit: NDArray[np.float32] = np.empty(0, np.float32)
        self._number = 0

    def feed(self, samples: NDArray[np.float32]) -> Iterator[AudioFrame]:
        """Add samples of one channel, shape (n,), in [−1, 1); yield the frames that are complete."""
        self._unsplit = np.concatenate([self._unsplit, samples])
        first = self._first_sample(self._number)
        count = int((first + len(self._unsplit)) / (FRAME_S * self._rate)) + 1 - self._number
        begins = self._first_samples(self._number, count + 1)
        begins = begins[begins <= first + len(self._unsplit)] - first
        if len(begins) < 2:  # noqa: PLR2004 - a frame has two ends
            return
        used = self._unsplit[: begins[-1]].astype(np.float64)
        powers = np.add.reduceat(used**2, begins[:-1]) / np.diff(begins)
        means = np.add.reduceat(used, begins[:-1]) / np.diff(begins)
        peaks = np.maximum.reduceat(np.abs(used), begins[:-1])
        self._unsplit = self._unsplit[begins[-1] :]
        for power, peak, mean in zip(powers.tolist(), peaks.tolist(), means.tolist(), strict=True):
            yield AudioFrame(self._number, power, peak, mean)
            self._number += 1

    @property
    def seconds(self) -> float:
        """Seconds of sound in the frames so far."""
        return self._number * FRAME_S

    def _first_sample(self, number: int) -> int:
        return round(number * FRAME_S * self._rate)

    def _first_samples(self, first: int, count: int) -> NDArray[np.int64]:
        return np.array([self._first_sample(first + k) for k in range(count)], np.int64)


class SpeechDetector:
    """Find stretches of speech in one channel, and measure them.

    Frames of sound collect as a candidate in `_open_frames`, which is empty between candidates. A frame without sound
    among the first `ONSET_FRAMES` discards it, `HANGOVER_FRAMES` of them in a row close it. After `MAX_STRETCH_FRAMES`
    it is closed although speech goes on, and what follows is the next candidate.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    threshold : float
        RMS that a stretch of speech exceeds, relative to full scale 1.0. It begins and ends up to 16 dB below, at
        −46 dBFS or more. Where the noise is louder than that, a stretch exceeds the noise.

    Examples
    --------
    >>> tone = 0.5 * np.sin(np.arange(16000) * 0.2).astype("float32")
    >>> stretches = SpeechDetector(16000, threshold=0.03)
    >>> [(s.start, s.end) for s in [*stretches.feed(tone), *stretches.finish()]]
    [(0.0, 1.0)]
    """

    def __init__(self, sampling_rate: int, threshold: float) -> None:
        self._frames = FrameSplitter(sampling_rate)
        self._buffer = _SampleBuffer(sampling_rate)
        self._noise = _NoiseFloor(threshold**2)
        self._open_frames: list[AudioFrame] = []
        self._continues = False

    def feed(self, samples: NDArray[np.float32]) -> list[SpeechStretch]:
        """Add samples of shape (n,), in [−1, 1); return the stretches that they complete, in order."""
        self._buffer.add(samples)
        found = list(self._closed_stretches(self._frames.feed(samples)))
        if self._open_frames:
            self._buffer.drop_before(_frame_time(self._open_frames[0].number) - MARGIN_S)
        else:
            self._buffer.drop_before(self._frames.seconds - MARGIN_S - FRAME_S)
        return found

    def finish(self) -> list[SpeechStretch]:
        """Return the stretches under way, after the last samples."""
        first = self._close(MAX_STRETCH_FRAMES, continues=True) if len(self._open_frames) > MAX_STRETCH_FRAMES else []
        return [*first, *self._close(len(self._open_frames), continues=False)]

    def _closed_stretches(self, frames: Iterable[AudioFrame]) -> Iterator[SpeechStretch]:
        for frame in frames:
            self._open_frames.append(self._noise.without_dc_offset(frame))
            if len(self._open_frames) <= ONSET_FRAMES and not self._noise.is_sound(self._open_frames[-1]):
                self._noise.update(self._open_frames)  # a click, or no sound at all
                self._open_frames, self._continues = [], False
            elif self._is_quiet():
                yield from self._close(len(self._open_frames), continues=False)
            elif len(self._open_frames) == MAX_STRETCH_FRAMES + LOOKAHEAD_FRAMES:
                yield from self._close(MAX_STRETCH_FRAMES, continues=True)

    def _is_quiet(self) -> bool:
        quiet = self._open_frames[-HANGOVER_FRAMES:]
        return len(quiet) == HANGOVER_FRAMES and not any(map(self._noise.is_sound, quiet))

    def _close(self, count: int, *, continues: bool) -> Iterator[SpeechStretch]:
        known = _frame_time(self._open_frames[-1].number + 1) if self._open_frames else 0.0
        candidate, self._open_frames = self._open_frames[:count], self._open_frames[count:]
        found = self._find_stretch(candidate, known)
        self._continues = continues and bool(found) and found[0].end == _frame_time(candidate[-1].number + 1)
        yield from found

    def _find_stretch(self, candidate: list[AudioFrame], known: float) -> list[SpeechStretch]:
        """Find the stretch in a candidate, if there is one."""
        if not candidate:
            return []
        sound = self._buffer.excerpt(_frame_time(candidate[0].number), _frame_time(candidate[-1].number + 1), known)
        pitch = track_pitch(sound)
        begin, end = self._speech_range(candidate, _is_near_voice(_is_voiced(pitch)))
        min_frames = MIN_REMAINDER_FRAMES if self._continues and begin == 0 else MIN_STRETCH_FRAMES
        if end - begin < min_frames or sum(map(self._noise.is_prominent, candidate[begin:end])) < ONSET_FRAMES:
            return []
        part = sound.part(begin * FRAME_S, end * FRAME_S)
        return [_measure(candidate[begin:end], part, pitch.cut(2 * begin, 2 * end), known)]

    def _speech_range(self, candidate: list[AudioFrame], near: NDArray[np.bool_]) -> tuple[int, int]:
        """Find the range of speech in a candidate: sound near a voice, with two such frames in a row at both ends."""
        self._noise.update([frame for frame, is_near in zip(candidate, near, strict=True) if not is_near])
        is_speech = near & [self._noise.is_sound(frame) for frame in candidate]
        pairs = np.flatnonzero(is_speech[1:] & is_speech[:-1]).tolist()
        return (pairs[0], pairs[-1] + 2) if pairs else (0, 0)


def _measure(frames: list[AudioFrame], sound: AudioExcerpt, pitch: Pitch, known: float) -> SpeechStretch:
    return SpeechStretch(
        start=_frame_time(frames[0].number),
        end=_frame_time(frames[-1].number + 1),
        known=known,
        rms=math.sqrt(sum(frame.power for frame in frames) / len(frames)),
        peak=max(frame.peak for frame in frames),
        voiced=float((pitch.voiced[::2] | pitch.voiced[1::2]).mean()),
        prosody=measure_prosody(sound, pitch),
    )


def _frame_time(number: int) -> float:
    return round(number * FRAME_S, 2)


def _is_voiced(pitch: Pitch) -> NDArray[np.bool_]:
    """Mark the frames of 20 ms in a row of pitch frames that is long and strong enough; shape (frames,)."""
    voiced: NDArray[np.bool_] = np.zeros(len(pitch.hertz), bool)
    for begin, end in pairwise(np.flatnonzero(np.diff(np.concatenate([[False], pitch.voiced, [False]]))).tolist()):
        if (
            pitch.voiced[begin]
            and end - begin >= MIN_PITCH_FRAMES
            and pitch.strength[begin:end].mean() >= MIN_PITCH_STRENGTH
        ):
            voiced[begin:end] = True
    return voiced[::2] | voiced[1::2]


def _is_near_voice(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the frames within reach of a voiced one."""
    counts = np.convolve(voiced, np.ones(2 * VOICED_REACH_FRAMES + 1), "full")
    near: NDArray[np.bool_] = counts[VOICED_REACH_FRAMES : VOICED_REACH_FRAMES + len(voiced)] > 0.5  # noqa: PLR2004 - any
    return near


class _SampleBuffer:
    """The latest samples, kept until a stretch is measured."""

    def __init__(self, sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._begin = 0
        self._samples: NDArray[np.float32] = np.empty(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        self._samples = np.concatenate([self._samples, samples])

    def drop_before(self, time: float) -> None:
        """Drop the samples before a time in seconds."""
        drop = round(time * self._rate) - self._begin
        if drop > 0:
            self._samples = self._samples[drop:]
            self._begin += drop

    def excerpt(self, start: float, end: float, known: float) -> AudioExcerpt:
        """Return the sound from `start` to `end` seconds, with `MARGIN_S` around it.

        Nothing after `known` is used: how much is buffered beyond depends on how the samples were divided.
        """
        begin = max(round((start - MARGIN_S) * self._rate), 0)
        stop = round(min(end + MARGIN_S, known) * self._rate)
        buffered = self._samples[begin - self._begin : stop - self._begin].astype(np.float64)
        samples, rate = downsample(buffered - buffered.mean(), self._rate)
        return AudioExcerpt(samples, rate, start - begin / self._rate, end - begin / self._rate)


class _NoiseFloor:
    """Running estimate of the sound between speech: power of the noise, and DC offset of the equipment."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._edge_threshold = max(threshold * EDGE_POWER_RATIO, min(threshold, MIN_EDGE_POWER))
        self._power = 0.0
        self._frame_count = 0
        self._dc_offset: float | None = None

    def is_sound(self, frame: AudioFrame) -> bool:
        """Whether a frame is louder than the noise and the edge of a stretch."""
        return frame.power > max(self._edge_threshold, self._power * MIN_SOUND_TO_NOISE)

    def is_prominent(self, frame: AudioFrame) -> bool:
        """Whether a frame is loud enough to justify a stretch."""
        return frame.power > max(self._threshold, self._power * MIN_SPEECH_TO_NOISE)

    def update(self, frames: Iterable[AudioFrame]) -> None:
        """Add frames without speech to the noise power."""
        for frame in frames:
            self._frame_count = min(self._frame_count + 1, NOISE_WINDOW_FRAMES)
            self._power += (frame.power - self._power) / self._frame_count

    def without_dc_offset(self, frame: AudioFrame) -> AudioFrame:
        """Subtract the DC offset from a frame's power."""
        if self._dc_offset is None:
            self._dc_offset = frame.mean
        self._dc_offset += (frame.mean - self._dc_offset) / NOISE_WINDOW_FRAMES
        power = frame.power - 2 * self._dc_offset * frame.mean + self._dc_offset**2
        return AudioFrame(frame.number, max(power, 0.0), frame.peak, frame.mean)
