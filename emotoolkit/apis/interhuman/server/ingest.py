"""From the bytes of messages to pictures and sound on the session's clock (contract page §2.2).

Two framings are accepted, and the first bytes of a message show which (`containers.py`): whole files, each with its own
clock, or pieces of one continuous stream. A stream is demuxed in a thread of its own, which pauses when it has used up
what was received (`stream_demuxer.py`): so its decoders run on from message to message, and no sample is decoded twice.
Files that must be read back and forth (an MP4 with its index at the end) are decoded at once.

`session_timeline.py` puts the frames on the session's clock; `sound_buffer.py` makes one signal of the sound.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np

from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.server.session_timeline import (
    SessionTimeline,
    accept_all,
    frame_duration,
    with_times,
)
from emotoolkit.apis.interhuman.server.stream_demuxer import StreamDemuxer
from emotoolkit.apis.interhuman.wire.containers import detect_container, matroska_parser, mp4_parser, without_torn
from emotoolkit.media.pyav import OPEN_OPTIONS, unreadable_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import InputContainer

    from emotoolkit.apis.interhuman.server.media_items import MediaItem
    from emotoolkit.apis.interhuman.server.session_timeline import Frame
    from emotoolkit.apis.interhuman.server.stream_demuxer import Readable
    from emotoolkit.apis.interhuman.wire.containers import ElementParser

__all__ = ["MediaDecoder", "is_unfragmented_mp4"]

BYTES_PER_SAMPLE = 2
"""Bytes of a raw sample."""


class MediaDecoder:
    """Decodes the media of one session.

    Parameters
    ----------
    emit : callable
        Called with each picture, chunk of sound, gap and error, in order: while `feed`, `read` or `finish` runs, but
        possibly in the demuxer's thread.
    accepts_pictures, accepts_sound : callable
        Whether the pictures, or the sound, of a second of the session are used. By default all are.
    """

    def __init__(
        self,
        emit: Callable[[MediaItem], None],
        accepts_pictures: Callable[[float], bool] = accept_all,
        accepts_sound: Callable[[float], bool] = accept_all,
    ) -> None:
        self._timeline = SessionTimeline(emit, accepts_pictures, accepts_sound)
        self._emit = emit
        self._stream: StreamDemuxer | None = None
        self._parser: ElementParser | None = None
        self._audio_only = False
        self._sampling_rate: int | None = None
        self._partial_sample = b""

    def set_audio_only(self, sampling_rate: int | None = None) -> None:
        """Ignore pictures from now on; with a `sampling_rate`, messages are raw sound, 16 bits, one channel."""
        self._audio_only = self._timeline.audio_only = True
        self._sampling_rate = sampling_rate

    def feed(self, message: bytes) -> None:
        """Decode a binary message, as far as it can be decoded by now."""
        if self._sampling_rate is not None:
            self._add_raw_audio(message, self._sampling_rate)
            return
        kind = detect_container(message)
        try:
            if kind is not None:
                self._begin_container(kind, message)
            else:
                self._continue_container(message)
        except ValueError as problem:
            self._emit(ErrorReport("ih5004", str(problem)))

    def read(self, file: bytes) -> None:
        """Decode a whole file, in any container, including those of sound alone."""
        self._decode(io.BytesIO(file))

    def finish(self) -> None:
        """Emit the rest: no more messages follow."""
        self._end_stream()
        self._timeline.finish()

    def close(self) -> None:
        """Abort: nothing more is emitted."""
        self._timeline.close()
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _add_raw_audio(self, message: bytes, rate: int) -> None:
        """Decode raw samples: one stream of bytes, in which a message may end in the middle of a sample."""
        sound = self._partial_sample + message
        whole = len(sound) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE
        self._partial_sample = sound[whole:]
        if whole:
            frame = av.AudioFrame.from_ndarray(np.frombuffer(sound[:whole], "<i2")[None], format="s16", layout="mono")
            frame.sample_rate = rate
            self._timeline.place(iter([(0.0, frame_duration(frame), frame)]), 1)

    def _begin_container(self, kind: str, message: bytes) -> None:
        self._end_stream()
        parser = {"webm": matroska_parser, "mp4": mp4_parser}.get(kind)
        if parser is None:
            self._decode(io.BytesIO(message))
            return
        self._parser = parser()
        names = self._parser.feed(message)
        if kind == "mp4" and _is_unfragmented(names, message):
            self._decode(io.BytesIO(message))
        else:
            self._stream = StreamDemuxer(self._decode)
            self._stream.feed(without_torn(message, self._parser.torn))

    def _continue_container(self, message: bytes) -> None:
        if self._stream is None or self._parser is None:
            raise ValueError("the message does not begin a container, and none is open that it could continue")
        self._parser.feed(message)
        self._stream.feed(without_torn(message, self._parser.torn))

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _decode(self, source: Readable) -> None:
        try:
            with av.open(source, **OPEN_OPTIONS) as container:
                pictures, sounds = map(_decodable, (container.streams.video, container.streams.audio))
                tracks = sounds[:1] if self._audio_only else [*pictures[:1], *sounds[:1]]
                unreadable = next((layout for layout in map(unreadable_layout, sounds[:1]) if layout), None)
                if unreadable is not None:
                    self._emit(
                        ErrorReport("ih5004", f"the message could not be decoded (channels in the order {unreadable})")
                    )
                elif sounds if self._audio_only else pictures:
                    frames = self._frames(cast("InputContainer", container), tracks)
                    self._timeline.place(with_times(frames, self._emit), len(tracks))
                elif self._audio_only:
                    self._emit(ErrorReport("ih5008", "the message has no sound track"))
                else:
                    self._emit(ErrorReport("ih5001", "the message has no picture track"))
        except av.error.FFmpegError as problem:
            self._emit(ErrorReport("ih5004", f"the message could not be decoded ({problem.strerror})"))

    def _frames(self, container: InputContainer, tracks: list[Any]) -> Iterator[Frame]:
        for track in tracks:
            track.codec_context.thread_count = 1  # sessions already run in parallel
        for packet in self._packets(container, tracks):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError as problem:
                self._emit(ErrorReport("ih5004", f"a part of the message could not be decoded ({problem.strerror})"))

    def _packets(self, container: InputContainer, tracks: list[Any]) -> Iterator[Any]:
        try:
            yield from container.demux(tracks)
        except IndexError:  # raised by PyAV if a track first appears in the middle, as in a damaged transport stream
            self._emit(ErrorReport("ih5004", "a part of the message could not be decoded (a track out of nowhere)"))


def is_unfragmented_mp4(message: bytes) -> bool:
    """Whether these bytes are an MP4 that is not fragmented. False for any other container."""
    try:
        return _is_unfragmented(mp4_parser().feed(message), message)
    except ValueError:
        return False


def _decodable(tracks: tuple[Any, ...]) -> list[Any]:
    """Select the tracks that have a decoder: a damaged header can name any codec."""
    return [track for track in tracks if track.codec_context is not None]


def _is_unfragmented(names: list[object], message: bytes) -> bool:
    """Whether an MP4 is not fragmented: it has samples before the index, or an index of all samples."""
    if b"moov" in names and b"mvex" in message:
        return False
    return b"mdat" in names or b"moov" in names
