"""Recording: facts without reading through, sound block by block, and a clear sentence for what is not media."""

import shutil
import tracemalloc

import av
import numpy as np
import pytest
import soundfile

from emotoolkit import Recording
from emotoolkit.errors import EmptyRecording, NoSuchFile, NotMedia, NotUnicode, SettingsError
from emotoolkit.media.decoding import BLOCK_SAMPLES
from tests.support.media_files import film, tone

FORMATS = {
    "wav": ("pcm_s16le", 44_100),
    "flac": ("flac", 44_100),
    "ogg": ("libopus", 48_000),
    "mp3": ("libmp3lame", 44_100),
    "m4a": ("aac", 44_100),
    "aac": ("aac", 44_100),
    "opus": ("libopus", 48_000),
    "mp4": ("aac", 44_100),
    "mov": ("aac", 44_100),
    "mkv": ("flac", 44_100),
    "webm": ("libopus", 48_000),
    "avi": ("libmp3lame", 44_100),
    "ts": ("aac", 44_100),
}
PICTURES = {"mp4": "libx264", "mov": "libx264", "mkv": "libx264", "webm": "libvpx", "avi": "mpeg4", "ts": "libx264"}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format(tmp_path, ending):
    """Each format tells its facts and gives all its sound: 5 s within a codec's frame, at the right time."""
    codec, rate = FORMATS[ending]
    path = tone(tmp_path / f"tone.{ending}", codec, rate, seconds=5.0, silent=2.0)
    recording = Recording(path)
    assert recording.audio.sampling_rate == rate
    assert recording.audio.channels == 1
    assert recording.video is None
    assert recording.duration == pytest.approx(5.0, abs=0.1)
    samples = np.concatenate(list(recording.blocks()))[:, 0]
    assert len(samples) / rate == pytest.approx(5.0, abs=0.06)
    begins = np.flatnonzero(np.abs(samples) > 0.1)[0] / rate
    assert begins == pytest.approx(2.0, abs=0.04)  # the tone begins after two seconds of silence


@pytest.mark.parametrize("ending", PICTURES)
def test_every_film(tmp_path, ending):
    """Each video format tells the size and rate of its pictures, and its sound is there."""
    codec, rate = FORMATS[ending]
    path = film(tmp_path / f"film.{ending}", PICTURES[ending], codec, rate, seconds=3.0)
    recording = Recording(path)
    assert (recording.video.width, recording.video.height) == (64, 48)
    assert recording.video.frame_rate == pytest.approx(25)
    assert recording.duration == pytest.approx(3.0, abs=0.1)
    assert len(recording.tracks) == 2
    assert sum(map(len, recording.blocks())) / rate == pytest.approx(3.0, abs=0.06)


def test_sixteen_bits_are_exact(counting):
    """16-bit samples come as sample / 32768, exactly."""
    recording = counting(100_000)
    samples = np.concatenate(list(recording.blocks()))[:, 0] * 32768
    assert np.array_equal(samples.astype(np.int64) % 65_536, np.arange(100_000) % 65_536)


@pytest.mark.parametrize("ending", ["wav", "m4a", "opus"])
def test_start(tmp_path, ending):
    """Blocks can begin in the middle, at the right sample."""
    codec, rate = FORMATS[ending]
    recording = Recording(tone(tmp_path / f"tone.{ending}", codec, rate, seconds=5.0, silent=2.0))
    whole = np.concatenate(list(recording.blocks()))[:, 0]
    rest = np.concatenate(list(recording.blocks(start=1.5)))[:, 0]
    assert len(rest) == len(whole) - round(1.5 * rate)
    begins = np.flatnonzero(np.abs(rest) > 0.1)[0] / rate
    assert begins == pytest.approx(0.5, abs=0.04)


def test_blocks_are_regular(tmp_path):
    """Whatever the codec's own frames, blocks have one size, so that what follows does not depend on the codec."""
    recording = Recording(tone(tmp_path / "tone.m4a", "aac", 44_100, seconds=5.0))
    sizes = [len(block) for block in recording.blocks()]
    assert set(sizes[:-1]) == {BLOCK_SAMPLES}
    assert 0 < sizes[-1] <= BLOCK_SAMPLES


def test_memory_is_flat(tmp_path):
    """Reading an hour holds a few blocks, not the hour."""
    path = tmp_path / "hour.wav"
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
        for _ in range(60):
            file.write(np.zeros(60 * 8000, np.int16))
    recording = Recording(path)
    assert recording.duration == 3600
    tracemalloc.start()
    for _ in recording.blocks():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * BLOCK_SAMPLES * 4  # 4 MB; the hour has 115 MB as float32


