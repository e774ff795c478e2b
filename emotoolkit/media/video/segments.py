"""Video segments of a recording: messages of a few seconds, copied from the file where the API accepts its codecs.

This module decides what is copied and what is encoded. `demux.py` reads packets, `coded.py` puts them on the media
clock, `encode.py` and `vp8.py` encode what cannot be copied, `cut.py` cuts the packets into pieces, and `mux.py` writes
containers.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

import av

from emotoolkit.errors import NotMedia
from emotoolkit.media.edit_lists import is_trimmed
from emotoolkit.media.packet import Packet
from emotoolkit.media.video import coded, cut, mux
from emotoolkit.media.video import encode as encoder
from emotoolkit.media.video.coded import EPSILON_S
from emotoolkit.media.video.demux import lacks_pts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.media.recording import Recording
    from emotoolkit.media.video.coded import CodedPacket, Track

__all__ = ["Framing", "segments"]

Framing = Literal["continuous", "complete"]
"""What a message is: the next part of one stream over all messages, or a complete file."""

LOOK_AHEAD_S = 60.0
"""Seconds that are read, without decoding, to decide whether to copy."""

MAX_KEY_GAP_S = 12.0
"""Seconds between clean key pictures up to which they are copied, if each message must be a file."""

SOUND_CODECS = {"h264": "aac", "vp8": "opus", "vp9": "opus"}
"""Codec of the sound for each codec of pictures, in a container that every decoder supports."""


def segments(
    recording: Recording,
    *,
    framing: Framing = "continuous",
    length: float = 3.0,
    encode: bool | None = None,
    start: float = 0.0,
) -> Iterator[Packet]:
    """Cut a recording into video messages that hold each picture and each sample once.

    Pictures and sound are **copied** without decoding where the server accepts their codecs, which is fast and
    lossless. Only what cannot be copied is encoded:

    ============================== ========================= =======================================
    pictures                       sound                     what is sent
    ============================== ========================= =======================================
    H.264                          AAC, or none              both copied, in fragmented MP4
    H.264                          other                     pictures copied, sound encoded to AAC
    VP8, VP9                       Opus, or none             both copied, in WebM
    VP8, VP9                       Vorbis                    copied if continuous, else Opus
    VP8, VP9                       other                     pictures copied, sound encoded to Opus
    MPEG-4 part 2, HEVC, MJPEG, …  any                       both encoded, VP8 and Opus, in WebM
    trimmed by an edit list        any                       both encoded, VP8 and Opus, in WebM
    none                           any                       a still picture (VP8) and Opus, in WebM
    ============================== ========================= =======================================

    A message that continues a stream may begin with any picture, so it is `length` long or a little more, however
    rare key pictures are. A message that is a file can only begin with a *clean* key picture: one that no later
    picture of the file precedes in time, as in an open GOP, where those would be lost. If within the first minute clean
    key pictures are more than 12 s apart, the pictures are encoded: results of longer messages would come too late. If
    that happens later in the file, there is one longer message, and still nothing is lost.

    Encoding keeps every picture, every sample and their times; the same file gives the same bytes. In a gap without
    pictures a message extends to the next picture, and its sound waits with it. Only after 12 s without one is the last
    picture repeated. Continuous messages do not wait: they carry the sound alone.

    Parameters
    ----------
    recording : Recording
        Anything with pictures or sound.
    framing : {"continuous", "complete"}
        One stream, whose first message has the header, or a complete file in each message.
    length : float
        Minimum length of a message, in seconds of media time. A shorter remainder is joined to the last message; in a
        live recording sent as a stream it is a separate message, so that no message is delayed.
    encode : bool or None
        True encodes always; False copies all supported codecs, however long the messages become; None decides. Media
        removed by an edit list is never sent, so such a file is encoded in any case.
    start : float
        Media time in seconds to begin at. Where pictures are copied, the key picture at or before it.

    Yields
    ------
    Packet
        Contiguous: each starts where the one before ends, the last one ends with the media. A message's pictures and
        sound are between `start` and `end`, except for one packet of sound (about 20 ms) that extends over the cut and
        belongs to the later message.

    Raises
    ------
    NoSuchFile
        The file no longer exists.
    NotMedia
        Its content has changed and cannot be read.

    Notes
    -----
    About two messages are in memory, for any length of the file; there are no temporary files. Of a damaged or
    truncated file, everything that can be read is sent. To count time on the receiving side, add up the durations of
    the sound or of the pictures, not of the containers: in each file the two end some milliseconds apart.

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
class _CutInput:
    """Tracks to be cut, their packets, and their start in media time."""

    tracks: list[Track]
    packets: Iterator[CodedPacket]
    start: float


