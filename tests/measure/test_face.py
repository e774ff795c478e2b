"""Faces: where they are, and that they are followed."""

from __future__ import annotations

import itertools
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.measure.face import OBSERVATIONS_PER_DETECTION, RATE_HZ, Attention, FaceTracker, is_available
from tests.support import heads
from tests.support.heads import Plain, Pose

FOUND = {Attention.FRONTAL, Attention.TURNED}


def still(image, seconds, fps=25.0):
    return heads.plain(itertools.repeat(image, round(seconds * fps)), fps)


def looks_at(pictures, end=None):
    return heads.looked(pictures, end)[0]


def test_grid():
    """There are 25 looks a second from 0 s on, whatever the frame rate."""
    for fps in (10, 24, 25, 29.97, 60):
        looks = looks_at(still(np.zeros((36, 64), np.uint8), 2, fps), end=2.0)
        assert [look.time for look in looks] == [n / RATE_HZ for n in range(2 * RATE_HZ)]


def test_portrait():
    """A portrait is frontal from the second detection on, in the place and size in which it was drawn."""
    looks = looks_at(still(heads.draw(Pose()), 3))
    assert [look.attention for look in looks[:OBSERVATIONS_PER_DETECTION]] == [
        Attention.UNSEEN
    ] * OBSERVATIONS_PER_DETECTION
    assert {look.attention for look in looks[OBSERVATIONS_PER_DETECTION:]} == {Attention.FRONTAL}
    last = looks[-1]
    assert (last.x, last.y) == (pytest.approx(0.44, abs=0.02), pytest.approx(0.42, abs=0.03))
    assert last.width == pytest.approx(124, abs=5)
    assert last.size == pytest.approx(last.width / 640)


def test_presence():
    """Who comes and goes every few seconds is seen in 98 % of the seconds, compressed and in changing light."""
    there = [n // (5 * 25) % 2 == 0 for n in range(30 * 25)]
    light = [1 + 0.25 * np.sin(n / 30) for n in range(len(there))]
    drawn = {}
    images = (
        heads.lit(drawn.setdefault(here, heads.draw(Pose(gone=not here))), times)
        for here, times in zip(there, light, strict=True)
    )
    looks = looks_at(heads.coded(images, 30))
    seen = np.array([look.attention in FOUND for look in looks]).reshape(-1, 25).mean(axis=1) > 0.5
    assert np.mean(seen == np.array(there).reshape(-1, 25).any(axis=1)) >= 0.98


def test_turned():
    """A face that the detector does not see, but that is still there, is turned or hidden in part, not absent."""
    portrait = heads.draw(Pose())
    veiled = portrait.copy()
    veiled[170:260] = 90
    looks = looks_at([*still(portrait, 2), *((2 + time, shown) for time, shown in still(veiled, 2))])
    assert {look.attention for look in looks[-RATE_HZ:]} == {Attention.TURNED}
    assert len({look.track for look in looks[OBSERVATIONS_PER_DETECTION:]}) == 1


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_no_face(shade):
    """A picture of one colour has no face and no cut."""
    looks, movements = heads.looked(still(np.full((360, 640), shade, np.uint8), 10))
    assert {look.attention for look in looks} == {Attention.UNSEEN}
    assert not any(look.cut for look in looks)
    assert movements == []


def test_noise_has_no_face():
    """Noise that changes with every picture has no face, and nothing moves in it."""
    rng = np.random.default_rng(5)
    images = (rng.integers(0, 256, (180, 320), np.uint8) for _ in range(250))
    looks, movements = heads.looked(heads.plain(images))
    assert {look.attention for look in looks} == {Attention.UNSEEN}
    assert movements == []


def test_memory():
    """A session takes at most 5 MB beyond the libraries."""
    process, pictures = psutil.Process(), [*still(heads.draw(Pose()), 2)]

    def session():
        face = FaceTracker()
        for time, shown in pictures:
            face.feed(time, shown)
        return face

    first = session()
    before = process.memory_info().rss
    others = [session() for _ in range(4)]
    assert process.memory_info().rss - before < 5e6 * len(others)
    assert first is not None


def test_cut():
    """Another scene is a cut, and ends the track; a lamp that is switched on is not, and does not."""
    portrait, room = heads.draw(Pose()), heads.draw(Pose(gone=True))
    dark = heads.lit(portrait, 0.5)
    looks = looks_at(heads.plain(itertools.chain(*(itertools.repeat(image, 50) for image in (dark, portrait, room)))))
    assert [look.time for look in looks if look.cut] == [4.0]
    assert {look.track for look in looks[OBSERVATIONS_PER_DETECTION:100]} == {1}
    assert looks[100].attention is Attention.ABSENT


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (23, 23), (24, 24), (2000, 40), (1080, 1920)])
def test_any_size(size):
    """Pictures of any size may come."""
    rng = np.random.default_rng(1)
    looks = looks_at(heads.plain(rng.integers(0, 256, size, np.uint8) for _ in range(12)))
    assert len(looks) == 12


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.0])
def test_resolution_does_not_matter(scale):
    """The same scene, larger or smaller, has the same face in it."""
    image = heads.draw(Pose())
    other = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    one, two = looks_at(still(image, 1))[-1], looks_at(still(other, 1))[-1]
    assert (two.x, two.y, two.size) == (
        pytest.approx(one.x, abs=0.01),
        pytest.approx(one.y, abs=0.02),
        pytest.approx(one.size, rel=0.05),
    )
    assert two.width == pytest.approx(one.width * scale, rel=0.05)


