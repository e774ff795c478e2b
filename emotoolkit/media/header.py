"""Read the header of a media file: its tracks, its duration, and the origin of its clock."""

from __future__ import annotations

import threading
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile

from emotoolkit.errors import EmptyRecording, Headerless, NotMedia, UnreadableLayout
from emotoolkit.media import frame_counts, headerless
from emotoolkit.media.media_facts import Opening
from emotoolkit.media.mp4_boxes import TrackTable, read_tracks
from emotoolkit.media.pyav import HAS_DOUBLE_FREE, OPEN_OPTIONS, unreadable_layout
from emotoolkit.media.tracks import (
    PICTURE_CODECS,
    AudioTrack,
    TrackChoice,
    UnusedTrack,
    VideoTrack,
    choose_tracks,
    codec_name,
    frame_rate,
)
from emotoolkit.media.wave_header import TOLERANCE_S, read_wave_sizes
from emotoolkit.utils.folders import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from av.container import InputContainer

    from emotoolkit.media.wave_header import WaveSizes


__all__ = ["container_facts", "open_container", "read_header", "warm_up_soundfile"]

MP4_SUFFIXES = {".mp4", ".m4a", ".m4v", ".mov"}
"""Suffixes of files whose tables usually describe their tracks completely, so that no packet must be decoded."""

TABLE_VIDEO_CODECS = {"h264", "hevc", "vp9", "av1"}
"""Codecs whose size and rate are in those tables."""

MAX_SBR_RATE_HZ = 24_000
"""Hz up to which AAC may double its rate (SBR) or its channels (PS) when decoded, which no table states."""

MAX_USUAL_CHANNELS = 2
"""Channels up to which the decoder never reorders those in the tables."""

SOUNDFILE_SUFFIXES = {".wav", ".flac", ".caf", ".aiff", ".aif", ".aifc"}
"""Suffixes of files that soundfile reads faster than PyAV, or more completely."""

UNKNOWN_FRAMES = 2**62
"""Number of frames from which on soundfile means that the header does not tell it."""

MAX_PRIMING_S = 0.1
"""Seconds before 0 on a container's clock up to which they are priming, which decoders trim."""

SINGLE_PICTURE_S = 10.0
"""Seconds in which a second picture is searched, where the first may be a cover."""

MATROSKA_SUFFIXES = {".mkv", ".mka", ".webm"}

UNPROBED = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0", "codec_whitelist": "none"}
"""Options of the demuxer to find packets without looking at their content first."""

TEXT_FORMATS = {"tty", "srt", "ass", "webvtt", "image2"}
"""Formats of PyAV that are not recordings: it reads any text file as a film of a terminal, and pictures."""

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


def open_container(path: Path, opening: Opening, options: dict[str, str] | None = None) -> InputContainer:
    """Open a file for demuxing; `options` are added to those of the opening."""
    both = {**dict(opening.options), **(options or {})}
    container: InputContainer = av.open(str(path), format=opening.format, options=both, **OPEN_OPTIONS)
    return container


def read_header(
    file: str, path: Path, *, track: int | str | None = None, opening: Opening | None = None
) -> dict[str, Any]:
    """Read the facts of a file, as keywords for `MediaFacts`.

    Parameters
    ----------
    file : str
        Its name in errors.
    path : pathlib.Path
        The file.
    track : int, str or None
        The track that is wanted; see `tracks.choose_tracks`.
    opening : Opening or None
        How the file is to be opened, where it has no header; None: its header says.

    Raises
    ------
    NotMedia, EmptyRecording, NoSuchTrack, Headerless
        It cannot be decoded; it has no content; it does not have the track; it has no header.
    """
    if opening is not None:
        facts = _facts_from_av(file, path, track, opening)
    else:
        facts = (
            (_facts_from_soundfile(file, path) if track in (None, 1) else None)
            or _facts_from_tables(file, path, track)
            or _facts_from_av(file, path, track, Opening())
        )
    if not facts["duration"] > 0:
        raise EmptyRecording(file=file)
    return facts


def _facts_from_soundfile(file: str, path: Path) -> dict[str, Any] | None:
    if path.suffix.lower() not in SOUNDFILE_SUFFIXES:
        return None
    warm_up_soundfile()
    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError:
        return None  # PyAV may still be able to read it
    if info.frames >= UNKNOWN_FRAMES:
        return None
    duration = info.frames / info.samplerate
    sizes = read_wave_sizes(path) if info.format in {"WAV", "WAVEX", "RF64"} else None
    if sizes is not None and _goes_beyond_header(sizes, duration, info.subtype):
        return _facts_beyond_header(file, path, sizes)
    if not info.frames:
        return None
    codec = f"{info.format} {info.subtype}".lower()
    return {
        "duration": duration,
        "container": "soundfile",
        "origin": 0.0,
        "audio": AudioTrack(codec, info.samplerate, info.channels, end=duration),
        "video": None,
        "promised": None if sizes is None else sizes.promised(duration),
    }


