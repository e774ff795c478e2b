"""Differences between the supported versions of PyAV."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HAS_DOUBLE_FREE", "OPEN_OPTIONS", "VERSION", "unreadable_layout"]

VERSION = tuple(int(part) for part in av.__version__.split(".")[:2])
"""Major and minor version of PyAV."""

OPEN_OPTIONS: Mapping[str, Any] = {"metadata_errors": "replace"} if VERSION < (19, 0) else {}
"""Options to open files whose metadata is not Unicode. From 19 on PyAV replaces invalid characters by default."""

HAS_DOUBLE_FREE = (17, 1) <= VERSION < (19, 0)
"""Whether PyAV frees a channel layout of custom order twice, which crashes the process: when the layout or the number
of channels is read, and when sound is first decoded."""

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
"""The native order of channels. A layout in this order is a bit mask without allocated memory."""


def unreadable_layout(stream: Any) -> str | None:
    """Return the name of an audio track's layout if reading it would crash this PyAV; None otherwise."""
    if not HAS_DOUBLE_FREE or stream.codec_context is None:
        return None
    layout = _layout_name(stream)
    named = re.search(r"\((.*)\)", layout) if " channels (" in layout else None
    if named is None:
        return layout if "@" in layout else None
    names = named[1].split("+")
    native = all(name in CHANNEL_ORDER for name in names) and names == sorted(names, key=CHANNEL_ORDER.index)
    return None if native else layout


def _layout_name(stream: Any) -> str:
    """Return FFmpeg's name of a layout, by the one muxer that writes it as text, so that PyAV does not read it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="framecrc") as container:
        container.add_stream_from_template(stream, opaque=True)
        container.start_encoding()
    found = re.search(rb"^#channel_layout_name 0: (.*)$", buffer.getvalue(), re.MULTILINE)
    return found[1].decode() if found else ""
