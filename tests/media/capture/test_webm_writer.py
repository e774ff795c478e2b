"""What is written while it is recorded, read back: every picture at its time, every sample, whatever came first."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.media.capture.webm_writer import SAMPLING_RATE_HZ, WebmWriter, as_channels, resampler
from tests.support.clips import numbered_picture, read_number, sound
from tests.support.grey_frames import luma


class Piped:
    """A place to write that cannot go back, as a growing file cannot."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self.data += data
        return len(data)


def colour(number: int, **size: int) -> np.ndarray:
    """A numbered picture as cameras give it, BGR."""
    return np.repeat(numbered_picture(number, **size)[:, :, None], 3, axis=2)


def shown(path):
    """Times in seconds and numbers of all pictures of a file."""
    with av.open(str(path)) as container:
        return [(frame.time, read_number(luma(frame))) for frame in container.decode(video=0)]


def heard(path) -> np.ndarray:
    """All samples of a file, shape (samples, channels)."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    return np.concatenate([block if len(block) == channels else block.reshape(-1, channels).T for block in blocks], 1).T


def test_pictures_are_at_their_times(tmp_path):
    """Unevenly as they come, each picture is in the file at its millisecond, with what it shows."""
    times = [0.0, 0.04, 0.1, 0.133, 0.5, 0.9, 1.7]
    written = WebmWriter(str(tmp_path / "a.webm"), rate=25, channels=0)
    for number, time in enumerate(times):
        written.write_picture(time, colour(number))
    written.close()
    assert shown(tmp_path / "a.webm") == [(pytest.approx(time, abs=6e-4), n) for n, time in enumerate(times)]


def test_pictures_of_one_moment_are_all_kept(tmp_path):
    """Pictures that claim the same millisecond, or an earlier one, follow each other at a millisecond each."""
    written = WebmWriter(str(tmp_path / "a.webm"), rate=25, channels=0)
    for number, time in enumerate([0.1, 0.1, 0.05, 0.3]):
        written.write_picture(time, colour(number))
    written.close()
    expected = [0.1, 0.101, 0.102, 0.3]
    assert shown(tmp_path / "a.webm") == [(pytest.approx(time, abs=1e-6), n) for n, time in enumerate(expected)]


def test_key_pictures_come_every_three_seconds(tmp_path):
    """A segment can begin at the first picture, and at the first one from 3 s after the last that it could."""
    written = WebmWriter(str(tmp_path / "a.webm"), rate=2, channels=0)
    times = [n * 0.4 for n in range(20)]
    for number, time in enumerate(times):
        written.write_picture(time, colour(number, width=64, height=48))
    written.close()
    with av.open(str(tmp_path / "a.webm")) as container:
        keys = [float(each.pts * each.time_base) for each in container.demux(video=0) if each.size and each.is_keyframe]
    assert keys == pytest.approx([0.0, 3.2, 6.4])


def test_odd_sizes_lose_a_line(tmp_path):
    """VP8 has even sizes here: a camera's odd row and column are left out, not an error."""
    written = WebmWriter(str(tmp_path / "a.webm"), rate=25, channels=0)
    written.write_picture(0.0, np.full((49, 65, 3), 100, np.uint8))
    written.close()
    with av.open(str(tmp_path / "a.webm")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.codec_context.name) == (64, 48, "vp8")


@pytest.mark.parametrize("channels", [1, 2])
def test_sound_is_heard_as_it_was(tmp_path, channels):
    """Opus keeps what was said, channel by channel, in place: the decoded sound correlates with what went in."""
    mono = sound(0, SAMPLING_RATE_HZ, SAMPLING_RATE_HZ)
    samples = np.stack([mono, mono[::-1]][:channels], axis=1)
    written = WebmWriter(str(tmp_path / "a.webm"), rate=None, channels=channels)
    for at in range(0, len(samples), 777):
        written.write_sound(samples[at : at + 777])
    written.close()
    found = heard(tmp_path / "a.webm")
    assert found.shape[1] == channels
    assert (
        abs(len(found) - SAMPLING_RATE_HZ) <= SAMPLING_RATE_HZ // 50
    )  # a frame of Opus is filled up, and the pre-skip is cut
    inner = slice(4800, SAMPLING_RATE_HZ - 4800)
    for channel in range(channels):
        lags = [np.corrcoef(found[4800 + lag : SAMPLING_RATE_HZ - 4800 + lag, channel], samples[inner, channel])[0, 1]
                for lag in range(-2, 3)]  # fmt: skip
        assert max(lags) > 0.9