def _messages(
    recording: Recording, framing: Framing, length: float, start: float, *, encode: bool | None
) -> Iterator[Packet]:
    with _open_input(recording, framing, length, start, encode=encode) as source:
        pieces = cut.cut_pieces(
            source.packets,
            start=source.start,
            length=length,
            anywhere=framing == "continuous",
            sound=any(not track.picture for track in source.tracks),
        )
        muxer = mux.StreamMuxer(source.tracks) if framing == "continuous" else mux.FileMuxer(source.tracks)
        # A live stream must not wait for a possible short end; the server would reject a file that is too short.
        final = pieces if recording.live and framing == "continuous" else cut.join_short_end(pieces, length)
        for piece in final:
            yield Packet(piece.start, piece.end, muxer.mux_piece(piece))


@contextmanager
def _open_input(
    recording: Recording, framing: Framing, length: float, start: float, *, encode: bool | None
) -> Iterator[_CutInput]:
    if recording.video is None:
        sound, packets = encoder.encode_sound(recording, start, "opus")
        picture, packets = encoder.add_still_pictures(packets, start, length)
        yield _CutInput([picture, sound], packets, start)
    elif encode or not _can_copy_pictures(recording, framing, length, start, policy=encode is None):
        picture, pictures = encoder.encode_pictures(recording, start, length)
        yield _with_sound(recording, picture, pictures, start)
    else:
        copy_sound = _can_copy_sound(recording, recording.video.codec, framing)
        begin = coded.find_key_picture(recording, start)
        with recording.open_at(begin.seek_time) if begin.key > 0 else recording.open() as container:
            tracks, packets = coded.copy_packets(container, recording, begin, sound=copy_sound)
            if copy_sound:
                yield _CutInput(tracks, packets, begin.key)
            else:
                yield _with_sound(recording, tracks[0], packets, begin.key)


def _with_sound(recording: Recording, picture: Track, pictures: Iterator[CodedPacket], start: float) -> _CutInput:
    """Add the sound, if there is any, encoded to the codec that goes with the pictures'."""
    if recording.audio is None:
        return _CutInput([picture], pictures, start)
    sound, sounds = encoder.encode_sound(recording, start, SOUND_CODECS[picture.codec])
    return _CutInput([picture, sound], coded.interleave(pictures, sounds), start)


def _can_copy_sound(recording: Recording, codec: str, framing: Framing) -> bool:
    if recording.audio is None or recording.gain != 1:
        return False
    sound = recording.audio.codec
    # The first packet of Vorbis decodes to no samples, which WebM cannot express for a file that begins in the middle.
    return sound == SOUND_CODECS[codec] or (sound == "vorbis" and codec != "h264" and framing == "continuous")


def _can_copy_pictures(recording: Recording, framing: Framing, length: float, start: float, *, policy: bool) -> bool:
    """Read ahead to decide whether the pictures can be copied."""
    assert recording.video is not None
    if recording.video.codec not in SOUND_CODECS or lacks_pts(recording):
        return False
    if recording.live:  # reading ahead is not possible, and our recorders make frequent, clean key pictures
        return True
    if is_trimmed(recording):
        return False
    begin = coded.find_key_picture(recording, start)
    with recording.open_at(begin.seek_time) if begin.key > 0 else recording.open() as container:
        _, packets = coded.copy_packets(container, recording, begin, sound=False)
        ahead = list(takewhile(lambda each: each.start < start + LOOK_AHEAD_S, packets))
    if not ahead or any(each.packet.pts is None for each in ahead):
        return False
    return framing == "continuous" or not policy or _has_frequent_keys(ahead, length, recording.duration)


def _has_frequent_keys(pictures: list[CodedPacket], length: float, end: float) -> bool:
    """Whether clean key pictures are frequent enough to cut files at, within the pictures read ahead."""
    limit = max(MAX_KEY_GAP_S, 2 * length) + EPSILON_S
    begins = pictures[0].start
    for each in pictures:
        if each.start > begins + limit:
            return False
        if each.clean and each.start >= begins + length - EPSILON_S:
            begins = each.start
    return min(end, pictures[0].start + LOOK_AHEAD_S) <= begins + limit
