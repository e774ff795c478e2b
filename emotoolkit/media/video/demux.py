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

__all__ = ["demux_packets", "lacks_pts", "picture_stream"]

MIN_RESET_S = 1.0
"""Seconds. A clock that goes back farther than this has been set anew."""

MAX_JUMP_S = 60.0
"""Seconds. A packet that is so much later than the one before it, and than the end of the file, is not."""


def picture_stream(container: InputContainer) -> Any:
    """The first video track of a container that is not the cover of a music file."""
    cover = av.stream.Disposition.attached_pic
    return next(stream for stream in container.streams.video if not stream.disposition & cover)


def lacks_pts(container: InputContainer) -> bool:
    """Whether the container does not tell when reordered pictures are shown. Its reader guesses, and guesses wrong."""
    return container.format.name == "avi"


def demux_packets(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    """Packets with something in them, until the file ends or is too damaged to be read on.

    Where several recordings were put one behind the other in a file, its clock jumps back; time goes on all the same.
    """
    jumps = [0.0]
    passed = dict.fromkeys((stream.index for stream in streams), 0)
    ticks = {stream.index: float(stream.time_base) for stream in streams}
    last: dict[int, float] = {}
    end = math.inf if container.duration is None else ((container.start_time or 0) + container.duration) / av.time_base
    for packet in _read_packets(container, streams):
        number, tick = packet.stream_index, ticks[packet.stream_index]
        if packet.is_discard:  # read before the place where an edit goes on: no clock has been set back
            _shift(packet, round(jumps[passed[number]] / tick))
            yield packet
            continue
        time = _timestamp(packet) * tick
        if time > end + MAX_JUMP_S and time > last.get(number, time) + MAX_JUMP_S:
            _shift(packet, round((last[number] - time) / tick))  # a damaged time, as transport streams may have
            time = last[number]
        if packet.pts is not None and (packet.pts - _timestamp(packet)) * tick > MAX_JUMP_S:
            packet.pts = packet.dts
        if time < last.get(number, time) - MIN_RESET_S:
            passed[number] += 1
            if passed[number] == len(jumps):  # the track that is first at a seam says for all how long it is
                jumps.append(jumps[-1] + last[number] - time)
        last[number] = time + (packet.duration or 0) * tick
        if passed[number]:
            _shift(packet, round(jumps[passed[number]] / tick))
        yield packet


def _read_packets(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size and (packet.pts is not None or packet.dts is not None):
            yield packet


def _timestamp(packet: Any) -> int:
    return int(packet.pts if packet.dts is None else packet.dts)


def _shift(packet: Any, ticks: int) -> None:
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