def test_sound_before_the_first_picture_is_not_lost(tmp_path):
    """A microphone is quicker than a camera: what it heard while there was no picture is in the file, from 0 s on."""
    both, alone = tmp_path / "both.webm", tmp_path / "alone.webm"
    blocks = [sound(at, 4800, SAMPLING_RATE_HZ)[:, None] for at in range(0, SAMPLING_RATE_HZ, 4800)]
    written = WebmWriter(str(both), rate=25, channels=1)
    for block in blocks[:5]:
        written.write_sound(block)
    written.write_picture(0.5, colour(3))
    for block in blocks[5:]:
        written.write_sound(block)
    written.close()
    written = WebmWriter(str(alone), rate=None, channels=1)
    for block in blocks:
        written.write_sound(block)
    written.close()
    np.testing.assert_array_equal(heard(both), heard(alone))
    assert shown(both) == [(0.5, 3)]


def test_empty_blocks_are_nothing(tmp_path):
    """A device that gives no samples at times changes nothing."""
    paths = [tmp_path / "a.webm", tmp_path / "b.webm"]
    for path, nothing in zip(paths, [0, 1], strict=True):
        written = WebmWriter(str(path), rate=None, channels=1)
        for at in range(0, 9600, 960):
            written.write_sound(sound(at, 960, SAMPLING_RATE_HZ)[:, None])
            for _ in range(nothing):
                written.write_sound(np.empty((0, 1), np.float32))
        written.close()
    np.testing.assert_array_equal(*map(heard, paths))


def test_a_recording_without_anything_is_an_empty_file():
    """Closed before anything came, there is no header that would promise something."""
    place = Piped()
    WebmWriter(place, rate=25, channels=1).close()
    assert not place.data


def test_what_was_written_can_be_read_before_the_end(tmp_path):
    """It is written without going back, in short clusters: a second before the end it can be read nearly up to now."""
    place = Piped()
    written = WebmWriter(place, rate=25, channels=0)
    for number in range(50):
        written.write_picture(number / 25, colour(number, width=64, height=48))
    (tmp_path / "so-far.webm").write_bytes(place.data)
    so_far = [time for time, _ in shown(tmp_path / "so-far.webm")]
    written.close()
    assert so_far[0] == 0.0
    assert so_far[-1] > 1.5


@given(st.lists(st.integers(0, 3000), max_size=8), st.sampled_from([8000, 16_000, 44_100, SAMPLING_RATE_HZ]))
def test_resampling_piece_by_piece_is_resampling_the_whole(sizes, given_rate):
    """Law: cuts leave no trace, the length is that at 48 kHz, and 48 kHz stays as it is."""
    samples = sound(0, sum(sizes), given_rate)[:, None]
    pieces, whole = resampler(given_rate, 1), resampler(given_rate, 1)
    cuts = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []
    found = np.concatenate([*map(pieces, cuts), pieces(None)])
    expected = np.concatenate([whole(samples), whole(None)])
    assert len(found) == pytest.approx(len(samples) * SAMPLING_RATE_HZ / given_rate, abs=2)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    if given_rate == SAMPLING_RATE_HZ:
        np.testing.assert_array_equal(found, samples)


@pytest.mark.parametrize("wanted", [1, 2])
@pytest.mark.parametrize("there", [1, 2, 4])
def test_channels(there, wanted):
    """One channel is the mean of all; two are the first two, or the only one twice."""
    samples = np.arange(1, 13, dtype=np.float32).reshape(-1, there)
    found = as_channels(samples, wanted)
    assert (found.shape, found.dtype) == ((len(samples), wanted), np.float32)
    expected = {
        (1, 1): [1.0], (2, 1): [1.5], (4, 1): [2.5], (1, 2): [1.0, 1.0], (2, 2): [1.0, 2.0], (4, 2): [1.0, 2.0],
    }[there, wanted]  # fmt: skip
    assert found[0].tolist() == expected
