"""Coded packets on the media clock: times, lengths, and where a file may begin."""

from __future__ import annotations

import itertools
from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.media.video import coded
from emotoolkit.media.video.coded import CodedPacket, SeekPoint, Track
from tests.support.clips import numbered_clip

if TYPE_CHECKING:
    from pathlib import Path

TICKS = Track(picture=True, codec="h264", template=None, base=Fraction(1, 100))


def read(recording: Recording, begin: SeekPoint = SeekPoint(0.0, 0.0), **tracks: bool) -> list[CodedPacket]:  # noqa: B008
    with recording.open() as container:
        _, packets = coded.copy_packets(container, recording, begin, **tracks)
        return list(packets)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_every_picture_has_its_time(tmp_path: Path, suffix: str) -> None:
    """Shown in order, pictures are at the times at which they were made, whatever the container and the order in it."""
    clip = numbered_clip(tmp_path / f"clip.{suffix}", seconds=2, bframes=2)
    pictures = [each for each in read(Recording(clip.path)) if each.track.picture]
    shift = 0 if suffix != "ts" else pictures[0].start - clip.times[0]
    assert sorted(each.start - shift for each in pictures) == pytest.approx(clip.times, abs=0.0011)
    assert all(one.dts < other.dts for one, other in itertools.pairwise(pictures))


def test_sound_is_counted_in_samples(tmp_path: Path) -> None:
    """A container of milliseconds rounds; the packets still follow one another to the sample."""
    clip = numbered_clip(tmp_path / "clip.mkv", seconds=2)
    sounds = [each for each in read(Recording(clip.path)) if not each.track.picture]
    assert sounds[0].track.base == Fraction(1, clip.sampling_rate)
    assert {each.duration for each in sounds[:-1]} == {1024}
    assert all(one.pts + one.duration == other.pts for one, other in itertools.pairwise(sounds))


@pytest.mark.parametrize(("open_gop", "clean"), [(False, [True, True, True]), (True, [True, False, False])])
def test_a_clean_key_picture_loses_none(tmp_path: Path, open_gop: bool, clean: list[bool]) -> None:
    """A key picture before which later ones are shown is not clean."""
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=6, gop=2, bframes=3, open_gop=open_gop, audio=None)
    keys = [each for each in read(Recording(clip.path), sound=False) if each.key]
    assert [each.clean for each in keys] == clean


@pytest.mark.parametrize(("start", "key"), [(0.0, 0.0), (1.99, 0.0), (2.0, 2.0), (3.5, 2.0), (9.0, 4.0)])
def test_the_key_picture_before_a_moment(tmp_path: Path, start: float, key: float) -> None:
    """Reading begins at the last key picture at or before it, and gives nothing from before."""
    recording = Recording(numbered_clip(tmp_path / "clip.mp4", seconds=6, gop=2).path)
    begin = coded.find_key_picture(recording, start)
    assert begin.key == pytest.approx(key)
    packets = read(recording, begin)
    first = next(each for each in packets if each.track.picture)
    assert (first.key, first.start) == (True, pytest.approx(key))
    assert all(each.start >= key - 1e-6 for each in packets) or key == 0


@given(st.lists(st.lists(st.integers(0, 500), max_size=30).map(sorted), max_size=4))
def test_interleaving_keeps_each_track_and_sorts_all(times: list[list[int]]) -> None:
    """Tracks that are in order by themselves are in order together, and nothing is lost."""
    tracks = [
        [CodedPacket(TICKS, (number, n), at, at, 1) for n, at in enumerate(each)] for number, each in enumerate(times)
    ]
    merged = list(coded.interleave(*map(iter, tracks)))
    assert [each.dts for each in merged] == sorted(itertools.chain(*times))
    for number, track in enumerate(tracks):
        assert [each for each in merged if each.packet[0] == number] == track


@pytest.mark.parametrize(
    ("duration", "clock", "base", "quantum", "ticks"),
    [
        (1024, Fraction(1, 48_000), Fraction(1, 48_000), 1024, 1024),
        (21, Fraction(1, 1000), Fraction(1, 48_000), 1024, 1024),  # 21.33 ms, rounded
        (20, Fraction(1, 1000), Fraction(1, 48_000), 120, 960),
        (None, Fraction(1, 1000), Fraction(1, 48_000), 120, 960),
        (0, Fraction(1, 1000), Fraction(1, 48_000), 1024, 1024),
        (3, Fraction(1, 48_000), Fraction(1, 48_000), 1024, 1024),
        (26, Fraction(1, 1000), Fraction(1, 1000), None, 26),
        (0, Fraction(1, 1000), Fraction(1, 1000), None, 1),
    ],
)
def test_packets_have_whole_numbers_of_samples(
    duration: int | None, clock: Fraction, base: Fraction, quantum: int | None, ticks: int
) -> None:
    """What a coarse clock rounds is a multiple of the codec's quantum; nothing has no length."""
    assert coded.packet_ticks(SimpleNamespace(duration=duration), clock, base, quantum) == ticks
