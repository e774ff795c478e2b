"""Pictures and sound that are encoded keep their times, and nothing is lost."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.media.video.encode import add_still_pictures, encode_pictures, encode_sound
from tests.support.media_files import film, tone

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_encoded_does_not_depend_on_what_else_the_machine_does(interview: Recording) -> None:
    """Pictures are coded alike alone and beside others: an encoder that looks at the clock codes them otherwise."""

    def coded(_: int = 0) -> list[bytes]:
        _, pictures = encode_pictures(interview, 20.0, 3.0, 320)
        return [bytes(each.packet) for each in itertools.islice(pictures, 150)]

    alone = coded()
    with ThreadPoolExecutor(4) as crowd:
        assert all(each == alone for each in crowd.map(coded, range(4)))


@pytest.mark.parametrize(("codec", "rate", "coded_rate"), [("opus", 16_000, 48_000), ("aac", 44_100, 44_100)])
def test_sound_is_as_long_as_it_was(tmp_path: Path, codec: str, rate: int, coded_rate: int) -> None:
    """The last packet ends with the sound, and between the packets there is no gap."""
    recording = Recording(tone(tmp_path / "tone.wav", "pcm_s16le", rate, seconds=1.3))
    track, packets = encode_sound(recording, 0.0, codec)
    coded = list(packets)
    assert (track.picture, track.codec, 1 / track.base) == (False, codec, coded_rate)
    assert coded[-1].end == pytest.approx(1.3, abs=1e-3)
    assert all(one.pts + one.duration == other.pts for one, other in itertools.pairwise(coded))


def test_sound_begins_where_it_is_asked_to(tmp_path: Path) -> None:
    """From 0.5 s on, times are still those of the recording, but for the encoder's own priming."""
    recording = Recording(tone(tmp_path / "tone.wav", "pcm_s16le", 48_000, seconds=1.0))
    _, packets = encode_sound(recording, 0.5, "opus")
    coded = list(packets)
    assert 0.47 <= coded[0].start <= 0.5
    assert coded[-1].end == pytest.approx(1.0, abs=1e-3)


def test_a_still_picture_stands_beside_sound_twice_a_second(tmp_path: Path) -> None:
    """As long as there is sound, and it is the sound that says when the recording ends."""
    recording = Recording(tone(tmp_path / "tone.wav", "pcm_s16le", 48_000, seconds=1.7))
    _, sound = encode_sound(recording, 0.0, "opus")
    track, packets = add_still_pictures(sound, 0.0, 1.0)
    both = list(packets)
    pictures = [each for each in both if each.track is track]
    assert [each.start for each in pictures] == [0.0, 0.5, 1.0, 1.5]
    assert [each.key for each in pictures] == [True, False, True, False]
    assert max(each.end for each in both) == pytest.approx(1.7, abs=1e-3)


def test_a_picture_is_repeated_where_none_follows_for_long() -> None:
    """In a gap of half a minute the last picture is shown again every twelve seconds."""
    frames = [av.VideoFrame.from_ndarray(np.full((72, 64), shade, np.uint8), format="yuv420p") for shade in (40, 90)]
    from emotoolkit.media.video.encode import _repeat_in_gaps

    shown = list(_repeat_in_gaps(iter(zip((0.0, 30.0), frames, strict=True)), 45.0))
    assert [time for time, _ in shown] == [0.0, 12.0, 24.0, 30.0, 42.0]
    assert shown[2][1] is frames[0]


def test_large_pictures_keep_their_shape(tmp_path: Path) -> None:
    """The longer side is reduced to what is asked for, both sides stay even, and small pictures stay as they are."""
    recording = Recording(film(tmp_path / "film.mp4", "libx264", None, seconds=0.4))
    sizes = []
    for largest in (960, 40):
        track, packets = encode_pictures(recording, 0.0, 3.0, largest)
        assert len(list(packets)) == 10
        sizes.append((track.template.width, track.template.height))
    assert sizes == [(64, 48), (40, 30)]
