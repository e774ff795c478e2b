"""Check a recording's sound from a few excerpts: whether its channels differ, and how loud its speech is.

Levels are of short frames, in dBFS (0: a square wave at full scale).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording

__all__ = ["QUICK_PLAN", "SamplingPlan", "SpeechLevel", "downmix_effect", "read_excerpts", "speech_level"]

FRAME_S = 0.05
"""Seconds of a frame: shorter than a syllable."""

LEVEL_FLOOR_DB, SILENCE_DB = -100.0, -70.0
"""Lowest level that is computed, in dBFS; level below which a channel is silent."""

MAX_CHANNEL_DIFFERENCE_DB = 40.0
"""dB by which a channel may be softer than the loudest one and still have speech."""

MIN_LEVEL_RANGE_DB = 10.0
"""dB by which the level of a soft channel varies at least if it is speech, not noise."""

MAX_RESIDUAL_DB = -15.0
"""dB of a channel that remain after the projection on the other is subtracted, up to which both are the same sound."""

MIN_SAME_SCENE_CORRELATION = 0.8
"""Correlation of levels from which on two channels are one scene, recorded at two places."""

MAX_CANCELLED_DB = -15.0
"""dB of the channels' power that remain in their mean, up to which they cancel each other."""

MIN_ABOVE_NOISE_DB = 10.0
"""dB by which speech is louder than the background noise."""


@dataclass(frozen=True)
class SamplingPlan:
    """How much of a recording is read: `count` excerpts of `length` seconds, spread evenly."""

    count: int
    length: float


QUICK_PLAN, LONG_PLAN = SamplingPlan(3, 2.0), SamplingPlan(20, 3.0)
"""For each of many recordings, and for one with a suspected problem."""


@dataclass(frozen=True)
class SpeechLevel:
    """How loud a channel's speech is.

    Attributes
    ----------
    level : float
        90th percentile of the levels of the frames above the background noise, in dBFS.
    below : float
        Share of these frames below the threshold, 0 to 1.
    seconds : float
        Their total duration.
    """

    level: float
    below: float
    seconds: float


def read_excerpts(recording: Recording, plan: SamplingPlan) -> list[NDArray[np.float32]]:
    """Decode a few excerpts, shape (samples, channels) each; the whole recording if it is not much longer than them."""
    if recording.audio is None:
        return []
    begin, length = recording.begin, recording.length
    if length <= 2 * plan.count * plan.length:
        blocks = list(recording.blocks(begin))
        return [np.concatenate(blocks)] if blocks else []
    begins = begin + (np.arange(plan.count) + 0.5) * length / plan.count - plan.length / 2
    count = round(plan.length * recording.audio.sampling_rate)
    excerpts = (_first_samples(recording.blocks(float(each)), count) for each in begins)
    return [each for each in excerpts if len(each)]


def downmix_effect(pieces: list[NDArray[np.float32]], rate: int) -> str | None:
    """Find the effect of mixing the channels to their mean.

    Returns
    -------
    str or None
        "cancelled": they cancel each other. "mixed": at least two are different sound. None: neither.
    """
    pieces = [piece for piece in pieces if len(piece) >= round(FRAME_S * rate)]
    if not pieces or pieces[0].shape[1] < 2:  # noqa: PLR2004 - one channel is not mixed
        return None
    channels = pieces[0].shape[1]
    samples = np.ascontiguousarray(np.concatenate(pieces).T)  # a channel a row: sums along rows are fast
    levels = np.array([np.concatenate([frame_levels(piece[:, n], rate) for piece in pieces]) for n in range(channels)])
    loudest = np.percentile(levels, 95, axis=1)
    if loudest.max() < SILENCE_DB:
        return None
    mixed = samples.mean(axis=0)
    remaining = np.vdot(mixed, mixed) * channels / np.vdot(samples, samples)
    if _decibels(float(remaining)) < MAX_CANCELLED_DB and (loudest > SILENCE_DB).sum() > 1:
        return "cancelled"
    first = int(loudest.argmax())
    others = (n for n in range(channels) if n != first and _has_speech(levels[n], loudest[n], loudest[first]))
    return "mixed" if any(_differ(samples, levels, first, n) for n in others) else None


def speech_level(pieces: list[NDArray[np.float32]], rate: int, threshold: float) -> SpeechLevel | None:
    """Measure the level of one channel's speech and its share below a threshold (dBFS); None if it is silent."""
    by_piece = [frame_levels(piece, rate) for piece in pieces]
    levels = np.concatenate(by_piece) if by_piece else np.empty(0)
    if not len(levels) or levels.max() < SILENCE_DB:
        return None
    active = levels[levels > max(float(np.percentile(levels, 10)) + MIN_ABOVE_NOISE_DB, SILENCE_DB)]
    active = active if len(active) else levels
    level, below = float(np.percentile(active, 90)), float((active < threshold).mean())
    return SpeechLevel(level, below, len(active) * FRAME_S)


def frame_levels(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Compute the level of each frame of one channel, in dBFS."""
    size = max(1, round(FRAME_S * rate))
    frames = np.ascontiguousarray(samples[: len(samples) // size * size]).reshape(-1, size)
    power = np.einsum("ij,ij->i", frames, frames).astype(np.float64) / size
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 10 ** (LEVEL_FLOOR_DB / 10)))
    return levels


def _has_speech(levels: NDArray[np.float64], loudest: float, reference: float) -> bool:
    if loudest < max(SILENCE_DB, reference - MAX_CHANNEL_DIFFERENCE_DB):
        return False
    varies = float(loudest - np.percentile(levels, 10)) > MIN_LEVEL_RANGE_DB
    return varies or loudest > reference - MAX_CHANNEL_DIFFERENCE_DB / 2


def _differ(samples: NDArray[np.float32], levels: NDArray[np.float64], one: int, other: int) -> bool:
    """Whether two channels are different sound, not the same one scaled or one scene recorded at two places."""
    a, b = samples[one], samples[other]
    residual = b - a * (a @ b) / (a @ a)
    if _decibels(float(residual @ residual) / float(b @ b)) < MAX_RESIDUAL_DB:
        return False
    pair = levels[[one, other]]
    if (pair.std(axis=1) < 1).any():
        return True
    return float(np.corrcoef(pair).flat[1]) < MIN_SAME_SCENE_CORRELATION


def _decibels(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))


def _first_samples(blocks: Iterator[NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    taken: list[NDArray[np.float32]] = []
    for block in blocks:
        taken.append(block)
        if sum(map(len, taken)) >= count:
            break
    return np.concatenate(taken)[:count] if taken else np.empty((0, 1), np.float32)