def _goes_beyond_header(sizes: WaveSizes, duration: float, subtype: str) -> bool:
    """Whether there is more sound than the header says; of PCM of an unknown size, than soundfile has found."""
    if sizes.declared is None:
        return subtype.startswith("PCM") and sizes.seconds > duration + TOLERANCE_S
    return sizes.found > sizes.declared and sizes.promised(duration) is not None


def _facts_beyond_header(file: str, path: Path, sizes: WaveSizes) -> dict[str, Any]:
    """Read the facts of a WAV file that goes on after the end that its header says."""
    facts = _facts_from_av(file, path, None, Opening("wav", (("ignore_length", "1"),)))
    with open_container(path, facts["opening"]) as container:
        duration = sizes.seconds if facts["audio"].codec.startswith("pcm_") else _count_seconds(container, 0.0)
    return {**facts, "duration": duration, "promised": sizes.promised(duration)}


def _facts_from_av(file: str, path: Path, track: int | str | None, opening: Opening) -> dict[str, Any]:
    try:
        with open_container(path, opening) as container:
            if opening.format is None and headerless.is_headerless(path, container.format.name):
                raise Headerless(**headerless.advice(file, path, container.format.name))
            choice = choose_tracks(file, container, track, partial(_stream_problem, path, opening))
            _check_layout(file, choice)
            facts = _facts_of_choice(container, choice, _mp4_tracks(path, container))
            _check_tracks(file, facts)
            if container.format.name in TEXT_FORMATS or container.format.name.endswith("_pipe"):
                raise NotMedia(file=file, reason="it is a text or a picture, not a recording")
            facts |= _duration(path, container, facts)
            return facts if opening == Opening() else {**facts, "opening": opening}
    except (av.error.FFmpegError, UnicodeError) as problem:
        if path.stat().st_size == 0:
            raise EmptyRecording(file=file) from None
        if path.suffix.lower() in headerless.SUFFIXES:
            raise Headerless(**headerless.advice(file, path)) from None
        raise NotMedia(file=file, reason=getattr(problem, "strerror", None) or str(problem)) from problem


def _facts_from_tables(file: str, path: Path, track: int | str | None) -> dict[str, Any] | None:
    """Read an MP4's facts from its tables alone, eight times faster than with decoding; None if they do not suffice."""
    if path.suffix.lower() not in MP4_SUFFIXES:
        return None
    try:
        with open_container(path, Opening(), {"codec_whitelist": "none"}) as container:
            choice = choose_tracks(file, container, track)
            if choice.audio is not None and HAS_DOUBLE_FREE and unreadable_layout(choice.audio):
                return None
            taken = [stream for stream in (choice.audio, choice.video) if stream is not None]
            if any(stream.start_time is None or not stream.frames for stream in taken):
                return None  # it may be empty
            facts = _facts_of_choice(container, choice, _mp4_tracks(path, container))
            audio, video, duration = facts["audio"], facts["video"], container.duration
    except (av.error.FFmpegError, UnicodeError, ValueError, AttributeError):
        return None  # reading with decoders decides whether it is media, and raises a helpful error if not
    if HAS_DOUBLE_FREE and audio is not None and audio.channels > MAX_USUAL_CHANNELS:
        return None  # the decoder may reorder the channels, and then `unreadable_layout` must see the result
    audio_known = audio is None or (
        audio.codec == "aac" and audio.sampling_rate > MAX_SBR_RATE_HZ and audio.channels > 0
    )
    video_known = video is None or (video.codec in TABLE_VIDEO_CODECS and video.width > 0 and video.frame_rate > 0)
    if not (audio_known and video_known and taken and duration and facts["container"] == "mov"):
        return None
    return {**facts, "duration": float(duration / av.time_base)}


def _check_tracks(file: str, facts: dict[str, Any]) -> None:
    """Raise an error if no track can be taken."""
    if facts["audio"] is not None or facts["video"] is not None:
        return
    unused = facts["unused"]
    if unused and all(each.why == "empty" for each in unused):
        raise EmptyRecording(file=file)
    there = "; ".join(each.text for each in unused)
    reason = f"none of its tracks can be decoded: {there}" if there else "it has neither a sound nor a video track"
    raise NotMedia(file=file, reason=reason)


def _check_layout(file: str, choice: TrackChoice) -> None:
    layout = None if choice.audio is None else unreadable_layout(choice.audio)
    if layout is not None:
        raise UnreadableLayout(file=file, layout=layout, version=av.__version__)


