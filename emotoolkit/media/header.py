"""What a file says of itself before it is played: its tracks, how long it is, when its clock begins."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile

from emotoolkit.errors import EmptyRecording, NotMedia, UnreadableLayout
from emotoolkit.media.pyav import HAS_DOUBLE_FREE, unreadable_layout

if TYPE_CHECKING:
    from av.container import InputContainer


__all__ = ["AudioTrack", "VideoTrack", "container_facts", "frame_rate", "read_header", "warm_up_soundfile"]

MP4_SUFFIXES = {".mp4", ".m4a", ".m4v", ".mov"}
"""Suffixes of files whose tables tell everything, whatever is in their packets."""

TABLE_VIDEO_CODECS = {"h264", "hevc", "vp9", "av1"}
"""Codecs of which those tables tell size and rate."""

MAX_SBR_RATE_HZ = 24_000
"""Hz up to which AAC may have a second half of its spectrum, or a second channel, that no table tells of."""

MAX_USUAL_CHANNELS = 2
"""Channels that decoders leave as the tables have them."""

SOUNDFILE_SUFFIXES = {".wav", ".flac"}
"""Where soundfile is faster than PyAV; everything else goes to PyAV."""

MAX_FRAME_RATE_HZ = 1000
"""Pictures per second that no recording of people has: who tells so many counts milliseconds."""

FORMATS_WITHOUT_DURATION = {"aac"}
"""Containers without any duration in them. What PyAV reports is an estimate from the first bytes, wrong by a factor of
12 for a file that begins with silence, so their packets are counted: the one case in which a file is read through."""

TEXT_FORMATS = {"tty", "srt", "ass", "webvtt"}
"""What PyAV calls containers and we do not: it would read any text file as a film of a terminal."""


@dataclass(frozen=True)
class AudioTrack:
    """The sound of a recording: codec, `sampling_rate` in Hz, `channels`, `start` in s of media time."""

    codec: str
    sampling_rate: int
    channels: int
    start: float = 0.0


@dataclass(frozen=True)
class VideoTrack:
    """The pictures of a recording: codec, size in pixels, average `frame_rate` per s, `start` in s of media time."""

    codec: str
    width: int
    height: int
    frame_rate: float
    start: float = 0.0


_warm_up_lock = threading.Lock()


def warm_up_soundfile() -> None:
    """Use each function of soundfile's that is used here once, alone.

    It makes its own bindings at the first call of each, without a lock: two threads at that at once end the process.
    """
    with _warm_up_lock:
        _warm_up_once()


@lru_cache(maxsize=1)
def _warm_up_once() -> None:
    with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder:
        path = str(Path(folder) / "touch.wav")
        soundfile.write(path, np.zeros(16, np.float32), 8000)
        soundfile.info(path)
        with soundfile.SoundFile(path) as file:
            file.seek(1)
            file.read(1, dtype="float32", always_2d=True)


def read_header(file: str, path: Path) -> dict[str, Any]:
    """Tell duration, container, origin and tracks of a file, by their names in `Recording`.

    Raises
    ------
    NotMedia, EmptyRecording
        Nothing in it can be decoded, or nothing is in it.
    """
    facts = _facts_from_soundfile(path) or _facts_from_tables(path) or _facts_from_av(file, path)
    if not facts["duration"] > 0:
        raise EmptyRecording(file=file)
    return facts


def _facts_from_soundfile(path: Path) -> dict[str, Any] | None:
    if path.suffix.lower() not in SOUNDFILE_SUFFIXES:
        return None
    warm_up_soundfile()
    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError:
        return None  # PyAV has the last word on what is media
    codec = f"{info.format} {info.subtype}".lower()
    return {
        "duration": info.frames / info.samplerate,
        "container": "soundfile",
        "origin": 0.0,
        "audio": AudioTrack(codec, info.samplerate, info.channels),
        "video": None,
    }


def _facts_from_av(file: str, path: Path) -> dict[str, Any]:
    try:
        with av.open(str(path)) as container:
            _check_layout(file, container)
            facts = container_facts(container)
            if facts["audio"] is None and facts["video"] is None:
                raise NotMedia(file=file, reason="it has neither a sound nor a video track")
            if container.format.name in TEXT_FORMATS or container.format.name.endswith("_pipe"):
                raise NotMedia(file=file, reason="it is a text or a picture, not a recording")
            return {**facts, "duration": _duration(container, facts["origin"])}
    except (av.error.FFmpegError, UnicodeError) as problem:
        if path.stat().st_size == 0:
            raise EmptyRecording(file=file) from None
        raise NotMedia(file=file, reason=getattr(problem, "strerror", None) or str(problem)) from problem


def _facts_from_tables(path: Path) -> dict[str, Any] | None:
    """Tell of an MP4 file without decoding its first pictures, which takes eight times as long; None if it must be."""
    if path.suffix.lower() not in MP4_SUFFIXES:
        return None
    try:
        with av.open(str(path), options={"codec_whitelist": "none"}) as container:
            if HAS_DOUBLE_FREE and any(map(unreadable_layout, container.streams.audio[:1])):
                return None
            facts = container_facts(container)
            audio, video, duration = facts["audio"], facts["video"], container.duration
    except (av.error.FFmpegError, UnicodeError, ValueError):
        return None  # the decoders have the last word on what is media, and a sentence for what is not
    heard = audio is None or (audio.codec == "aac" and audio.sampling_rate > MAX_SBR_RATE_HZ and audio.channels > 0)
    if HAS_DOUBLE_FREE and audio is not None and audio.channels > MAX_USUAL_CHANNELS:
        return None  # what the tables call usual, the decoder may find to be another order
    seen = video is None or (video.codec in TABLE_VIDEO_CODECS and video.width > 0 and video.frame_rate > 0)
    if not (heard and seen and duration and facts["container"] == "mov") or audio is video:
        return None
    return {**facts, "duration": float(duration / av.time_base)}


def _check_layout(file: str, container: InputContainer) -> None:
    for stream in container.streams.audio[:1]:
        layout = unreadable_layout(stream)
        if layout is not None:
            raise UnreadableLayout(file=file, layout=layout, version=av.__version__)


def container_facts(container: InputContainer) -> dict[str, Any]:
    """What a container tells without being read through: its kind, its clock's origin, its first tracks."""
    origin = _origin(container)
    audio = next(iter(container.streams.audio), None)
    video = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    return {
        "container": container.format.name.partition(",")[0],
        "origin": origin,
        "audio": None if audio is None else _audio_track(audio, origin),
        "video": None if video is None else _video_track(video, origin),
    }


