"""Items decoded from a session's media: pictures and sound on its clock, gaps, and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.apis.interhuman.server.coverage import Gap
from emotoolkit.measure.movement import SIZE_PX

if TYPE_CHECKING:
    import av
    from numpy.typing import NDArray

__all__ = ["SAMPLING_RATE_HZ", "ErrorReport", "MediaItem", "Picture", "SoundChunk"]

SAMPLING_RATE_HZ = 16_000
"""Samples per second of `SoundChunk`, in Hz: speech has little above 8 kHz."""

LUMA_PLANE_FORMATS = {"gray", "nv12", *(f"{kind}{sub}p" for kind in ("yuv", "yuvj") for sub in (420, 422, 444))}
"""Pixel formats whose first plane is brightness, 8 bits each."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, shown from `time` to `end` seconds of the session."""

    time: float
    end: float
    image: av.VideoFrame

    def grey(self) -> NDArray[np.uint8]:
        """Scale it down to grey levels, shape (45, 80)."""
        width, height = SIZE_PX
        small = self.image.reformat(width=width, height=height, format="gray", interpolation="AREA")
        return np.asarray(small.to_ndarray(), np.uint8)

    def luma(self) -> NDArray[np.uint8]:
        """Extract its brightness as coded, upright, shape (height, width); without conversion if the format allows."""
        image = self.image if self.image.format.name in LUMA_PLANE_FORMATS else self.image.reformat(format="gray")
        plane = image.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return np.rot90(rows[: image.height, : image.width], self.image.rotation // 90)


@dataclass(frozen=True, slots=True)
class SoundChunk:
    """The next samples of the session's sound, mono, 16 kHz, float32; the very first sample is at 0 s."""

    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """Why a message, or a part of it, could not be used: an error code of the wire, and a sentence."""

    code: str
    message: str


MediaItem = Picture | SoundChunk | Gap | ErrorReport
