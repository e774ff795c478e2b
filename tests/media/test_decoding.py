"""Decoded sound on one time line: holes are silence of their length, and blocks do not depend on the codec."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.media.decoding import BLOCK_SAMPLES, decode_key_picture, fill_gaps, regroup_blocks
from tests.support.clips import numbered_clip, read_number
from tests.support.examples import examples
from tests.support.grey_frames import luma

RATE = 1000


def counted(first: int, count: int) -> np.ndarray:
    """Samples that say their own number, from 1 on; 0 is silence."""
    return np.arange(first + 1, first + count + 1, dtype=np.float32)[:, None]


def line(pieces, first: int = 0) -> np.ndarray:
    """What comes of pieces, given by their first sample and their number of samples."""
    found = list(fill_gaps(((at / RATE, counted(at, count)) for at, count in pieces), first, RATE, 1))
    return np.concatenate([np.zeros((0, 1), np.float32), *found])[:, 0]


@settings(max_examples=examples(50))
@given(st.lists(st.tuples(st.sampled_from([0, 41, 500, 3000]), st.integers(1, 2000)), max_size=6), st.integers(0, 3000))
def test_every_sample_is_where_its_time_says(parts, first):
    """Law: sample k is at k, whatever holes of more than 40 ms there are, and nothing before the start is heard."""
    pieces, at = [], 0
    for hole, count in parts:
        pieces.append((at + hole, count))
        at += hole + count
    expected = np.zeros(at)
    for begin, count in pieces:
        expected[begin : begin + count] = counted(begin, count)[:, 0]
    covered = [begin + count for begin, count in pieces if begin + count > first]
    found = line(pieces, first)
    np.testing.assert_array_equal(found, expected[first:] if covered else found[:0])


@pytest.mark.parametrize(("hole", "silent"), [(40, 0), (41, 41)])
def test_rounding_is_no_hole(hole, silent):
    """Time stamps that are off by 40 ms at most are rounding: no silence in the middle of a word."""
    found = line([(0, 100), (100 + hole, 100)])
    assert len(found) == 200 + silent
    assert (found == 0).sum() == silent


def test_sound_that_begins_late_has_silence_first():
    """At the start every missing sample counts, be it fewer than 40 ms."""
    np.testing.assert_array_equal(line([(7, 3)]), [0, 0, 0, 0, 0, 0, 0, 8, 9, 10])


@settings(max_examples=examples(25))
@given(st.lists(st.integers(0, 2 * BLOCK_SAMPLES + 5), max_size=6))
def test_blocks_are_regular(sizes):
    """Law: the same samples in the same order; all blocks but the last have the same length, and none is empty."""
    whole = np.arange(sum(sizes), dtype=np.float32)[:, None]
    blocks = list(regroup_blocks(iter(np.split(whole, np.cumsum(sizes)[:-1]) if sizes else [])))
    np.testing.assert_array_equal(np.concatenate([whole[:0], *blocks]), whole)
    assert all(len(block) == BLOCK_SAMPLES for block in blocks[:-1])
    assert all(0 < len(block) <= BLOCK_SAMPLES for block in blocks[-1:])


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".ts"])
def test_the_key_picture_before_a_moment(suffix, tmp_path):
    """With a key picture each second: the one at or before a moment, also where the container has no index."""
    codec = "libvpx" if suffix == ".webm" else "libx264"
    path = numbered_clip(tmp_path / f"a{suffix}", seconds=3.0, gop=1.0, codec=codec, audio=None).path
    with av.open(str(path)) as container:
        origin = (container.start_time or 0) / av.time_base
        for moment, number in [(0.0, 0), (0.9, 0), (1.02, 25), (2.9, 50)]:
            image = decode_key_picture(container, container.streams.video[0], origin + moment)
            assert read_number(luma(image)) == number
