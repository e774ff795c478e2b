"""Tracks of a container: which sound and which pictures are taken, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import av

from emotoolkit.errors import NoSuchTrack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "PICTURE_CODECS",
    "AudioTrack",
    "TrackChoice",
    "UnusedTrack",
    "VideoTrack",
    "choose_tracks",
    "codec_name",
    "frame_rate",
    "track_number",
    "track_texts",
]

MAX_FRAME_RATE_HZ = 1000
"""Frame rate from which on it is the tick rate of the container's clock instead."""

PICTURE_CODECS = {"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpeg2000"}
"""Codecs of single pictures, as of a cover; all but the first are rare in films."""


@dataclass(frozen=True)
class AudioTrack:
    """The sound of a recording.

    Codec, `sampling_rate` in Hz, `channels`, `start` in s of media time; `index`: the number of its stream in the file,
    `end`: the media second at which it ends by the file's tables, None where they do not say.
    """

    codec: str
    sampling_rate: int
    channels: int
    start: float = 0.0
    index: int = 0
    end: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class VideoTrack:
    """The pictures of a recording.

    Codec, `width` and `height` in stored pixels, average `frame_rate` per s, `start` in s of media time; `index`: the
    number of its stream in the file, `rotation`: degrees by which they are turned clockwise when shown,
    `pixel_aspect`: width of a pixel by its height.
    """

    codec: str
    width: int
    height: int
    frame_rate: float
    start: float = 0.0
    index: int = 0
    rotation: int = 0
    pixel_aspect: float = 1.0

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as shown: upright, with square pixels."""
        size = round(self.width * self.pixel_aspect), self.height
        return size[::-1] if self.rotation % 180 else size


@dataclass(frozen=True)
class UnusedTrack:
    """A track of the file that is not replayed.

    Attributes
    ----------
    kind : {"sound", "pictures"}
        What it has.
    number : int
        Its number among those of its kind, from 1.
    codec, language, title : str
        As the file says; "" where it does not.
    why : {"", "unknown codec", "empty", "single picture", "pictures without a size"}
        Why it cannot be taken; "" if it can.
    index : int
        The number of its stream in the file.
    """

    kind: Literal["sound", "pictures"]
    number: int
    codec: str
    language: str = ""
    title: str = ""
    why: str = ""
    index: int = 0

    @property
    def text(self) -> str:
        """Number, codec, language and title in brackets, and why it cannot be taken."""
        names = ", ".join(each for each in (self.codec, self.language, self.title and repr(self.title)) if each)
        reason = f": {self.why}" if self.why else ""
        return f"{self.kind} {self.number}{f' ({names})' if names else ''}{reason}"


@dataclass(frozen=True)
class TrackChoice:
    """The streams that are taken, None if there is none, and all others."""

    audio: Any
    video: Any
    unused: tuple[UnusedTrack, ...]


def choose_tracks(
    file: str,
    container: Any,
    wanted: int | str | None = None,
    problem: Callable[[Any], str] = lambda stream: "",  # noqa: ARG005
) -> TrackChoice:
    """Choose the sound and the pictures of a container.

    Parameters
    ----------
    file : str
        The recording's name, for the error.
    container : av.container.InputContainer
        Open.
    wanted : int, str or None
        The sound track by its number from 1, or a track by its language or title; None: the first that can be taken.
    problem : callable
        Says of a decodable stream why it cannot be taken all the same; "" if it can.

    Raises
    ------
    NoSuchTrack
        No track, or several, are as wanted, or it cannot be taken.
    """
    sounds = [_describe(stream, "sound", n, problem) for n, stream in enumerate(container.streams.audio, 1)]
    pictures = [_describe(stream, "pictures", n, problem) for n, stream in enumerate(container.streams.video, 1)]
    named = None if wanted is None else _named(file, wanted, sounds, pictures)
    taken = [_first(each, named) for each in (sounds, pictures)]
    unused = [each for each in (*sounds, *pictures) if each not in taken and each.why != "cover"]
    audio, video = (None if each is None else container.streams[each.index] for each in taken)
    return TrackChoice(audio, video, tuple(unused))


def _first(tracks: Sequence[UnusedTrack], named: UnusedTrack | None) -> UnusedTrack | None:
    """Return the named track if it is one of these, else the first that can be taken."""
    if named in tracks:
        return named
    return next((each for each in tracks if not each.why), None)


def _named(file: str, wanted: int | str, sounds: Sequence[UnusedTrack], pictures: Sequence[UnusedTrack]) -> UnusedTrack:
    if isinstance(wanted, str):
        tracks = [*sounds, *pictures]
        names = wanted.casefold()
        found = [each for each in tracks if names and names in {each.language.casefold(), each.title.casefold()}]
        found = [each for each in found if each.kind == "sound"] or found
    else:
        found = [each for each in sounds if each.number == wanted]
    if len(found) != 1 or found[0].why:
        there = "; ".join(each.text for each in (*sounds, *pictures) if each.why != "cover") or "no track"
        raise NoSuchTrack(file=file, wanted=wanted, count=len(found), there=there)
    return found[0]


def _describe(
    stream: Any, kind: Literal["sound", "pictures"], number: int, problem: Callable[[Any], str]
) -> UnusedTrack:
    language, title = (stream.metadata.get(name) or "" for name in ("language", "title"))
    if not title and stream.metadata.get("handler_name") not in (None, "", *DEFAULT_HANDLERS):
        title = stream.metadata["handler_name"]
    if stream.disposition & av.stream.Disposition.attached_pic:
        why = "cover"
    elif stream.codec_context is None:
        why = "unknown codec"
    else:
        why = problem(stream)
    codec = "" if stream.codec_context is None else codec_name(stream)
    language = "" if language == "und" else language
    return UnusedTrack(kind, number, codec, language, title, why, stream.index)


DEFAULT_HANDLERS = (
    "VideoHandler",
    "SoundHandler",
    "Core Media Video",
    "Core Media Audio",
    "Apple Video Media Handler",
    "Apple Sound Media Handler",
    "VideoHandle",
    "SoundHandle",
    "\x0cVideoHandler",
    "\x0cSoundHandler",
)
"""Names that programs give to every track, so that they say nothing."""


def codec_name(stream: Any) -> str:
    """Return the name that the field has for a stream's codec, not that of the decoder."""
    name: str = stream.codec_context.codec.canonical_name
    return name


