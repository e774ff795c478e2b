"""A montage written by itself: where each clip lies, to the sample; whatever rates, channels and tracks clips have."""

from __future__ import annotations

import av
import numpy as np
import pytest
import soundfile

from emotoolkit.datasets.montage import write_montage
from emotoolkit.media.clip import Clip
from tests.support.clips import numbered_clip, read_number


def wav(path, samples, rate) -> Clip:
    """A clip of some 16-bit samples."""
    soundfile.write(path, np.asarray(samples, np.int16), rate, subtype="PCM_16")
    return Clip(path, path.name)


def test_places_are_whole_samples_and_do_not_drift(tmp_path):
    """A thousandth of a second too long each time is none in the end: clip n begins where its samples begin."""
    clips = [wav(tmp_path / f"{n}.wav", np.full(1001, 100 + n), 8000) for n in range(20)]
    path = tmp_path / "m.wav"
    places = write_montage(clips, path, silence=0.01)
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    begins = [n * (1001 + 80) for n in range(20)]
    assert places == [(begin / 8000, (begin + 1001) / 8000) for begin in begins]
    expected = np.zeros(20 * 1081, np.int16)
    for n, begin in enumerate(begins):
        expected[begin : begin + 1001] = 100 + n
    np.testing.assert_array_equal(samples, expected)


def test_a_stretch_of_a_file_is_that_stretch(tmp_path):
    """Of a clip inside its file the samples from its start to its end are there, and none beside them."""
    counted = np.arange(16_000)
    wav(tmp_path / "a.wav", counted, 16_000)
    clip = Clip(tmp_path / "a.wav", "a", 0.25, 0.5)
    (place,) = write_montage([clip], tmp_path / "m.wav", silence=0.125)
    samples, _ = soundfile.read(tmp_path / "m.wav", dtype="int16")
    assert place == (0.0, 0.25)
    np.testing.assert_array_equal(samples, np.concatenate([counted[4000:8000], np.zeros(2000)]))


def test_the_highest_rate_is_taken(tmp_path):
    """A clip of a lower rate is resampled to the highest there is: its tone has the same pitch, length and level."""
    low = wav(tmp_path / "low.wav", 8000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000), 8000)
    high = wav(tmp_path / "high.wav", np.arange(4410), 44_100)
    places = write_montage([low, high], tmp_path / "m.wav", silence=0.5)
    samples, rate = soundfile.read(tmp_path / "m.wav", dtype="int16")
    assert (rate, places) == (44_100, [(0.0, 1.0), (1.5, 1.6)])
    expected = 8000 * np.sin(2 * np.pi * 500 * np.arange(44_100) / 44_100)
    assert np.abs(samples[2000:42_000] - expected[2000:42_000]).max() < 20
    assert not samples[44_100:66_150].any()
    np.testing.assert_array_equal(samples[66_150 : 66_150 + 4410], np.arange(4410))


def test_channels_are_averaged(tmp_path):
    """Of two channels the mean is kept, so that what is on one channel alone is half as loud and not lost."""
    both = np.stack([np.full(800, 1000), np.full(800, 3000)], axis=1)
    clip = wav(tmp_path / "two.wav", both, 8000)
    write_montage([clip], tmp_path / "m.wav", silence=0.0)
    samples, _ = soundfile.read(tmp_path / "m.wav", dtype="int16")
    assert (samples.shape, set(samples.tolist())) == ((800,), {2000})


def test_extreme_samples_do_not_wrap(tmp_path):
    """Full scale stays full scale, on either side."""
    ends = np.tile([-32_768, 32_767], 400)
    write_montage([wav(tmp_path / "loud.wav", ends, 8000)], tmp_path / "m.wav", silence=0.0)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "m.wav", dtype="int16")[0], ends)


def test_no_half_file_under_its_name(tmp_path):
    """If a clip cannot be read to its end nothing has the montage's name; what was there before stays."""
    clip, gone = (wav(tmp_path / f"{n}.wav", np.ones(800), 8000) for n in range(2))
    (tmp_path / "m.wav").write_bytes(b"former")
    gone.path.unlink()
    with pytest.raises(Exception, match=r"1\.wav"):
        write_montage([clip, gone], tmp_path / "m.wav", silence=0.0)
    assert (tmp_path / "m.wav").read_bytes() == b"former"


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A montage of two numbered films, the second without sound, and where they lie in it."""
    folder = tmp_path_factory.mktemp("films")
    first = numbered_clip(folder / "a.mkv", seconds=1.0, codec="libvpx", audio="pcm_s16le").path
    second = numbered_clip(folder / "b.mkv", seconds=0.6, codec="libvpx", audio=None).path
    path = folder / "m.mkv"
    return path, write_montage([Clip(first, "a"), Clip(second, "b")], path, silence=0.5)


def test_pictures_are_at_their_times(films):
    """Picture n of a clip is shown n/25 s after the clip's place begins; when a clip has ended, it is dark."""
    path, places = films
    with av.open(str(path)) as container:
        shown = [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    for begin, end in places:
        inside = [(time, read_number(image)) for time, image in shown if begin <= time < end - 1e-3]
        assert [number for _, number in inside] == list(range(round((end - begin) * 25)))
        assert [time - begin for time, _ in inside] == pytest.approx([n / 25 for n in range(len(inside))], abs=1.1e-3)
    dark = [(time, image.mean()) for time, image in shown if not any(b <= time < e - 1e-3 for b, e in places)]
    assert [time for time, _ in dark] == pytest.approx([end for _, end in places], abs=1.1e-3)
    assert all(mean < 24 for _, mean in dark)


def test_films_without_sound_are_silent_beside_others(films):
    """The sound of the first clip is as it was, to the sample; where the second has none there is silence."""
    path, places = films
    with av.open(str(path)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    with av.open(str(path.with_name("a.mkv"))) as container:
        given = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(given) == 16_000
    np.testing.assert_array_equal(heard[:16_000], given)
    assert len(heard) == round((places[1][1] + 0.5) * 16_000)
    assert not heard[16_000:].any()
