"""End of a file: the media second up to which its packets go, whatever its header says. Nothing is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from emotoolkit.media.recording import Recording

__all__ = ["last_packet_end"]

SEARCHED_S = 5.0
"""Seconds before the promised end from which on packets are read; more, where seeking is imprecise."""


def last_packet_end(recording: Recording) -> float:
    """Return the media second at which the last packet of any track ends; 0.0 if none is found near the end."""
    if recording.container == "soundfile":
        return 0.0  # its one track was read to its end
    last = 0.0
    try:
        with recording.open() as container:
            container.seek(int((max(0.0, recording.duration - SEARCHED_S) + recording.origin) * av.time_base))
            for packet in container.demux():
                if packet.pts is not None and packet.size and packet.stream.type in {"audio", "video"}:
                    end = float((packet.pts + (packet.duration or 0)) * packet.time_base) - recording.origin
                    last = max(last, end)
    except av.error.FFmpegError:
        pass  # cut off: what could be read counts
    return last
