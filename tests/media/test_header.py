"""Headers: what a file says of itself, read in the quickest way that is right."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest

from emotoolkit import Recording
from emotoolkit.errors import EmptyRecording, NotMedia
from emotoolkit.media import header
from tests.support.media_files import film, tone


@pytest.mark.parametrize("ending", ["mp4", "mov", "m4a"])
def test_tables_tell_what_decoders_tell(tmp_path, sample, monkeypatch, ending):
    """A film's tables are believed only where decoding would say the same."""
    paths = [tone(tmp_path / f"{rate}.{ending}", "aac", rate, seconds=2.0, silent=0.5) for rate in (16_000, 44_100)]
    if ending != "m4a":
        paths += [film(tmp_path / f"film.{ending}", "libx264", "aac", seconds=2.0), sample / "interview.mp4"]
    quick = [header.read_header(path.name, path) for path in paths]
    monkeypatch.setattr(header, "MP4_SUFFIXES", frozenset())
    assert quick == [header.read_header(path.name, path) for path in paths]


def test_opening_a_film_decodes_nothing(sample, monkeypatch):
    """The facts of ten thousand films are read in seconds, since their tables tell everything."""
    options, opened = [], av.open

    def noted(place, mode="r", **how):
        if mode == "r":  # what is written, into memory, is the name of a layout
            options.append(how.get("options"))
        return opened(place, mode, **how)

    monkeypatch.setattr(av, "open", noted)
    Recording(sample / "interview.mp4")
    assert options == [{"codec_whitelist": "none"}]


def test_a_track_that_begins_later_says_so(tmp_path):
    """The start of a track is media time, counted from the first moment of the file."""
    path = film(tmp_path / "late.mkv", "libx264", "aac", seconds=2.0, late=0.5)
    facts = header.read_header("late.mkv", path)
    assert facts["video"].start == pytest.approx(0.0, abs=0.05)
    assert facts["audio"].start == pytest.approx(0.5, abs=0.05)


def test_a_file_without_a_duration_is_read_through(tmp_path):
    """Plain AAC has no duration: its packets are counted, also where it begins with silence."""
    path = tone(tmp_path / "tone.aac", "aac", 44_100, seconds=3.0, silent=2.0)
    assert header.read_header("tone.aac", path)["duration"] == pytest.approx(3.0, abs=0.06)


@pytest.mark.parametrize(
    ("average", "base", "time_base", "rate"),
    [
        (Fraction(25), Fraction(25), Fraction(1, 12_800), 25.0),
        (None, Fraction(30), Fraction(1, 90_000), 30.0),
        (None, None, Fraction(1, 1000), 0.0),
        (Fraction(1000), Fraction(1000), Fraction(1, 1000), 0.0),
    ],
)
def test_ticks_are_no_frame_rate(average, base, time_base, rate):
    """A container that counts milliseconds may say 1000 pictures a second: that is its clock, not its rate."""
    stream = SimpleNamespace(average_rate=average, base_rate=base, time_base=time_base)
    assert header.frame_rate(stream) == rate


def test_what_is_no_recording_says_why(tmp_path):
    """Text is no film of a terminal, and nothing is an empty recording."""
    (tmp_path / "notes.txt").write_text("not a recording\n" * 100)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(NotMedia, match=r"notes\.txt"):
        header.read_header("notes.txt", tmp_path / "notes.txt")
    with pytest.raises(EmptyRecording, match=r"empty\.mp4"):
        header.read_header("empty.mp4", tmp_path / "empty.mp4")


def test_many_threads_may_read_headers_at_once(sample):
    """Soundfile's bindings are made once before, so that no two threads make them together."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: header.read_header("talk.wav", sample / "talk.wav"), range(32)))
    assert all(each == found[0] for each in found)
    assert found[0]["audio"] == header.AudioTrack("wav pcm_16", 16_000, 1)
