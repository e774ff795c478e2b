"""Measures: how many seconds of speech a core measures in a second, all of the voice, beside Praat doing less.

The peer is Praat through parselmouth: pitch, level, jitter, shimmer and harmonics-to-noise ratio of the same stretches.
It is told where the speech is, and not asked for syllables. Both are timed by the processor's clock, in turns.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import parselmouth
import soundfile
from parselmouth.praat import call

from emotoolkit.apis.emotion_logic.server.analysis import CallAnalysis
from emotoolkit.apis.emotion_logic.wire.messages import Handshake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLE = Path(__file__).parents[1] / "datasets" / "sample" / "talk.wav"
TIMES = 5
PACKET = 0.3


def rows() -> Iterator[tuple[str, float, float, str, float, str]]:
    """The sample talk, and as much speech without a pause, where there is the most to do."""
    sound, rate = soundfile.read(SAMPLE, dtype="int16")
    without = np.concatenate(stretches(sound, rate))
    for what, measured in (("talk with pauses", sound), ("talk without pauses", without)):
        ours_in, praat_in = timed(measured, rate)
        seconds = len(measured) / rate
        yield (
            f"{what}, {rate // 1000} kHz: all measures of the voice",
            seconds / ours_in,
            seconds / praat_in,
            "× real time",
            praat_in / ours_in,
            "Praat",
        )


def stretches(sound: np.ndarray, rate: int) -> list[np.ndarray]:
    """Where somebody speaks."""
    return [sound[round(row[2] * rate) : round(row[3] * rate)] for row in ours(sound, rate)]


def timed(sound: np.ndarray, rate: int) -> tuple[float, float]:
    """Seconds of the processor for us and for the peer, each the median of some turns."""
    told = [stretch / 32768 for stretch in stretches(sound, rate)]
    turns = [(cpu(lambda: ours(sound, rate)), cpu(lambda: praat(told, rate))) for _ in range(TIMES)]
    ours_in, praat_in = np.median(turns, axis=0)
    return float(ours_in), float(praat_in)


def cpu(work: Callable[[], object]) -> float:
    """Seconds of the processor that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def ours(sound: np.ndarray, rate: int) -> list[list[float]]:
    """A whole call, in packets as they come over the wire. Returns its rows."""
    there = CallAnalysis(Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=rate))
    data, packet = sound.tobytes(), 2 * round(PACKET * rate)
    for at in range(0, len(data), packet):
        there.feed(data[at : at + packet])
    there.finish()
    return there.rows


def praat(stretches: list[np.ndarray], rate: int) -> list[list[float]]:
    """The same stretches, by Praat."""
    return [list(asked(parselmouth.Sound(stretch, rate))) for stretch in stretches]


def asked(sound: parselmouth.Sound) -> Iterator[float]:
    """What Praat is asked of a stretch."""
    pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=75, pitch_ceiling=600)
    pulses = call([sound, pitch], "To PointProcess (cc)")
    yield call(pitch, "Get quantile", 0, 0, 0.5, "Hertz")
    yield sound.get_intensity()
    yield call(pulses, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
    yield call([sound, pulses], "Get shimmer (local)", 0, 0, 0.0001, 0.02, 1.3, 1.6)
    yield call(sound.to_harmonicity_ac(0.01, 75, 0.1, 4.5), "Get mean", 0, 0)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t")
