"""A recorder's raw file made an ordinary one: with a duration and an index, every packet kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["finalize_file"]

MUXER_BY_DEMUXER = {"matroska": "webm", "mov": "mp4"}
"""The muxer for what the demuxer calls its formats."""

WEBM_CODECS = {"vp8", "vp9", "av1", "opus", "vorbis"}


def finalize_file(path: Path) -> None:
    """Copy the packets of a file into one with a duration, beside it, and put that in its place.

    A file that cannot be read, or that a crash interrupts this at, stays what it was. So does one that has a duration.

    Parameters
    ----------
    path : pathlib.Path
        A complete file, nobody writes to it any more. Who reads it goes on in what he has opened.
    """
    beside = path.with_name(f"{path.name}.finished")
    try:
        with av.open(str(path)) as raw:
            if raw.duration is not None and "mov" not in raw.format.name:
                return
            _copy(raw, beside)
    except av.error.FFmpegError:
        beside.unlink(missing_ok=True)
        return
    beside.replace(path)


def _copy(raw: Any, to: Path) -> None:
    told = "mov" in raw.format.name  # WebM does not tell how long a picture lasts: as long as the one before it
    streams = [stream for stream in raw.streams if stream.type in {"audio", "video"}]
    with av.open(str(to), "w", format=_muxer_name(raw, streams)) as made:
        copies = {stream.index: made.add_stream_from_template(stream, opaque=True) for stream in streams}
        for stream in streams:
            copies[stream.index].time_base = stream.time_base
        shown: int | None = None
        for packet in raw.demux(*streams):
            if packet.size and packet.pts is not None:
                if packet.stream.type == "video" and not told:
                    packet.duration = 0 if shown is None else packet.pts - shown
                    shown = packet.pts
                packet.stream = copies[packet.stream_index]
                made.mux(packet)


def _muxer_name(raw: Any, streams: list[Any]) -> str:
    kind = MUXER_BY_DEMUXER[raw.format.name.partition(",")[0]]
    codecs = {stream.codec_context.codec.canonical_name for stream in streams}
    return "matroska" if kind == "webm" and not codecs <= WEBM_CODECS else kind
