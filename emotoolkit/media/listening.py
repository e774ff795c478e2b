"""A quick listen to a recording: whether its channels are different sound, and how loud it is. Reads little of it.

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
"""Below the first nothing is told apart; below the second it is called silence."""

MAX_CHANNEL_DIFFERENCE_DB = 40.0
"""By how much a channel may be softer than the loudest and still have something to say."""

MIN_LEVEL_RANGE_DB = 10.0
"""A soft channel whose level varies less than this is noise."""

MAX_RESIDUAL_DB = -15.0
"""What is left of a channel when the other is taken out of it, from which on the two are the same sound."""

MIN_SAME_SCENE_CORRELATION = 0.8
"""Correlation of levels from which on two channels are the same scene, heard at two places."""

MAX_CANCELLED_DB = -15.0
"""What is left of two channels in their mean, from which on they cancel each other."""

MIN_ABOVE_NOISE_DB = 10.0
"""By how much somebody who speaks is louder than the room."""


@dataclass(frozen=True)
class SamplingPlan:
    """How much of a recording is listened to: `count` stretches of `length` seconds, spread evenly."""

    count: int
    length: float


QUICK_PLAN, LONG_PLAN = SamplingPlan(3, 2.0), SamplingPlan(20, 3.0)
"""For ten thousand recordings, and for one of which something is odd already."""


@dataclass(frozen=True)
class SpeechLevel:
    """How loud a channel is: of the frames in which there is more than the room, level (dBFS) and share below it."""

    level: float
    below: float
    seconds: float


def read_excerpts(recording: Recording, plan: SamplingPlan) -> list[NDArray[np.float32]]:
    """Decode a few stretches: samples by channels; all of a recording that is hardly longer than they are."""
    if recording.audio is None:
        return []
    begin = getattr(recording, "begin", 0.0)  # a clip's
    length = recording.duration - begin
    if length <= 2 * plan.count * plan.length:
        whole = list(recording.blocks(begin))
        return [np.concatenate(whole)] if whole else []
    begins = begin + (np.arange(plan.count) + 0.5) * length / plan.count - plan.length / 2
    count = round(plan.length * recording.audio.sampling_rate)
    found = (_first_samples(recording.blocks(float(each)), count) for each in begins)
    return [each for each in found if len(each)]


def downmix_effect(pieces: list[NDArray[np.float32]], rate: int) -> str | None:
    """Say what happens to channels that are mixed to their mean: "cancelled", "mixed", or nothing worth a word."""
    pieces = [piece for piece in pieces if len(piece) >= round(FRAME_S * rate)]
    if not pieces or pieces[0].shape[1] < 2:  # noqa: PLR2004 - one channel is no mixture
        return None
    channels = pieces[0].shape[1]
    samples = np.ascontiguousarray(np.concatenate(pieces).T)  # a channel a row: sums along rows are fast
    levels = np.array([np.concatenate([frame_levels(piece[:, n], rate) for piece in pieces]) for n in range(channels)])
    loudest = np.percentile(levels, 95, axis=1)
    if loudest.max() < SILENCE_DB:
        return None
    mixed = samples.mean(axis=0)
    left = np.vdot(mixed, mixed) * channels / np.vdot(samples, samples)
    if _decibels(float(left)) < MAX_CANCELLED_DB and (loudest > SILENCE_DB).sum() > 1:
        return "cancelled"
    first = int(loudest.argmax())
    others = (n for n in range(channels) if n != first and _has_speech(levels[n], loudest[n], loudest[first]))
    return "mixed" if any(_differ(samples, levels, first, n) for n in others) else None


def speech_level(pieces: list[NDArray[np.float32]], rate: int, threshold: float) -> SpeechLevel | None:
    """Say how loud one channel's speech is, and how much of it is below a threshold; None where there is silence."""
    found = [frame_levels(piece, rate) for piece in pieces]
    levels = np.concatenate(found) if found else np.empty(0)
    if not len(levels) or levels.max() < SILENCE_DB:
        return None
    active = levels[levels > max(float(np.percentile(levels, 10)) + MIN_ABOVE_NOISE_DB, SILENCE_DB)]
    active = active if len(active) else levels
    level, below = float(np.percentile(active, 90)), float((active < threshold).mean())
    return SpeechLevel(level, below, len(active) * FRAME_S)


def frame_levels(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Give the level of each frame of one channel."""
    size = max(1, round(FRAME_S * rate))
    whole = np.ascontiguousarray(samples[: len(samples) // size * size]).reshape(-1, size)
    power = np.einsum("ij,ij->i", whole, whole).astype(np.float64) / size
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 10 ** (LEVEL_FLOOR_DB / 10)))
    return levels


def _has_speech(levels: NDArray[np.float64], loudest: float, reference: float) -> bool:
    if loudest < max(SILENCE_DB, reference - MAX_CHANNEL_DIFFERENCE_DB):
        return False
    varies = float(loudest - np.percentile(levels, 10)) > MIN_LEVEL_RANGE_DB
    return varies or loudest > reference - MAX_CHANNEL_DIFFERENCE_DB / 2


def _differ(samples: NDArray[np.float32], levels: NDArray[np.float64], one: int, other: int) -> bool:
    """Whether two channels are different sound: neither one of them louder, nor one scene heard at two places."""
    a, b = samples[one], samples[other]
    left = b - a * (a @ b) / (a @ a)
    if _decibels(float(left @ left) / float(b @ b)) < MAX_RESIDUAL_DB:
        return False
    pair = levels[[one, other]]
    if (pair.std(axis=1) < 1).any():
        return True
    return float(np.corrcoef(pair).flat[1]) < MIN_SAME_SCENE_CORRELATION


def _decibels(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))


def _first_samples(blocks: Iterator[NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    held: list[NDArray[np.float32]] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= count:
            break
    return np.concatenate(held)[:count] if held else np.empty((0, 1), np.float32)
