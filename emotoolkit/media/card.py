"""HTML card of a recording in a notebook, from facts, envelope and pictures. No file is read here."""

from __future__ import annotations

import base64
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from emotoolkit.utils.html import WIDTH_PX, card, time_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["recording_html"]

WAVEFORM_HEIGHT_PX = 72
"""Height of a waveform in pixels."""


def recording_html(
    title: str,
    facts: Sequence[str],
    duration: float,
    envelope: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    images: Sequence[tuple[float, NDArray[np.uint8]]],
) -> str:
    """Draw a recording's card: its facts, a strip of pictures and a waveform, if it has them.

    Parameters
    ----------
    title : str
        Shown in bold.
    facts : sequence of str
        Shown after the title.
    duration : float
        Length in seconds, for the labels under the waveform.
    envelope : (numpy.ndarray, numpy.ndarray) or None
        Lowest and highest sample per interval, each of shape (points,), in [−1, 1].
    images : sequence of (float, numpy.ndarray)
        Media time in seconds and RGB picture, shape (height, width, 3), uint8.

    Returns
    -------
    str
        One HTML element.
    """
    parts = []
    if images:
        parts.append("<div style='white-space:nowrap;overflow:hidden'>" + "".join(map(_image_html, images)) + "</div>")
    if envelope is not None:
        parts.append(_waveform_svg(*envelope, duration))
    return card(title, facts, parts)


def _image_html(timed: tuple[float, NDArray[np.uint8]]) -> str:
    time, pixels = timed
    data = base64.b64encode(_jpeg(pixels)).decode()
    return f"<img title='{time:.1f} s' alt='picture at {time:.1f} s' src='data:image/jpeg;base64,{data}'/>"


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    height, width = (size - size % 2 for size in pixels.shape[:2])
    image = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = (
        width,
        height,
        "yuvj420p",
        Fraction(1, 25),
    )
    return b"".join(bytes(packet) for packet in [*encoder.encode(image.reformat(format="yuvj420p")), *encoder.encode()])


def _waveform_svg(low: NDArray[np.float32], high: NDArray[np.float32], duration: float) -> str:
    x = np.linspace(0, WIDTH_PX, len(low))
    middle = WAVEFORM_HEIGHT_PX / 2
    # The largest sample fills the height; a floor of 1 % keeps the noise of a silent file small.
    scale = middle / max(float(np.max(np.abs([low, high]))), 0.01)
    upper = " ".join(f"{a:.0f},{middle - b * scale:.1f}" for a, b in zip(x, high, strict=True))
    lower = " ".join(f"{a:.0f},{middle - b * scale:.1f}" for a, b in zip(x[::-1], low[::-1], strict=True))
    return (
        f"<svg viewBox='0 0 {WIDTH_PX} {WAVEFORM_HEIGHT_PX + 14}' width='100%' role='img' aria-label='waveform'>"
        f"<polygon points='{upper} {lower}' fill='currentColor' stroke='currentColor' stroke-width='0.5' "
        f"opacity='0.7'/>{time_labels(0, WAVEFORM_HEIGHT_PX + 12, duration)}</svg>"
    )
