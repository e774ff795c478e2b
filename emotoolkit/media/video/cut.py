"""Where a recording is cut: coded packets in, pieces out. Nothing is lost, doubled or moved.

Pictures are cut in the order in which they are decoded, sound between two of its packets, each of which belongs to
one piece. In files the two do not run exactly side by side, so a piece stays open until the sound, too, has passed
the cut: whoever cuts both at the same place of the file loses up to 70 ms of sound each time.
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
"""Seconds. A track that has not passed the cut when the other is so far beyond it has ended, or has a hole."""

MAX_PICTURE_WAIT_S = 1.0
"""Seconds. A continuous stream does not wait longer than this for a picture to cut at."""

PREROLL_S = 0.4
"""Seconds of sound before a piece that are kept beside it, for its decoder to find its way in."""


@dataclass(frozen=True)
class Piece:
    """Consecutive packets of a recording.

    Attributes
    ----------
    start, end : float
        Media time in seconds.
    pictures, sounds : list of Coded
        In the order of decoding.
    former : list of Coded
        The packets of sound just before: not part of the piece.
    first : bool
        Whether it is the first of all.
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
    packets : iterator of Coded
        Pictures in the order of decoding and sound in the order of time, roughly interleaved.
    start : float
        Media time in seconds of the first piece.
    length : float
        Shortest piece, in seconds.
    anywhere : bool
        Cut before any picture; otherwise only before clean key pictures.
    sound : bool
        Whether there is sound to wait for.

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
    """Join a last piece that is too short to the one before it. Holds one piece back."""
    held: Piece | None = None
    for piece in pieces:
        if held is not None and piece.end - piece.start < length - EPSILON_S:
            held = replace(
                held,
                end=piece.end,
                pictures=[*held.pictures, *piece.pictures],
                sounds=[*held.sounds, *piece.sounds],
            )
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


class _Cutter:
    """What has been read and not yet cut off."""

    def __init__(self, start: float, length: float, *, anywhere: bool, sound: bool) -> None:
        self.start, self.length, self.anywhere, self.sound = start, length, anywhere, sound
        self.pictures: list[CodedPacket] = []
        self.sounds: list[CodedPacket] = []
        self.preroll: list[CodedPacket] = []
        self.first = True
        self.scanned = 0  # so many pictures are no place to cut
        self.latest_picture = start  # the latest picture

    def add(self, packet: CodedPacket) -> None:
        if packet.track.picture:
            self.pictures.append(packet)
            self.latest_picture = max(self.latest_picture, packet.start)
        else:
            self.sounds.append(packet)

    def cut(self, *, ended: bool = False) -> Piece | None:
        """Cut off a piece, if there is one and everything that belongs to it has been read."""
        place = self._next_cut(0.0 if ended else TRACK_TIMEOUT_S)
        if place is None:
            return None
        end, pictures = place
        if not (ended or self._sound_is_past(end)):
            return None
        sounds = next((n for n, each in enumerate(self.sounds) if each.end > end + EPSILON_S), len(self.sounds))
        if not pictures and not sounds:
            return None  # a hole in everything: the piece goes on to what comes next
        return self._cut_off(end, pictures, sounds)

    def rest(self) -> Piece | None:
        """Everything that is left."""
        ends = [each.end for each in (*self.pictures, *self.sounds)]
        return self._cut_off(max(ends), len(self.pictures), len(self.sounds)) if ends else None

    def _next_cut(self, timeout_s: float) -> tuple[float, int] | None:
        """Media time of the next cut, and how many pictures come before it."""
        earliest = self.start + self.length
        while self.scanned < len(self.pictures):
            picture = self.pictures[self.scanned]
            if picture.start >= earliest - EPSILON_S and (self.anywhere or (picture.clean and self.scanned)):
                late = self.anywhere and picture.start > earliest + MAX_PICTURE_WAIT_S
                return (earliest if late else picture.start), self.scanned
            self.scanned += 1
        # The pictures have come to an end, or to a hole; the sound goes on.
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
    """The last packets, together as long or a little longer."""
    return [each for each in sounds if each.end > sounds[-1].end - seconds + EPSILON_S]
