"""Remux a recorder's raw file, so that it has a duration and an index; every packet is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from emotoolkit.utils.folders import touch_private

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["finalize_file"]

MUXER_BY_DEMUXER = {"matroska": "webm", "mov": "mp4"}
"""FFmpeg's muxer for each of its demuxers."""

WEBM_CODECS = {"vp8", "vp9", "av1", "opus", "vorbis"}


def finalize_file(path: Path) -> None:
    """Copy the packets of a file to a new one with a duration, and replace the file by it.

    A file that cannot be read or already has a duration is left as it is, and so is one during whose copying the
    process crashes.

    Parameters
    ----------
    path : pathlib.Path
        A complete file to which nothing is written any more. Processes that have it open go on reading the old one.
    """
    copy = path.with_name(f"{path.name}.finished")
    try:
        with av.open(str(path)) as raw:
            if raw.duration is not None and "mov" not in raw.format.name:
                return
            touch_private(copy)
            _copy(raw, copy)
    except av.error.FFmpegError:
        copy.unlink(missing_ok=True)
        return
    copy.replace(path)


def _copy(raw: Any, path: Path) -> None:
    has_durations = "mov" in raw.format.name  # in WebM a picture is taken to be as long as the one before it
    streams = [stream for stream in raw.streams if stream.type in {"audio", "video"}]
    with av.open(str(path), "w", format=_muxer_name(raw, streams)) as output:
        copies = {stream.index: output.add_stream_from_template(stream, opaque=True) for stream in streams}
        for stream in streams:
            copies[stream.index].time_base = stream.time_base
        previous_pts: int | None = None
        for packet in raw.demux(*streams):
            if packet.size and packet.pts is not None:
                if packet.stream.type == "video" and not has_durations:
                    packet.duration = 0 if previous_pts is None else packet.pts - previous_pts
                    previous_pts = packet.pts
                packet.stream = copies[packet.stream_index]
                output.mux(packet)


def _muxer_name(raw: Any, streams: list[Any]) -> str:
    kind = MUXER_BY_DEMUXER[raw.format.name.partition(",")[0]]
    codecs = {stream.codec_context.codec.canonical_name for stream in streams}
    return "matroska" if kind == "webm" and not codecs <= WEBM_CODECS else kind
