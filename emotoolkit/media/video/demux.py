"""The packets of a file, on a clock that goes on: what files and their readers do to time is mended here.

Only `recording.py` opens files; this reads on in what it opened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

__all__ = ["demuxed", "picture_stream", "untimed"]

JUMP = 1.0
"""Seconds. A clock that goes back farther than this has been set anew."""

FAR = 60.0
"""Seconds. A packet that is so much later than the one before it, and than the end of the file, is not."""


def picture_stream(container: InputContainer) -> Any:
    """The first video track of a container that is not the cover of a music file."""
    cover = av.stream.Disposition.attached_pic
    return next(stream for stream in container.streams.video if not stream.disposition & cover)


def untimed(container: InputContainer) -> bool:
    """Whether the container does not tell when reordered pictures are shown. Its reader guesses, and guesses wrong."""
    return container.format.name == "avi"


def demuxed(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    """Packets with something in them, until the file ends or is too damaged to be read on.

    Where several recordings were put one behind the other in a file, its clock jumps back; time goes on all the same.
    """
    jumps = [0.0]
    passed = dict.fromkeys((stream.index for stream in streams), 0)
    ticks = {stream.index: float(stream.time_base) for stream in streams}
    last: dict[int, float] = {}
    end = math.inf if container.duration is None else ((container.start_time or 0) + container.duration) / av.time_base
    for packet in _read(container, streams):
        number, tick = packet.stream_index, ticks[packet.stream_index]
        if packet.is_discard:  # read before the place where an edit goes on: no clock has been set back
            _move(packet, round(jumps[passed[number]] / tick))
            yield packet
            continue
        time = _dated(packet) * tick
        if time > end + FAR and time > last.get(number, time) + FAR:
            _move(packet, round((last[number] - time) / tick))  # a damaged time, as transport streams may have
            time = last[number]
        if packet.pts is not None and (packet.pts - _dated(packet)) * tick > FAR:
            packet.pts = packet.dts
        if time < last.get(number, time) - JUMP:
            passed[number] += 1
            if passed[number] == len(jumps):  # the track that is first at a seam says for all how long it is
                jumps.append(jumps[-1] + last[number] - time)
        last[number] = time + (packet.duration or 0) * tick
        if passed[number]:
            _move(packet, round(jumps[passed[number]] / tick))
        yield packet


def _read(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size and (packet.pts is not None or packet.dts is not None):
            yield packet


def _dated(packet: Any) -> int:
    return int(packet.pts if packet.dts is None else packet.dts)


def _move(packet: Any, ticks: int) -> None:
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