def test_portrait_video():
    """An upright picture has a face like any other."""
    image = np.full((640, 360), 90, np.uint8)
    image[100:440, :] = heads.draw(Pose())[:340, 104:464]
    assert looks_at(still(image, 1))[-1].attention is Attention.FRONTAL


def test_face_at_the_edge():
    """A face that leaves over the edge, bit by bit, is lost without a crash; what is told of it is always finite."""
    image = heads.draw(Pose())
    images = (np.roll(image, -4 * n, axis=1) * (np.arange(640) < 640 - 4 * n).astype(np.uint8) for n in range(125))
    looks = looks_at(heads.plain(images))
    assert looks[-1].attention is Attention.ABSENT
    numbers = [getattr(look, name) for look in looks for name in ("x", "y", "size", "width", "right", "down")]
    assert all(np.isfinite(number) for number in numbers if number is not None)


@pytest.mark.parametrize("number", [37, 40])
def test_broken_picture(number):
    """One black picture in the middle does not end a track, not even in the moment of a search."""
    images = [heads.draw(Pose())] * 75
    images[number] = np.zeros_like(images[0])
    looks = looks_at(heads.plain(images))
    assert {look.track for look in looks[OBSERVATIONS_PER_DETECTION:]} == {1}
    assert looks[-1].attention is Attention.FRONTAL


def test_size_changes_between_pictures():
    """When the picture's size changes on the way, the face is found again."""
    image = heads.draw(Pose())
    large = cv2.resize(image, None, fx=1.5, fy=1.2)
    looks = looks_at([*still(image, 1), *((1 + time, shown) for time, shown in still(large, 1))])
    assert looks[-1].attention is Attention.FRONTAL


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=12), st.integers(2, 4))
def test_repeated_pictures_do_not_matter(poses, times):
    """Showing each picture several times over instead of once changes nothing."""
    images = [heads.draw(Pose(down=float(pose))) for pose in poses]
    once = [(n / 25, Plain(image)) for n, image in enumerate(images)]
    often = [(n / 25 + k / 25 / times, Plain(image)) for n, image in enumerate(images) for k in range(times)]
    assert looks_at(often, len(images) / 25) == looks_at(once, len(images) / 25)


@pytest.mark.parametrize("installed", [None, SimpleNamespace(__file__="cv2/__init__.py")], ids=["none", "5"])
def test_without_opencv(monkeypatch, installed):
    """Faces are measured where OpenCV 4 is; not without, nor where its version has no such detector."""
    assert is_available()
    monkeypatch.setitem(sys.modules, "cv2", installed)
    assert not is_available()


def test_a_look_is_made_once():
    """A picture between the moments of the grid is never converted; one that is looked at again is converted once."""
    made = []

    class Counted:
        def __init__(self, number):
            self.number = number

        def luma(self):
            made.append(self.number)
            return np.zeros((18, 32), np.uint8)

    face = FaceTracker()
    for n in range(20):
        face.feed(n / 50, Counted(n))
    face.finish(1.0)
    assert made == [*range(0, 19, 2), 19]
