"""A small copy of a recording that every browser plays, for display only: VP8 and Opus in WebM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from emotoolkit.media.tracks import track_number
from emotoolkit.media.video import encode
from emotoolkit.media.video.coded import interleave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emotoolkit.media.recording import Recording
    from emotoolkit.media.tracks import AudioTrack, VideoTrack
    from emotoolkit.media.video.coded import CodedPacket, Track

__all__ = ["is_playable", "write_preview"]

PLAYABLE_CODECS: dict[str, tuple[set[str], set[str]]] = {
    "mov": ({"h264", "vp9", "av1"}, {"aac", "mp3", "opus", "flac"}),
    "mp3": (set(), {"mp3"}),
    "ogg": (set(), {"vorbis", "opus", "flac"}),
    "matroska": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
    "aac": (set(), {"aac"}),
}
"""Video and audio codecs that browsers play, by container, by name: what Chromium's, Firefox's and WebKit's own
pages on media formats have in common. A browser that cannot play one of them requests the preview."""

PLAYABLE_SOUNDFILE_CODECS = {
    "wav pcm_16",
    "wav pcm_u8",
    "wav pcm_24",
    "wav float",
    "flac pcm_16",
    "flac pcm_24",
    "wavex pcm_16",
}
"""Codecs that soundfile reads and browsers play."""

KEYFRAME_INTERVAL_S = 2.0
"""Seconds between key pictures: after a seek, a browser decodes from the last key picture on."""

MAX_SIDE_PX = 480
"""Pixels of the longer side, at most."""


def is_playable(recording: Recording) -> bool:
    """Whether browsers are expected to play the file as it is."""
    audio, video = recording.audio, recording.video
    if recording.container == "soundfile":
        return audio is not None and audio.codec in PLAYABLE_SOUNDFILE_CODECS
    if any(track_number(kind, track.index, recording.unused) > 1 for kind, track in _kinds(recording)):
        return False  # browsers play the first track
    pictures, sounds = PLAYABLE_CODECS.get(recording.container, (set(), set()))
    return (video is None or video.codec in pictures) and (audio is None or audio.codec in sounds)


def _kinds(recording: Recording) -> list[tuple[str, AudioTrack | VideoTrack]]:
    """Return the tracks with their kinds."""
    tracks = (("sound", recording.audio), ("pictures", recording.video))
    return [(kind, track) for kind, track in tracks if track is not None]


def write_preview(recording: Recording, path: Path, report_progress: Callable[[float], None]) -> None:
    """Write the preview, which appears at `path` when it is complete.

    Parameters
    ----------
    recording : Recording
        Any that can be decoded.
    path : pathlib.Path
        The WebM file to write.
    report_progress : callable
        Called with the media time reached in seconds, after each packet. If it raises, no file is left.
    """
    unfinished = path.with_suffix(".part")
    try:
        with av.open(str(unfinished), "w", format="webm") as container:
            tracks, packets = _encode_tracks(recording)
            streams: dict[Track, Any] = {}
            for track in tracks:
                streams[track] = container.add_stream_from_template(track.template, opaque=True)
                streams[track].time_base = track.base
            for each in packets:
                packet = each.packet
                packet.stream, packet.time_base = streams[each.track], each.track.base
                packet.pts, packet.dts, packet.duration = each.pts, each.dts, each.duration
                container.mux(packet)
                report_progress(each.start)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _encode_tracks(recording: Recording) -> tuple[list[Track], Iterator[CodedPacket]]:
    if recording.video is None:
        sound, sounds = encode.encode_sound(recording, 0.0, "opus")
        return [sound], sounds
    picture, pictures = encode.encode_pictures(recording, 0.0, KEYFRAME_INTERVAL_S, largest=MAX_SIDE_PX)
    if recording.audio is None:
        return [picture], pictures
    sound, sounds = encode.encode_sound(recording, 0.0, "opus")
    return [picture, sound], interleave(pictures, sounds)
