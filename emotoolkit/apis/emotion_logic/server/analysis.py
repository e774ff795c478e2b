"""Analyses one call for the local server: bytes in, rows and a report out. No socket here.

Positions count bytes (contract page §5): seconds = bytes / (sampling rate × channels × bytes per sample).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.measure.baseline import SpeakerBaseline
from emotoolkit.measure.voice import SpeechDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotoolkit.apis.emotion_logic.wire.messages import Handshake
    from emotoolkit.measure.voice import SpeechStretch

__all__ = ["CallAnalysis"]

Row = list[float]

FULL_SCALE = 32768
"""16-bit amplitude at full scale. `backgroundNoise` is on this scale, too: 1000 is −30 dBFS (contract page §5,
inferred)."""


class CallAnalysis:
    """One call, from its handshake to its report.

    Parameters
    ----------
    handshake : Handshake
        What the client announced.
    """

    def __init__(self, handshake: Handshake) -> None:
        self._handshake = handshake
        threshold = handshake.background_noise / FULL_SCALE
        self._stretches = [SpeechDetector(handshake.sampling_rate, threshold) for _ in range(handshake.channels)]
        self._speakers = [SpeakerBaseline() for _ in range(handshake.channels)]
        self._segment_counts = [0] * handshake.channels
        self._rest = b""
        self._bytes = 0
        self.rows: list[Row] = []
        """All rows so far, of all channels, in the order in which they were finished."""

    @property
    def channels(self) -> int:
        """Number of channels of the stream."""
        return self._handshake.channels

    @property
    def seconds(self) -> float:
        """Seconds of media received."""
        return self._bytes / self._bytes_per_frame / self._handshake.sampling_rate

    def feed(self, data: bytes) -> list[Row]:
        """Take the next bytes of the stream, cut anywhere, even within a sample; return the rows that they complete."""
        self._bytes += len(data)
        data = self._rest + data
        whole = len(data) - len(data) % self._bytes_per_frame
        self._rest = data[whole:]
        samples = _floats(data[:whole], self._handshake.bits).reshape(-1, self.channels)
        return list(self._rows(stretches.feed(samples[:, n]) for n, stretches in enumerate(self._stretches)))

    def finish(self) -> list[Row]:
        """Finish open segments at the end of the audio; return the last rows."""
        return list(self._rows(stretches.finish() for stretches in self._stretches))

    def report(self) -> dict[str, Any]:
        """Make the report of the call (contract page §7.3), with those parts that are measured."""
        numbered = [(n, [row for row in self.rows if row[1] == n]) for n in range(self.channels)]
        return {
            **{f"channel-{n}": _profile(rows) for n, rows in numbered},
            "summary": {f"channel-{n}": self._summary(rows) for n, rows in numbered},
        }

    @property
    def _bytes_per_frame(self) -> int:
        return self.channels * self._handshake.bits // 8

    def _rows(self, finished: Iterator[list[SpeechStretch]]) -> Iterator[Row]:
        for channel, stretches in enumerate(finished):
            for stretch in stretches:
                self._segment_counts[channel] += 1
                self.rows.append(
                    scoring.row(self._segment_counts[channel], channel, self._speakers[channel].normalize(stretch))
                )
                yield self.rows[-1]

    def _summary(self, rows: list[Row]) -> dict[str, Any]:
        minutes, seconds = divmod(int(self.seconds), 60)
        summary: dict[str, Any] = {
            "segmentsCount": len(rows),
            "callLength": {"minutes": minutes, "seconds": seconds},
        }
        if rows:
            summary |= {"energyAverage": _average(rows, "energy"), "volumeAverage": _average(rows, "voiceEnergy")}
        return summary


def _floats(data: bytes, bits: int) -> NDArray[np.float32]:
    """Convert to samples in [−1, 1): 16-bit is signed little-endian, 8-bit unsigned around 128 (contract page §2.3)."""
    if bits == 8:  # noqa: PLR2004 - the wire's own number
        return (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(FULL_SCALE)


PROFILE_COLUMNS = ("energy", "stress", "uncertainty", "excitement", "hesitation", "arousal")
"""Measured columns that have a place in the report's profile."""

BANDED_COLUMNS = ("stress", "arousal")
"""Columns whose bands are public: up to 10 normal, up to 20 notable, above high (contract page §4.2)."""


def _profile(rows: list[Row]) -> dict[str, Any]:
    """Compute means and shares of the time in each band; columns that need a baseline only from valid rows."""
    profile: dict[str, Any] = {}
    for column in PROFILE_COLUMNS:
        if valid := _valid_rows(rows, column):
            profile[column] = {"averageLevel": _average(valid, column)}
            profile[column] |= _bands(valid, column) if column in BANDED_COLUMNS else {}
    edp_columns = [column for column in scoring.COLUMNS if column.startswith("EDP-")]
    averages = {
        column: round(_average(valid, column)) for column in edp_columns if (valid := _valid_rows(rows, column))
    }
    return ({"profile": profile} if profile else {}) | ({"edp": averages} if averages else {})


def _valid_rows(rows: list[Row], column: str) -> list[Row]:
    valid = scoring.COLUMNS.index("validSegment")
    return [row for row in rows if row[valid]] if column in scoring.RELATIVE_COLUMNS else rows


def _bands(rows: list[Row], column: str) -> dict[str, float]:
    values, lengths = _column(rows, column), _durations(rows)
    limits = {"noReactionPercentage": (-1, 0), "lowPercentage": (0, 10), "midPercentage": (10, 20)}
    limits["highPercentage"] = (20, 30)
    inside = {name: lengths[(values > low) & (values <= high)].sum() for name, (low, high) in limits.items()}
    return {name: round(float(100 * seconds / lengths.sum()), 1) for name, seconds in inside.items()}


def _average(rows: list[Row], column: str) -> float:
    """Average over the segments, each weighted by its duration."""
    return round(float(np.average(_column(rows, column), weights=_durations(rows))), 3)


def _durations(rows: list[Row]) -> NDArray[np.float64]:
    return _column(rows, "endPosSec") - _column(rows, "startPosSec")


def _column(rows: list[Row], column: str) -> NDArray[np.float64]:
    at = scoring.COLUMNS.index(column)
    return np.array([row[at] for row in rows], np.float64)