def _stream_problem(path: Path, opening: Opening, stream: Any) -> str:
    """Say why a stream cannot be taken although its codec is known; "" if it can."""
    if stream.type == "video" and not (stream.width and stream.height):
        return "pictures without a size"
    if stream.type == "video" and codec_name(stream) in PICTURE_CODECS:
        found = _count_packets(path, opening, stream.index, 2, SINGLE_PICTURE_S)
        return "empty" if not found else "single picture" if found == 1 and _has_other_media(stream) else ""
    is_matroska = stream.container.format.name.startswith("matroska")  # whose header tells nothing of it
    if (stream.start_time is None or is_matroska) and not _count_packets(path, opening, stream.index, 1):
        return "empty"
    return ""


def _has_other_media(stream: Any) -> bool:
    streams = stream.container.streams
    return len(streams.audio) + len(streams.video) > 1


def _count_packets(path: Path, opening: Opening, index: int, most: int, within: float | None = None) -> int:
    """Count a stream's packets, up to `most`, and as long as no other track is `within` seconds ahead."""
    count, begin = 0, None
    try:
        with open_container(path, opening, UNPROBED if path.suffix in MATROSKA_SUFFIXES else None) as container:
            for packet in container.demux():
                if packet.stream_index == index and packet.size:
                    count += 1
                    if count == most:
                        break
                elif within is not None and packet.dts is not None and packet.stream.type in {"audio", "video"}:
                    time = float(packet.dts * packet.time_base)
                    begin = time if begin is None else begin
                    if time - begin > within:
                        break
    except av.error.FFmpegError:
        pass  # damaged: what could be read counts
    return count


def container_facts(container: InputContainer) -> dict[str, Any]:
    """Return a container's format, the origin of its clock and its first tracks, without reading packets."""
    return _facts_of_choice(container, choose_tracks("", container), [])


def _mp4_tracks(path: Path, container: InputContainer) -> list[TrackTable]:
    tables = read_tracks(path) if container.format.name.startswith("mov") else []
    return tables if len(tables) == len(container.streams) else []


def _facts_of_choice(container: InputContainer, choice: TrackChoice, tables: Sequence[TrackTable]) -> dict[str, Any]:
    origin = _origin(container)
    table_of: Callable[[int], TrackTable] = lambda index: tables[index] if tables else TrackTable()  # noqa: E731
    return {
        "container": container.format.name.partition(",")[0],
        "origin": origin,
        "audio": None if choice.audio is None else _audio_track(choice.audio, origin),
        "video": None if choice.video is None else _video_track(choice.video, origin, table_of(choice.video.index)),
        "unused": tuple(_with_codec(each, table_of(each.index).codec) for each in choice.unused),
    }


def _with_codec(track: UnusedTrack, codec: str) -> UnusedTrack:
    """Name the codec of a track that FFmpeg does not know as the file does."""
    if track.codec or not codec:
        return track
    return UnusedTrack(track.kind, track.number, codec, track.language, track.title, track.why, track.index)


def _audio_track(stream: Any, origin: float) -> AudioTrack:
    start = _track_start(stream, origin)
    end = None if stream.duration is None else start + float(stream.duration * stream.time_base)
    is_told = stream.container.format.name.startswith("mov")  # others have the container's, or an estimate
    return AudioTrack(
        codec_name(stream), stream.rate, stream.channels, start, stream.index, end=end if is_told else None
    )


def _video_track(stream: Any, origin: float, table: TrackTable) -> VideoTrack:
    aspect = float(stream.sample_aspect_ratio or 1)
    return VideoTrack(
        codec_name(stream),
        stream.width,
        stream.height,
        frame_rate(stream),
        _track_start(stream, origin),
        stream.index,
        table.rotation,
        aspect,
    )


def _track_start(stream: Any, origin: float) -> float:
    if stream.start_time is None:
        return 0.0
    return max(0.0, float(stream.start_time * stream.time_base) - origin)


def _origin(container: Any) -> float:
    """Return the first time on the container's clock; a little before 0 is priming, which decoders trim.

    The clock of a transport stream that wraps around is negative before that moment. What an MP4 has before 0 is not
    presented.
    """
    start = float((container.start_time or 0) / av.time_base)
    is_before_zero = start < -MAX_PRIMING_S and not container.format.name.startswith("mov")
    return start if is_before_zero else max(0.0, start)


def _duration(path: Path, container: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the duration, whether it is estimated, and what the header says if that is not true."""
    known = None if container.duration is None else float(container.duration / av.time_base)
    name = container.format.name
    counted = frame_counts.count_frames(path, name)
    if counted is not None:
        return {
            "duration": counted.seconds,
            "is_estimated": counted.is_estimated,
            "promised": known if counted.is_cut else None,
        }
    links = frame_counts.ogg_links(path) if name == "ogg" and facts["video"] is None else []
    if len(links) > 1:
        return {"duration": sum(links)}
    if known is not None and name not in frame_counts.WITHOUT_DURATION:
        return {"duration": known}
    # Files written to a pipe have no duration either: only their packets have it.
    return {"duration": _count_seconds(container, facts["origin"])}


def _count_seconds(container: Any, origin: float) -> float:
    """Return the end of the last packet, by reading all of them."""
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base) - origin)
    return last
