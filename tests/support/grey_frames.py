"""Grey pictures on their way into a frame of video and back, without a conversion of colours. Nothing is a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VIDEO = np.rint(16 + np.arange(256) * 219 / 255).astype(np.uint8)
"""Brightness as video has it: black is 16, white 235."""


def frame_of(grey: NDArray[np.uint8], pixels: str = "yuv420p") -> av.VideoFrame:
    """A frame of a grey picture, whose height and width are even; `pixels` is yuv420p or, of full range, yuvj420p."""
    brightness = grey if pixels == "yuvj420p" else VIDEO[grey]
    no_colour = np.full((grey.shape[0] // 2, grey.shape[1]), 128, np.uint8)  # both planes of it
    return av.VideoFrame.from_ndarray(np.vstack([brightness, no_colour]), format=pixels)


def luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Brightness of a frame of YUV as it was coded, shape (height, width)."""
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
