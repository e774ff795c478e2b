"""Demux packets with continuous timestamps: jumps and errors of a file's clock are corrected here.

Containers are opened by `recording.py`; this reads from them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from emotoolkit.media.recording import Recording

__all__ = ["demux_packets", "lacks_pts"]

MIN_RESET_S = 1.0
"""Seconds by which a clock goes back at least if it has been reset."""

MAX_JUMP_S = 60.0
"""Seconds after the packet before and after the file's end up to which a timestamp is valid; later ones are damaged."""


def lacks_pts(recording: Recording) -> bool:
    """Whether a container has no presentation times; those of the demuxer are wrong for reordered pictures."""
    return recording.container == "avi"


def demux_packets(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    """Yield non-empty packets until the file ends or is too damaged.

    The clock of a file made of several concatenated recordings jumps back at each seam; the packets' times continue.
    The seams of all tracks are at the same jumps, but tracks pass them at different positions of the file. So `jumps`
    has the time to add after each seam, `passed` the number of seams that each track has passed.
    """
    jumps = [0.0]
    passed = dict.fromkeys((stream.index for stream in streams), 0)
    ticks = {stream.index: float(stream.time_base) for stream in streams}
    last: dict[int, float] = {}
    end = math.inf if container.duration is None else ((container.start_time or 0) + container.duration) / av.time_base
    for packet in _read_packets(container, streams):
        number, tick = packet.stream_index, ticks[packet.stream_index]
        if packet.is_discard:  # read before the point where an edit continues: the clock has not been reset
            _shift(packet, round(jumps[passed[number]] / tick))
            yield packet
            continue
        time = _timestamp(packet) * tick
        if time > end + MAX_JUMP_S and time > last.get(number, time) + MAX_JUMP_S:
            _shift(packet, round((last[number] - time) / tick))  # a damaged timestamp, as in transport streams
            time = last[number]
        if packet.pts is not None and (packet.pts - _timestamp(packet)) * tick > MAX_JUMP_S:
            packet.pts = packet.dts
        if time < last.get(number, time) - MIN_RESET_S:
            passed[number] += 1
            if passed[number] == len(jumps):  # the first track at a seam determines the jump for all
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
