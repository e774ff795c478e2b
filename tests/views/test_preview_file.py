"""Which files browsers play, and the preview of those that they do not."""

from __future__ import annotations

import av
import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.views.preview_file import MAX_SIDE_PX, is_playable, write_preview
from tests.support.media_files import film, talking_film, tone


@pytest.mark.parametrize(
    ("name", "codecs", "expected"),
    [
        ("a.mp4", ("libx264", "aac"), True),
        ("a.webm", ("libvpx", "libopus"), True),
        ("a.mp4", ("mpeg4", "aac"), False),
        ("a.avi", ("mpeg4", "mp3"), False),
        ("a.mp4", ("libx264", None), True),
    ],
)
def test_what_browsers_play(tmp_path, name, codecs, expected):
    """It is decided by container and codecs, not by the suffix."""
    rate = 48_000 if name.endswith("webm") else 44_100
    assert is_playable(Recording(film(tmp_path / name, *codecs, rate, seconds=1.0))) is expected


def test_sound_that_browsers_play(talk, tmp_path):
    """A WAV file of PCM is played as it is; one of another codec is not."""
    assert is_playable(talk)
    assert not is_playable(Recording(tone(tmp_path / "a.wav", "adpcm_ms", 44_100, seconds=1.0)))


def test_browsers_play_the_first_track(tmp_path):
    """Where another track is taken, a preview has that one."""
    path = talking_film(tmp_path / "a.mp4", [np.zeros(16_000)] * 2, 16_000)
    assert is_playable(Recording(path))
    assert not is_playable(Recording(path, track=2))


@pytest.mark.parametrize("sound", ["mp3", None])
def test_a_film_as_preview(tmp_path, sound):
    """The preview is WebM of VP8 and Opus, as long as the recording, and reports its progress up to the end."""
    recording = Recording(film(tmp_path / "a.avi", "mpeg4", sound, seconds=3.0))
    reached: list[float] = []
    write_preview(recording, tmp_path / "preview.webm", reached.append)
    preview = Recording(tmp_path / "preview.webm")
    assert is_playable(preview)
    assert preview.duration == pytest.approx(recording.duration, abs=0.1)
    assert (preview.audio is None) is (sound is None)
    assert preview.video is not None
    assert max(preview.video.width, preview.video.height) <= MAX_SIDE_PX
    assert max(reached) == pytest.approx(3.0, abs=0.2)


def test_sound_as_preview(call, tmp_path):
    """A recording without pictures is a preview of Opus alone."""
    write_preview(call, tmp_path / "preview.webm", lambda _: None)
    with av.open(str(tmp_path / "preview.webm")) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["opus"]


def test_a_cancelled_preview_leaves_nothing(tmp_path):
    """If the report of progress raises, writing ends and there is no file, not even a part of one."""
    recording = Recording(film(tmp_path / "a.avi", "mpeg4", None, seconds=3.0))
    folder = tmp_path / "preview"
    folder.mkdir()

    def cancel(moment):
        if moment > 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_preview(recording, folder / "preview.webm", cancel)
    assert list(folder.iterdir()) == []
