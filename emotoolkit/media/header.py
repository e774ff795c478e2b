"""Read the header of a media file: its tracks, its duration, and the origin of its clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile

from emotoolkit.errors import EmptyRecording, NotMedia, UnreadableLayout
from emotoolkit.media.pyav import HAS_DOUBLE_FREE, unreadable_layout
from emotoolkit.utils.folders import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer


__all__ = ["AudioTrack", "VideoTrack", "container_facts", "frame_rate", "read_header", "warm_up_soundfile"]

MP4_SUFFIXES = {".mp4", ".m4a", ".m4v", ".mov"}
"""Suffixes of files whose tables usually describe their tracks completely, so that no packet must be decoded."""

TABLE_VIDEO_CODECS = {"h264", "hevc", "vp9", "av1"}
"""Codecs whose size and rate are in those tables."""

MAX_SBR_RATE_HZ = 24_000
"""Hz up to which AAC may double its rate (SBR) or its channels (PS) when decoded, which no table states."""

MAX_USUAL_CHANNELS = 2
"""Channels up to which the decoder never reorders those in the tables."""

SOUNDFILE_SUFFIXES = {".wav", ".flac"}
"""Suffixes of files that soundfile reads faster than PyAV."""

MAX_FRAME_RATE_HZ = 1000
"""Frame rate from which on it is the tick rate of the container's clock instead."""

FORMATS_WITHOUT_DURATION = {"aac"}
"""Containers without a duration. PyAV estimates it from the first bytes, wrong by a factor of 12 for a file that begins
with silence, so their packets are counted: the only case in which a file is read to its end."""

TEXT_FORMATS = {"tty", "srt", "ass", "webvtt"}
"""Formats of PyAV that are not recordings: it reads any text file as a film of a terminal."""


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
    """Call every function of soundfile that is used here once, under a lock.

    soundfile creates its bindings at the first call of each function, without a lock: two threads doing so at the same
    time crash the process.
    """
    with _warm_up_lock:
        _warm_up_once()


@lru_cache(maxsize=1)
def _warm_up_once() -> None:
    with scratch_folder() as folder:
        path = str(folder / "touch.wav")
        soundfile.write(path, np.zeros(16, np.float32), 8000)
        soundfile.info(path)
        with soundfile.SoundFile(path) as file:
            file.seek(1)
            file.read(1, dtype="float32", always_2d=True)


def read_header(file: str, path: Path) -> dict[str, Any]:
    """Read duration, container, origin, audio and video of a file, as keywords for `MediaFacts`.

    Raises
    ------
    NotMedia, EmptyRecording
        It cannot be decoded; it has no content.
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
        return None  # PyAV may still be able to read it
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
    """Read an MP4's facts from its tables alone, eight times faster than with decoding; None if they do not suffice."""
    if path.suffix.lower() not in MP4_SUFFIXES:
        return None
    try:
        with av.open(str(path), options={"codec_whitelist": "none"}) as container:
            if HAS_DOUBLE_FREE and any(map(unreadable_layout, container.streams.audio[:1])):
                return None
            facts = container_facts(container)
            audio, video, duration = facts["audio"], facts["video"], container.duration
    except (av.error.FFmpegError, UnicodeError, ValueError):
        return None  # reading with decoders decides whether it is media, and raises a helpful error if not
    if HAS_DOUBLE_FREE and audio is not None and audio.channels > MAX_USUAL_CHANNELS:
        return None  # the decoder may reorder the channels, and then `unreadable_layout` must see the result
    audio_known = audio is None or (
        audio.codec == "aac" and audio.sampling_rate > MAX_SBR_RATE_HZ and audio.channels > 0
    )
    video_known = video is None or (video.codec in TABLE_VIDEO_CODECS and video.width > 0 and video.frame_rate > 0)
    has_tracks = audio is not None or video is not None
    if not (audio_known and video_known and has_tracks and duration and facts["container"] == "mov"):
        return None
    return {**facts, "duration": float(duration / av.time_base)}


def _check_layout(file: str, container: InputContainer) -> None:
    for stream in container.streams.audio[:1]:
        layout = unreadable_layout(stream)
        if layout is not None:
            raise UnreadableLayout(file=file, layout=layout, version=av.__version__)


def container_facts(container: InputContainer) -> dict[str, Any]:
    """Return a container's format, the origin of its clock and its first tracks, without reading packets."""
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
    """Return pictures per second, from the container or the demuxer's estimate; 0 if unknown."""
    rate = float(stream.average_rate or stream.base_rate or 0)
    is_tick_rate = rate * stream.time_base >= 1 and rate >= MAX_FRAME_RATE_HZ
    return 0.0 if is_tick_rate else rate


def _track_start(stream: Any, origin: float) -> float:
    if stream.start_time is None:
        return 0.0
    return max(0.0, float(stream.start_time * stream.time_base) - origin)


def _origin(container: Any) -> float:
    """Return the first time on the container's clock; anything before 0 is priming, which decoders trim."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def _duration(container: Any, origin: float) -> float:
    if container.duration is not None and container.format.name not in FORMATS_WITHOUT_DURATION:
        return float(container.duration / av.time_base)
    # Files written to a pipe have no duration either: only their packets have it.
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base) - origin)
    return last
