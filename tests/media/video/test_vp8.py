"""VP8 by two encoders in parallel."""

from __future__ import annotations

import av
import numpy as np
import pytest

from emotoolkit.media.video import vp8


def grey_pictures(count: int, period: float = 0.04) -> list[tuple[float, av.VideoFrame]]:
    """Pictures of different brightness, 64×48."""
    shades = (np.full((72, 64), 40 + number % 150, np.uint8) for number in range(count))
    return [
        (number * period, av.VideoFrame.from_ndarray(shade, format="yuv420p")) for number, shade in enumerate(shades)
    ]


def test_pictures_shown_again_keep_their_times() -> None:
    """One picture for a minute, shown again twice a second: the two encoders share it, and each gives it its times."""
    shape = (np.arange(180)[:, np.newaxis] + np.zeros((180, 160))).astype(np.uint8)
    picture = av.VideoFrame.from_ndarray(shape, format="yuv420p")
    _, packets = vp8.encode([(n * 0.5, picture) for n in range(120)], (160, 120), 2.0, 1.0)
    made = list(packets)
    assert [each.start for each in made] == [n * 0.5 for n in range(120)]
    assert [each.key for each in made] == [n % 2 == 0 for n in range(120)]


@pytest.mark.parametrize("ahead", [True, False])
def test_key_pictures_are_the_first_after_a_length(ahead: bool) -> None:
    """A group lasts until the first picture at or after the length; every key picture is clean."""
    track, packets = vp8.encode(grey_pictures(60), (64, 48), 25.0, 0.9, ahead=ahead)
    coded = list(packets)
    assert [each.start for each in coded if each.key] == pytest.approx([0.0, 0.92, 1.84])
    assert [each.clean for each in coded] == [each.key for each in coded]
    assert (track.picture, track.codec, float(track.base)) == (True, "vp8", 0.001)


def test_pictures_are_scaled_to_the_size_given() -> None:
    """The stream has the size that is asked for, whatever the pictures have."""
    track, packets = vp8.encode(grey_pictures(2), (32, 24), 25.0, 1.0)
    assert len(list(packets)) == 2
    assert (track.template.width, track.template.height) == (32, 24)


def test_without_reading_ahead_a_picture_is_coded_before_the_next_is_read() -> None:
    """A live picture is not delayed by the one after it."""
    read = []

    def pictures():
        for time, picture in grey_pictures(4):
            read.append(time)
            yield time, picture

    _, packets = vp8.encode(pictures(), (64, 48), 25.0, 1.0, ahead=False)
    next(packets)
    assert len(read) == 1


def test_equal_times_are_moved_apart() -> None:
    """Muxers take only increasing times: of two pictures of one millisecond the later one is moved."""
    pictures = [(0.0, picture) for _, picture in grey_pictures(3)]
    _, packets = vp8.encode(pictures, (64, 48), 25.0, 1.0)
    assert [each.pts for each in packets] == [0, 1, 2]
