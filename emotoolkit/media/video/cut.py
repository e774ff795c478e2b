"""Cut coded packets into pieces. Each packet is in exactly one piece, at its own time.

Pictures are cut in the order of decoding, sound between two packets. Files do not interleave the two exactly, so a
piece stays open until the sound, too, has passed the cut: cutting both at the same position of the file would lose up
to 70 ms of sound at each cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from emotoolkit.media.video.coded import EPSILON_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.media.video.coded import CodedPacket

__all__ = ["Piece", "cut_pieces", "join_short_end"]

TRACK_TIMEOUT_S = 10.0
"""Seconds by which one track must be beyond the cut to conclude that the other has ended, or has a gap."""

MAX_PICTURE_WAIT_S = 1.0
"""Seconds that a continuous stream waits at most for a picture to cut at."""

PREROLL_S = 0.4
"""Seconds of sound before a piece that are kept with it, since a decoder is exact only after some packets."""


@dataclass(frozen=True)
class Piece:
    """Consecutive packets of a recording.

    Attributes
    ----------
    start, end : float
        Media time in seconds.
    pictures, sounds : list of CodedPacket
        In the order of decoding.
    preroll : list of CodedPacket
        The packets of sound just before, which are not part of the piece.
    first : bool
        Whether it is the first piece.
    """

    start: float
    end: float
    pictures: list[CodedPacket]
    sounds: list[CodedPacket]
    preroll: list[CodedPacket] = field(default_factory=list)
    first: bool = False


def cut_pieces(
    packets: Iterator[CodedPacket], *, start: float, length: float, anywhere: bool, sound: bool
) -> Iterator[Piece]:
    """Cut packets into pieces of `length` seconds or more; only the last may be shorter.

    Parameters
    ----------
    packets : iterator of CodedPacket
        Pictures in the order of decoding and sound in the order of time, roughly interleaved.
    start : float
        Media time in seconds of the first piece.
    length : float
        Minimum length of a piece, in seconds.
    anywhere : bool
        Cut before any picture; otherwise only before clean key pictures.
    sound : bool
        Whether there is a sound track to wait for.

    Yields
    ------
    Piece
        Contiguous, without gap or overlap.
    """
    cutter = _Cutter(start, length, anywhere=anywhere, sound=sound)
    for packet in packets:
        cutter.add(packet)
        while (piece := cutter.cut()) is not None:
            yield piece
    while (piece := cutter.cut(ended=True)) is not None:
        yield piece
    if (piece := cutter.rest()) is not None:
        yield piece


def join_short_end(pieces: Iterator[Piece], length: float) -> Iterator[Piece]:
    """Join a last piece that is shorter than `length` to the one before it. Delays pieces by one."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and piece.end - piece.start < length - EPSILON_S:
            last = replace(
                last,
                end=piece.end,
                pictures=[*last.pictures, *piece.pictures],
                sounds=[*last.sounds, *piece.sounds],
            )
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


class _Cutter:
    """Packets that have been read and not yet cut off."""

    def __init__(self, start: float, length: float, *, anywhere: bool, sound: bool) -> None:
        self.start, self.length, self.anywhere, self.sound = start, length, anywhere, sound
        self.pictures: list[CodedPacket] = []
        self.sounds: list[CodedPacket] = []
        self.preroll: list[CodedPacket] = []
        self.first = True
        self.scanned = 0  # pictures before which no cut is possible
        self.latest_picture = start  # media time of the latest picture

    def add(self, packet: CodedPacket) -> None:
        if packet.track.picture:
            self.pictures.append(packet)
            self.latest_picture = max(self.latest_picture, packet.start)
        else:
            self.sounds.append(packet)

    def cut(self, *, ended: bool = False) -> Piece | None:
        """Cut off the next piece; None until everything that belongs to it has been read."""
        next_cut = self._next_cut(0.0 if ended else TRACK_TIMEOUT_S)
        if next_cut is None:
            return None
        end, pictures = next_cut
        if not (ended or self._sound_is_past(end)):
            return None
        sounds = next((n for n, each in enumerate(self.sounds) if each.end > end + EPSILON_S), len(self.sounds))
        if not pictures and not sounds:
            return None  # a gap in both tracks: the piece extends to the next packet
        return self._cut_off(end, pictures, sounds)

    def rest(self) -> Piece | None:
        """Return all remaining packets as a piece, if there are any."""
        ends = [each.end for each in (*self.pictures, *self.sounds)]
        return self._cut_off(max(ends), len(self.pictures), len(self.sounds)) if ends else None

    def _next_cut(self, timeout_s: float) -> tuple[float, int] | None:
        """Find the media time of the next cut, and the number of pictures before it."""
        earliest = self.start + self.length
        while self.scanned < len(self.pictures):
            picture = self.pictures[self.scanned]
            if picture.start >= earliest - EPSILON_S and (self.anywhere or (picture.clean and self.scanned)):
                late = self.anywhere and picture.start > earliest + MAX_PICTURE_WAIT_S
                return (earliest if late else picture.start), self.scanned
            self.scanned += 1
        # The pictures have ended, or have a gap; the sound goes on.
        if self.anywhere and self.sounds and self.sounds[-1].end > max(earliest, self.latest_picture) + timeout_s:
            return earliest, len(self.pictures)
        return None

    def _sound_is_past(self, end: float) -> bool:
        if not self.sound or (self.sounds and self.sounds[-1].end > end + EPSILON_S):
            return True
        return self.latest_picture > end + TRACK_TIMEOUT_S

    def _cut_off(self, end: float, pictures: int, sounds: int) -> Piece:
        piece = Piece(self.start, end, self.pictures[:pictures], self.sounds[:sounds], self.preroll, self.first)
        self.preroll = _last_packets(PREROLL_S, [*self.preroll, *piece.sounds])
        self.pictures, self.sounds = self.pictures[pictures:], self.sounds[sounds:]
        self.start, self.first = end, False
        self.scanned = 0 if self.anywhere else min(1, len(self.pictures))
        return piece


def _last_packets(seconds: float, sounds: list[CodedPacket]) -> list[CodedPacket]:
    """Return the last packets of sound, of at least this total duration if there are as many."""
    return [each for each in sounds if each.end > sounds[-1].end - seconds + EPSILON_S]
