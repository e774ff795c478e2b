"""Cutting coded packets into pieces: each is in exactly one piece, and no piece waits longer than it must."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.media.video import cut
from emotoolkit.media.video.coded import CodedPacket, Track

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE, SOUND = (
    Track(picture=True, codec="h264", template=None, base=Fraction(1, 25)),
    Track(picture=False, codec="aac", template=None, base=Fraction(1, 48_000)),
)


@given(
    gops=st.lists(st.integers(1, 400), min_size=1, max_size=12),
    length=st.floats(0.5, 8),
    delay=st.integers(-40, 40),
    sounds=st.integers(0, 800),
    anywhere=st.booleans(),
)
def test_cutting_is_a_partition(gops: list[int], length: float, delay: int, sounds: int, anywhere: bool) -> None:
    """Every packet is in exactly one piece, in order; pieces are contiguous and long enough; sound is cut in time."""
    packets = sorted(
        [*fake_pictures(gops), *fake_sound(sounds)], key=lambda each: each.start + delay * each.track.picture
    )
    found = list(
        cut.join_short_end(
            cut.cut_pieces(iter(packets), start=0.0, length=length, anywhere=anywhere, sound=sounds > 0), length
        )
    )
    assert [each for piece in found for each in piece.pictures] == [each for each in packets if each.track.picture]
    assert [each for piece in found for each in piece.sounds] == [each for each in packets if not each.track.picture]
    assert found[0].start == 0
    for one, other in itertools.pairwise(found):
        assert one.end == other.start
        assert anywhere or other.pictures[0].clean
        assert all(each.end <= one.end + 1e-6 for each in one.sounds)
    assert len(found) == 1 or all(piece.end - piece.start >= length - 1e-6 for piece in found)
    assert found[-1].end == pytest.approx(max(each.end for each in packets))


def test_memory_does_not_grow_with_the_recording() -> None:
    """Of two hours, never more than some twenty seconds are held."""
    held = most = 0

    def counted() -> Iterator[CodedPacket]:
        nonlocal held, most
        packets = sorted([*fake_pictures([75] * 2400), *fake_sound(337_000)], key=lambda each: each.decode_time)
        for packet in packets:
            held += 1
            most = max(most, held)
            yield packet

    for piece in cut.join_short_end(cut.cut_pieces(counted(), start=0.0, length=3.0, anywhere=False, sound=True), 3.0):
        held -= len(piece.pictures) + len(piece.sounds)
    assert held == 0
    assert most < 20 * (25 + 47)


def test_a_short_end_is_joined() -> None:
    """A last piece that is too short becomes part of the one before; a piece alone stays, however short."""
    one, two, rest = (cut.Piece(start, end, [], []) for start, end in [(0.0, 3.0), (3.0, 6.0), (6.0, 6.5)])
    joined = list(cut.join_short_end(iter([one, two, rest]), 3.0))
    assert [(piece.start, piece.end) for piece in joined] == [(0.0, 3.0), (3.0, 6.5)]
    assert list(cut.join_short_end(iter([rest]), 3.0)) == [rest]


def test_sound_before_a_cut_is_kept_for_the_decoder() -> None:
    """The packets of the last 0.4 s before a piece are beside it; the first piece has none before it."""
    packets = sorted([*fake_pictures([75] * 4), *fake_sound(600)], key=lambda each: each.decode_time)
    first, second, *_ = cut.cut_pieces(iter(packets), start=0.0, length=3.0, anywhere=False, sound=True)
    assert (first.first, first.preroll) == (True, [])
    assert second.preroll == first.sounds[-len(second.preroll) :]
    assert second.preroll[-1].end - second.preroll[0].start == pytest.approx(0.4, abs=0.022)


def test_sound_goes_on_where_pictures_end() -> None:
    """A continuous stream is cut at its length where there is no picture any more, and keeps all sound."""
    sounds = fake_sound(1400)
    packets = sorted([*fake_pictures([50]), *sounds], key=lambda each: each.decode_time)
    pieces = list(cut.cut_pieces(iter(packets), start=0.0, length=3.0, anywhere=True, sound=True))
    assert [piece.end for piece in pieces[:3]] == pytest.approx([3.0, 6.0, 9.0])
    assert [each for piece in pieces for each in piece.sounds] == sounds


def fake_pictures(gops: list[int]) -> list[CodedPacket]:
    firsts = set(itertools.accumulate(gops, initial=0))
    return [CodedPacket(PICTURE, None, n, n, 1, key=n in firsts, clean=n in firsts) for n in range(sum(gops))]


def fake_sound(count: int) -> list[CodedPacket]:
    return [CodedPacket(SOUND, None, n * 1024 - 1024, n * 1024 - 1024, 1024) for n in range(count)]