def _is_cover(stream: Any) -> bool:
    """Whether a "video" track is the cover picture of a music file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _audio_track(stream: Any, origin: float) -> AudioTrack:
    return AudioTrack(stream.codec_context.name, stream.rate, stream.channels, _track_start(stream, origin))


def _video_track(stream: Any, origin: float) -> VideoTrack:
    name, size = stream.codec_context.name, (stream.width, stream.height)
    return VideoTrack(name, *size, frame_rate(stream), _track_start(stream, origin))


def frame_rate(stream: Any) -> float:
    """Pictures per second as the container tells or the demuxer has seen; 0 if neither."""
    rate = float(stream.average_rate or stream.base_rate or 0)
    ticks = rate * stream.time_base >= 1 and rate >= MAX_FRAME_RATE_HZ
    return 0.0 if ticks else rate  # a picture for each tick of a clock that counts milliseconds is no rate


def _track_start(stream: Any, origin: float) -> float:
    if stream.start_time is None:
        return 0.0
    return max(0.0, float(stream.start_time * stream.time_base) - origin)


def _origin(container: Any) -> float:
    """The first moment on the container's clock; what lies before 0 is priming, which decoders trim."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def _duration(container: Any, origin: float) -> float:
    if container.duration is not None and container.format.name not in FORMATS_WITHOUT_DURATION:
        return float(container.duration / av.time_base)
    # A recorder that wrote to a pipe left no duration either: only going through the packets tells.
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base) - origin)
    return last
