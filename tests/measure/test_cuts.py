"""Scene cuts: another scene is one, another light is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.measure.cuts import CutDetector
from tests.support.examples import examples


def scene(seed):
    """A picture of patches like those of no other seed, 160×90."""
    patches = np.random.default_rng(seed).integers(30, 200, (9, 16)).astype(np.uint8)
    return np.kron(patches, np.ones((10, 10), np.uint8))


def cuts(images):
    detector = CutDetector()
    return [detector.is_cut(image) for image in images]


def test_another_scene_is_a_cut_once():
    """The first picture is none, nor is one that goes on."""
    assert cuts([scene(1), scene(1), scene(2), scene(2), scene(1)]) == [False, False, True, False, True]


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 1000), light=st.floats(0.5, 1.25))
def test_light_alone_is_no_cut(seed, light):
    """However much brighter or darker a scene becomes, it is the same one."""
    image = scene(seed)
    assert cuts([image, np.clip(light * image, 0, 255).astype(np.uint8)]) == [False, False]


@pytest.mark.parametrize(("after", "cut"), [(1, False), (2, True)])
def test_a_black_picture_between_is_passed_over(after, cut):
    """What comes after a lost picture is compared with what was before it."""
    assert cuts([scene(1), np.zeros((90, 160), np.uint8), scene(after)]) == [False, False, cut]


def test_small_differences_are_no_cut():
    """Pictures that are nearly the same are one scene, even if nothing in them correlates."""
    noise = np.random.default_rng(3)
    assert (
        cuts([np.kron(100 + noise.integers(-6, 7, (9, 16)), np.ones((10, 10))).astype(np.uint8) for _ in range(5)])
        == [False] * 5
    )
