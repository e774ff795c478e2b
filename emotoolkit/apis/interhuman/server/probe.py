"""Measure the duration of messages, and find their codec, without decoding them.

Used only if an option needs it (`Options.needs_probe`), such as a fault at a media second or a shortest message.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av

from emotoolkit.apis.interhuman.server.ingest import is_unfragmented_mp4
from emotoolkit.apis.interhuman.server.stream_demuxer import StreamDemuxer
from emotoolkit.apis.interhuman.wire.containers import detect_container

if TYPE_CHECKING:
    from emotoolkit.apis.interhuman.server.stream_demuxer import Readable

__all__ = ["Probe"]

FAST_OPEN_OPTIONS = {"analyzeduration": "100000", "probesize": "65536", "fflags": "nobuffer"}
"""Options of a demuxer that opens a stream with the first message alone."""


class Probe:
    """Measures the messages of one session.

    Attributes
    ----------
    codec : str
        FFmpeg's name of the video codec in the last container; empty if it has no video.
    """

    def __init__(self) -> None:
        self.codec = ""
        self._previous_seconds = 0.0
        self._container_seconds = 0.0
        self._stream: StreamDemuxer | None = None
        self._sampling_rate: int | None = None

    def set_audio_only(self, sampling_rate: int) -> None:
        """Treat messages as raw sound from now on, 16 bits a sample, at this sampling rate in Hz."""
        self._sampling_rate = sampling_rate

    @property
    def seconds(self) -> float:
        """Seconds of media received, one container after the other."""
        return self._previous_seconds + self._container_seconds

    def feed(self, message: bytes) -> float:
        """Add a binary message; returns the seconds of media in it."""
        before = self.seconds
        if self._sampling_rate is not None:
            self._previous_seconds += len(message) / 2 / self._sampling_rate
            return self.seconds - before
        kind = detect_container(message)
        if kind is not None:
            self.close()
            self._previous_seconds, self._container_seconds, self.codec = before, 0.0, ""
            if kind in ("avi", "ts") or (kind == "mp4" and is_unfragmented_mp4(message)):
                self._read(io.BytesIO(message))
            else:
                self._stream = StreamDemuxer(self._read)
        if self._stream is not None:
            self._stream.feed(message)
        return self.seconds - before

    def close(self) -> None:
        """Close the container that is open."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _read(self, source: Readable) -> None:
        try:
            with av.open(source, "r", options=FAST_OPEN_OPTIONS) as container:
                for track in container.streams.video[:1]:
                    self.codec = track.codec_context.name if track.codec_context else ""
                origins: dict[int, float] = {}
                for packet in container.demux():
                    if packet.pts is not None and packet.time_base is not None:
                        start = float(packet.pts * packet.time_base)
                        origin = origins.setdefault(packet.stream_index, start)
                        end = start + float((packet.duration or 0) * packet.time_base)
                        self._container_seconds = max(self._container_seconds, end - origin)
        except (av.error.FFmpegError, IndexError, ValueError):
            pass  # the analysis reports the error