def test_a_hole_is_silence(tmp_path):
    """Sound that starts after the pictures begins with silence, so that positions are the recording's."""
    path = film(tmp_path / "late.mkv", "libx264", "pcm_s16le", 44_100, seconds=3.0, late=0.5)
    recording = Recording(path)
    assert recording.audio.start == pytest.approx(0.5, abs=0.002)
    samples = np.concatenate(list(recording.blocks()))[:, 0]
    assert np.flatnonzero(np.abs(samples) > 0.1)[0] / 44_100 == pytest.approx(0.5, abs=0.002)


def test_recorded_to_a_pipe(tmp_path):
    """A recorder that wrote to a pipe left no duration in the header; it is found all the same."""
    path = film(tmp_path / "live.webm", "libvpx", "libopus", 48_000, seconds=3.0, options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    assert Recording(path).duration == pytest.approx(3.0, abs=0.1)


def test_envelope(talk):
    """The envelope is flat where nobody speaks and not where somebody does."""
    times, low, high = talk.envelope(300)
    assert times.shape == low.shape == high.shape == (300,)
    assert np.abs(high[times < 0.45]).max() < 0.01
    assert high[(times > 1) & (times < 7)].max() > 0.1
    assert (low <= high).all()


def test_envelope_has_the_extremes(tmp_path):
    """A single sample is not lost between the points."""
    samples = np.zeros(100_000, np.float32)
    samples[54_321] = 0.9
    soundfile.write(tmp_path / "click.wav", samples, 10_000, subtype="FLOAT")
    times, _, high = Recording(tmp_path / "click.wav").envelope(100)
    assert high.max() == np.float32(0.9)
    assert times[high.argmax()] == pytest.approx(5.4321, abs=0.05)


def test_images(interview):
    """A strip of pictures has the height that was asked for and goes forward in time."""
    strip = interview.images(count=5, height=48)
    assert [image.shape for _, image in strip] == [(48, 85, 3)] * 5
    times = [time for time, _ in strip]
    assert times == sorted(times)
    assert times[-1] > 20


def test_window_of_the_envelope(call):
    """In a window there are the extremes that the whole recording has there."""
    whole, window = call.envelope(600), call.envelope(200, start=call.duration / 3, end=call.duration * 2 / 3)
    for all_of_it, part in zip(whole, window, strict=True):
        assert part == pytest.approx(all_of_it[200:400], abs=1e-6)


@pytest.mark.parametrize("ending", ["m4a", "opus", "mp3"])
def test_window_of_coded_sound(tmp_path, ending):
    """A window lies where it should in a file that has to be decoded: the tone begins after two seconds."""
    codec, rate = FORMATS[ending]
    recording = Recording(tone(tmp_path / f"tone.{ending}", codec, rate, seconds=5.0, silent=2.0))
    times, _, high = recording.envelope(100, start=1.5, end=2.5)
    assert times[0] == pytest.approx(1.505)
    assert times[np.flatnonzero(high > 0.1)[0]] == pytest.approx(2.0, abs=0.05)


def test_envelope_between_samples(counting):
    """A stretch without a sample is 0; one whose samples all lie on one side does not reach the middle."""
    times, low, high = counting(100, rate=8000).envelope(8, start=10 / 8000, end=14 / 8000)
    assert np.count_nonzero(high) == 4
    assert sorted(high[high > 0] * 32768) == [10, 11, 12, 13]
    assert np.array_equal(low, high)
    assert times[-1] < 14 / 8000


def test_a_narrow_window_reads_only_itself(tmp_path, monkeypatch):
    """Of ten minutes, no more blocks are read than a window of ten seconds has."""
    soundfile.write(tmp_path / "long.wav", np.zeros(600 * 8000, np.int16), 8000)
    recording = Recording(tmp_path / "long.wav")
    read, blocks = [], Recording.blocks

    def counted(self, start=0.0):
        for block in blocks(self, start):
            read.append(len(block))
            yield block

    monkeypatch.setattr(Recording, "blocks", counted)
    recording.envelope(100, start=300, end=310)
    assert sum(read) <= 10 * 8000 + BLOCK_SAMPLES


def test_window_of_images(interview):
    """Pictures of a window lie in it, or are the key picture before its beginning; each is as late as it can be."""
    key_times = [time for time, _ in interview.images(count=200, height=16)]
    for start, end in [(10, 16), (10, 10.2), (interview.duration - 1, None)]:
        last = end or interview.duration
        times = [time for time, _ in interview.images(count=5, height=48, start=start, end=end)]
        before = max(time for time in key_times if time <= start)
        assert len(times) == 5
        assert times == sorted(times)
        assert all(start <= time < last or time == before for time in times)


@pytest.mark.parametrize("ending", PICTURES)
def test_window_of_images_in_every_film(tmp_path, ending):
    """Whatever the container, no picture of a window is later than the window."""
    codec, rate = FORMATS[ending]
    recording = Recording(film(tmp_path / f"film.{ending}", PICTURES[ending], codec, rate, seconds=3.0))
    times = [time for time, _ in recording.images(count=3, height=24, start=1.0, end=2.0)]
    assert len(times) == 3
    assert all(time < 2.0 for time in times)


def test_window_ends_with_the_recording(talk):
    """An end behind the recording's own is the recording's own."""
    assert talk.window(20, 100) == talk.window(20) == (20, 30)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (-1, None, "start=-1 is not legal here: the recording goes from 0 to 30 s"),
        (30, None, "start=30 is not legal here: the recording goes from 0 to 30 s"),
        (5, 5, "end=5 is not legal here: the window begins at 5 s and must end later"),
    ],
)
def test_no_window(talk, start, end, said):
    """A window outside the recording or without length is refused, by all that take one."""
    for taken in (talk.window, lambda start, end: talk.envelope(9, start, end), lambda *at: talk.images(2, 9, *at)):
        with pytest.raises(SettingsError, match=said):
            taken(start, end)