def frame_rate(stream: Any) -> float:
    """Return pictures per second, from the container or the demuxer's estimate; 0 if unknown."""
    rate = float(stream.average_rate or stream.base_rate or 0)
    is_tick_rate = rate * stream.time_base >= 1 and rate >= MAX_FRAME_RATE_HZ
    return 0.0 if is_tick_rate else rate


def track_texts(audio: AudioTrack | None, video: VideoTrack | None, unused: Sequence[UnusedTrack]) -> list[str]:
    """Describe the tracks that are taken, and name the others."""
    texts = []
    if audio is not None:
        channels = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
        text = f"{audio.codec} {audio.sampling_rate} Hz {channels}"
        texts.append(text + _number_text("sound", audio.index, unused))
    if video is not None:
        rate = f" at {video.frame_rate:.4g} pictures/s" if video.frame_rate else ""
        width, height = video.display_size
        texts.append(f"{video.codec} {width}×{height}{rate}" + _number_text("pictures", video.index, unused))
    if unused:
        texts.append("not taken: " + "; ".join(each.text for each in unused))
    return texts


def track_number(kind: str, index: int, unused: Sequence[UnusedTrack]) -> int:
    """Return the number of a track that is taken among those of its kind, from 1."""
    return 1 + sum(each.kind == kind and each.index < index for each in unused)


def _number_text(kind: str, index: int, unused: Sequence[UnusedTrack]) -> str:
    others = sum(each.kind == kind for each in unused)
    return f" (track {track_number(kind, index, unused)} of {others + 1})" if others else ""
