"""What differs between the versions of PyAV that we work with."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HAS_DOUBLE_FREE", "OPEN_OPTIONS", "VERSION", "unreadable_layout"]

VERSION = tuple(int(part) for part in av.__version__.split(".")[:2])
"""Of PyAV, major and minor."""

OPEN_OPTIONS: Mapping[str, Any] = {"metadata_errors": "replace"} if VERSION < (19, 0) else {}
"""How to open a file whose titles are no Unicode. From 19 on PyAV replaces what it cannot read without being asked."""

HAS_DOUBLE_FREE = (17, 1) <= VERSION < (19, 0)
"""Whether PyAV frees a layout with an order of its own twice, which ends the process: at a look at the layout, at the
number of channels, and at the first sound that is decoded."""

CHANNEL_ORDER = (
    "FL",
    "FR",
    "FC",
    "LFE",
    "BL",
    "BR",
    "FLC",
    "FRC",
    "BC",
    "SL",
    "SR",
    "TC",
    "TFL",
    "TFC",
    "TFR",
    "TBL",
    "TBC",
    "TBR",
)
"""The usual order of channels. A layout that keeps to it is a set of bits, of which nothing is freed."""


def unreadable_layout(stream: Any) -> str | None:
    """Name the layout of a sound track if this PyAV must not touch it; None if it may."""
    if not HAS_DOUBLE_FREE or stream.codec_context is None:
        return None
    layout = _layout_name(stream)
    named = re.search(r"\((.*)\)", layout) if " channels (" in layout else None
    if named is None:
        return layout if "@" in layout else None
    names = named[1].split("+")
    usual = all(name in CHANNEL_ORDER for name in names) and names == sorted(names, key=CHANNEL_ORDER.index)
    return None if usual else layout


def _layout_name(stream: Any) -> str:
    """FFmpeg's name of a layout, from the one muxer that writes it as text: without PyAV's looking at it."""
    written = io.BytesIO()
    with av.open(written, "w", format="framecrc") as container:
        container.add_stream_from_template(stream, opaque=True)
        container.start_encoding()
    told = re.search(rb"^#channel_layout_name 0: (.*)$", written.getvalue(), re.MULTILINE)
    return told[1].decode() if told else ""
