"""How long the media of messages are, and in what codec, without decoding them.

Only servers that are told to mind such things look (`rules.py`): the media second of a fault, the shortest message.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av

from emotoolkit.apis.interhuman.server.ingest import is_plain_file
from emotoolkit.apis.interhuman.server.stream_demuxer import Stream
from emotoolkit.apis.interhuman.wire.containers import begins

if TYPE_CHECKING:
    from emotoolkit.apis.interhuman.server.stream_demuxer import Readable

__all__ = ["Probe"]

QUICK = {"analyzeduration": "100000", "probesize": "65536", "fflags": "nobuffer"}
"""A demuxer's first look at a stream must not outlast the first message."""


class Probe:
    """The messages of one session.

    Attributes
    ----------
    codec : str
        FFmpeg's name of the pictures' codec in the container that came last; empty where there is none.
    """

    def __init__(self) -> None:
        self.codec = ""
        self._before = 0.0
        self._length = 0.0
        self._stream: Stream | None = None
        self._samples: int | None = None

    def listen(self, samples: int) -> None:
        """Take messages as raw sound from now on, 16 bits a sample, so many samples a second."""
        self._samples = samples

    @property
    def seconds(self) -> float:
        """Seconds of media that came, one container behind the other."""
        return self._before + self._length

    def feed(self, message: bytes) -> float:
        """Take a binary message; returns how many seconds it brought."""
        before = self.seconds
        if self._samples is not None:
            self._before += len(message) / 2 / self._samples
            return self.seconds - before
        kind = begins(message)
        if kind is not None:
            self.close()
            self._before, self._length, self.codec = before, 0.0, ""
            if kind in ("avi", "ts") or (kind == "mp4" and is_plain_file(message)):
                self._read(io.BytesIO(message))
            else:
                self._stream = Stream(self._read)
        if self._stream is not None:
            self._stream.feed(message)
        return self.seconds - before

    def close(self) -> None:
        """Let go of the container that is open."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _read(self, source: Readable) -> None:
        try:
            with av.open(source, "r", options=QUICK) as container:
                for track in container.streams.video[:1]:
                    self.codec = track.codec_context.name if track.codec_context else ""
                origins: dict[int, float] = {}
                for packet in container.demux():
                    if packet.pts is not None and packet.time_base is not None:
                        start = float(packet.pts * packet.time_base)
                        origin = origins.setdefault(packet.stream_index, start)
                        end = start + float((packet.duration or 0) * packet.time_base)
                        self._length = max(self._length, end - origin)
        except (av.error.FFmpegError, IndexError, ValueError):
            pass  # what is wrong with it, the analysis says
