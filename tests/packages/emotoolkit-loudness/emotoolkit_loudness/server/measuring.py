"""What the local server measures, pure: bytes in, levels out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

FULL_SCALE = 32_768.0


class Meter:
    """Measures the level of each stretch of one session's sound; `start` is the client's first message."""

    def __init__(self, start: Any) -> None:
        self.sampling_rate, self.floor = int(start["sampling_rate"]), float(start["floor"])
        self.samples = round(start["stretch"] * self.sampling_rate)
        if self.sampling_rate <= 0 or self.samples <= 0:
            raise ValueError("this is no stream that can be measured")
        self.number = 0
        self._held = b""

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take some sound; yield the level of each stretch that it completes."""
        self._held += data
        while len(self._held) >= 2 * self.samples:
            yield from self._measure(self._held[: 2 * self.samples])
            self._held = self._held[2 * self.samples :]
            self.number += 1

    def rest(self) -> Iterator[dict[str, Any]]:
        """Yield the level of the last stretch, which may be shorter."""
        yield from self._measure(self._held[: len(self._held) // 2 * 2])

    def _measure(self, data: bytes) -> Iterator[dict[str, Any]]:
        samples = np.frombuffer(data, "<i2") / FULL_SCALE
        power = float(samples @ samples) / max(1, len(samples))
        level = 10 * math.log10(power) if power else -math.inf
        if math.isfinite(level) and level >= self.floor:  # silence is not reported
            start = self.number * self.samples / self.sampling_rate
            end = start + len(samples) / self.sampling_rate
            yield {"number": self.number, "start": start, "end": end, "level": level}
