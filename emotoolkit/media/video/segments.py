"""A Recording cut into legal video segments: messages of a few seconds, copied from the file where that is legal.

This file decides what is copied and what is encoded. Packets then go through the others in turn: `demux.py` reads
them, `coded.py` puts them on the media clock, `encode.py` and `vp8.py` make those that cannot be copied, `cut.py` cuts
between them, `mux.py` puts them into containers.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

import av

from emotoolkit.errors import NotMedia
from emotoolkit.media.edit_lists import trimmed
from emotoolkit.media.packet import Packet
from emotoolkit.media.video import coded, cut, mux
from emotoolkit.media.video import encode as encoder
from emotoolkit.media.video.coded import EPSILON
from emotoolkit.media.video.demux import picture_stream, untimed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

    from emotoolkit.media.recording import Recording
    from emotoolkit.media.video.coded import Coded, Track

__all__ = ["Framing", "segments"]

Framing = Literal["continuous", "complete"]
"""What a message is: the next part of one stream that runs through all messages, or a file of its own."""

LOOK_AHEAD = 60.0
"""Seconds that are read, without decoding, before it is decided whether to copy."""

LONGEST = 12.0
"""Seconds. Files whose clean key pictures are farther apart are encoded, when each message must be a file."""

SOUND_BESIDE = {"h264": "aac", "vp8": "opus", "vp9": "opus"}
"""Coding of the sound that goes with pictures of this coding into a container that every decoder takes."""


def segments(
    recording: Recording,
    *,
    framing: Framing = "continuous",
    length: float = 3.0,
    encode: bool | None = None,
    start: float = 0.0,
) -> Iterator[Packet]:
    """Cut a recording into messages of video, with everything that is in it: each picture and each sample once.

    Pictures and sound are **copied** as they are coded in the file where a server takes that coding, which costs
    nearly nothing and loses nothing. Only what cannot be copied is encoded:

    ============================== ========================= =======================================
    pictures                       sound                     what is sent
    ============================== ========================= =======================================
    H.264                          AAC, or none              both copied, in fragmented MP4
    H.264                          other                     pictures copied, sound encoded to AAC
    VP8, VP9                       Opus, or none             both copied, in WebM
    VP8, VP9                       Vorbis                    copied if continuous, else Opus
    VP8, VP9                       other                     pictures copied, sound encoded to Opus
    MPEG-4 part 2, HEVC, MJPEG, …  any                       both encoded, VP8 and Opus, in WebM
    trimmed without coding anew    any                       both encoded, VP8 and Opus, in WebM
    none                           any                       a still picture (VP8) and Opus, in WebM
    ============================== ========================= =======================================

    A message that continues a stream may begin with any picture, so it is `length` long or a little more, however
    rare key pictures are. A message that is a file can only begin with a *clean* key picture: one that no later
    picture of the file comes before in time, as in an "open" group, where those would be lost. If within the first
    minute clean key pictures are more than 12 s apart, the pictures are encoded: longer messages would say nothing
    for too long. If that happens later in the file, there is one longer message, and still nothing is lost.

    What is encoded keeps its times, every picture and every sample; the same file gives the same bytes. Nothing is made
    up: in a hole without pictures a message extends to the next picture, and its sound waits with it. Only after 12 s
    without any is the last picture shown again. Continuous messages do not wait: they carry the sound alone.

    Parameters
    ----------
    recording : Recording
        Anything with pictures or sound.
    framing : {"continuous", "complete"}
        One stream, whose first message carries the header, or a complete file in each message.
    length : float
        Shortest message, in seconds of media time. A shorter rest is joined to the last message; of a live recording
        that is sent as a stream it is a message of its own, so that nothing has to be held back for it.
    encode : bool or None
        True encodes always; False copies whatever coding is legal, however long the messages become; None decides.
        What was cut away with an edit list is never sent, so such a film is encoded in any case.
    start : float
        Media time in seconds to begin at. Where pictures are copied, the key picture at or before it.

    Yields
    ------
    Packet
        Contiguous: each starts where the former ended, the last one ends with the media. A message's pictures and
        sound lie between `start` and `end`, but for one packet of sound (about 20 ms) that is being heard at the cut
        and belongs to the message after it.

    Raises
    ------
    NoSuchFile
        The file is gone.
    NotMedia
        It is no longer what it was.

    Notes
    -----
    Memory holds about two messages, whatever the length of the file; there are no temporary files. A file that is
    damaged or ends early gives everything that can be read. To count time on the receiving side, add up the length
    of the sound or of the pictures, not of the containers: in each file the two end some milliseconds apart.

    Examples
    --------
    >>> from emotoolkit import Recording
    >>> talk = Recording("datasets/sample/interview.mp4")
    >>> first = next(segments(talk, framing="complete"))
    >>> first.start, first.duration >= 3, first.data[4:8]
    (0.0, True, b'ftyp')
    """
    try:
        yield from _messages(recording, framing, length, start, encode=encode)
    except av.error.FFmpegError as problem:
        raise NotMedia(file=recording.file, reason=problem.strerror) from problem


@dataclass
class _Source:
    """What is cut: tracks, their packets, and where they begin."""

    tracks: list[Track]
    packets: Iterator[Coded]
    start: float


def _messages(
    recording: Recording, framing: Framing, length: float, start: float, *, encode: bool | None
) -> Iterator[Packet]:
    with _source(recording, framing, length, start, encode=encode) as source:
        pieces = cut.pieces(
            source.packets,
            start=source.start,
            length=length,
            anywhere=framing == "continuous",
            sound=any(not track.picture for track in source.tracks),
        )
        packer = mux.OneStream(source.tracks) if framing == "continuous" else mux.Files(source.tracks)
        # A stream goes on as it comes; a file that is too short would be refused.
        whole = pieces if recording.live and framing == "continuous" else cut.joined(pieces, length)
        for piece in whole:
            yield Packet(piece.start, piece.end, packer.pack(piece))


@contextmanager
def _source(
    recording: Recording, framing: Framing, length: float, start: float, *, encode: bool | None
) -> Iterator[_Source]:
    if recording.video is None:
        sound, packets = encoder.encoded_sound(recording, start, "opus")
        picture, packets = encoder.still_beside(packets, start, length)
        yield _Source([picture, sound], packets, start)
    elif encode or not _copies_pictures(recording, framing, length, start, policy=encode is None):
        picture, pictures = encoder.encoded_pictures(recording, start, length)
        yield _with_sound(recording, picture, pictures, start)
    else:
        with recording.open() as container:
            codec = picture_stream(container).codec_context.codec.canonical_name
            both = _copies_sound(recording, container, codec, framing)
            begin = coded.beginning(recording, start)
            tracks, packets = coded.copied(container, recording.origin, begin, sound=both)
            yield _Source(tracks, packets, begin.key) if both else _with_sound(recording, tracks[0], packets, begin.key)


def _with_sound(recording: Recording, picture: Track, pictures: Iterator[Coded], start: float) -> _Source:
    """Pictures and, if there is any, the sound encoded to what goes with them."""
    if recording.audio is None:
        return _Source([picture], pictures, start)
    sound, sounds = encoder.encoded_sound(recording, start, SOUND_BESIDE[picture.codec])
    return _Source([picture, sound], coded.merged(pictures, sounds), start)


def _copies_sound(recording: Recording, container: InputContainer, codec: str, framing: Framing) -> bool:
    if recording.audio is None:
        return False
    sound = container.streams.audio[0].codec_context.codec.canonical_name
    # A packet of Vorbis alone decodes to nothing, and WebM has no way to say so in a file that begins in the middle.
    return sound == SOUND_BESIDE[codec] or (sound == "vorbis" and codec != "h264" and framing == "continuous")


def _copies_pictures(recording: Recording, framing: Framing, length: float, start: float, *, policy: bool) -> bool:
    """Read ahead a little and say whether the pictures can be sent as they are."""
    with recording.open() as container:
        stream = picture_stream(container)
        if stream.codec_context.codec.canonical_name not in SOUND_BESIDE or untimed(container):
            return False
        if recording.live:  # what is to come cannot be looked at, and our recorders make clean key pictures
            return True
        if trimmed(recording):
            return False
        begin = coded.beginning(recording, start)
        _, packets = coded.copied(container, recording.origin, begin, sound=False)
        ahead = list(takewhile(lambda each: each.start < start + LOOK_AHEAD, packets))
    if not ahead or any(each.packet.pts is None for each in ahead):
        return False
    return framing == "continuous" or not policy or _often_clean(ahead, length, recording.duration)


def _often_clean(pictures: list[Coded], length: float, end: float) -> bool:
    """Whether clean key pictures come often enough to cut a file at, up to where was read or the recording ends."""
    limit = max(LONGEST, 2 * length) + EPSILON
    begins = pictures[0].start
    for each in pictures:
        if each.start > begins + limit:
            return False
        if each.clean and each.start >= begins + length - EPSILON:
            begins = each.start
    return min(end, pictures[0].start + LOOK_AHEAD) <= begins + limit