def test_draws_itself(interview, talk):
    """In a notebook a recording shows its facts, its waveform and, if it has any, its pictures."""
    film_html, talk_html = interview._repr_html_(), talk._repr_html_()
    assert "<svg" in film_html
    assert film_html.count("<img") == 6
    assert "640×360" in film_html
    assert "<img" not in talk_html
    assert "16000 Hz mono" in talk_html


def test_prints_itself(talk):
    """Without a notebook it says the same in words."""
    assert repr(talk).endswith("talk.wav': 30.00 s, wav pcm_16 16000 Hz mono)")


def test_is_a_value(sample):
    """Two recordings of one file are equal and interchangeable."""
    assert Recording(sample / "talk.wav") == Recording(sample / "talk.wav")
    assert len({Recording(sample / "talk.wav"), Recording(sample / "talk.wav")}) == 1


def test_no_such_file():
    """A path to nothing says where it was looked for."""
    with pytest.raises(NoSuchFile, match=r"There is no file 'missing\.wav'"):
        Recording("missing.wav")


def test_a_name_that_is_no_text(tmp_path, sample):
    """A name of another encoding, which no table could hold, is said to be in the way; the file is not."""
    try:
        shutil.copy(sample / "talk.wav", tmp_path / "M\udcfcller.wav")
    except OSError:
        pytest.skip("names are Unicode on this disk")
    with pytest.raises(NotUnicode, match=r"The name of '.*M\\udcfcller.wav' is not Unicode"):
        Recording(tmp_path / "M\udcfcller.wav")


@pytest.mark.parametrize("name", ["notes.txt", "notes.wav", "notes.mp4"])
def test_not_media(tmp_path, name):
    """A text is not media, whatever its name claims."""
    (tmp_path / name).write_text("This is not a recording. " * 200)
    with pytest.raises(NotMedia, match=f"{name}' cannot be read as audio or video"):
        Recording(tmp_path / name)


def test_only_subtitles(tmp_path):
    """A container without sound and pictures is not media for us."""
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    with pytest.raises(NotMedia, match="neither a sound nor a video track"):
        Recording(tmp_path / "words.srt")


def test_zero_length(tmp_path):
    """A file without content, and a media file without samples, are said to be empty."""
    (tmp_path / "nothing.mp4").write_bytes(b"")
    soundfile.write(tmp_path / "nothing.wav", np.zeros(0, np.float32), 16_000)
    for name in ("nothing.mp4", "nothing.wav"):
        with pytest.raises(EmptyRecording, match=f"{name}' is a media file of length zero"):
            Recording(tmp_path / name)


def test_cut_off_before_its_index(tmp_path):
    """An mp4 whose index was never written says that it may have been cut off."""
    whole = film(tmp_path / "film.mp4", "libx264", "aac", 44_100, seconds=3.0).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotMedia, match="cut off before its index was written"):
        Recording(tmp_path / "cut.mp4")


def test_cut_off_behind_its_index(tmp_path):
    """What there is of a file that was cut off is read, and no error ends it."""
    whole = film(tmp_path / "film.mkv", "libx264", "pcm_s16le", 44_100, seconds=4.0).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    recording = Recording(tmp_path / "cut.mkv")
    assert recording.duration == pytest.approx(4.0, abs=0.1)
    assert 1.0 < sum(map(len, recording.blocks())) / 44_100 < 3.0
