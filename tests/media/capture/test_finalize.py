"""Remuxing: a recorder's raw file becomes one with a duration, and nothing else changes."""

import av
import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.media.capture.finalize import finalize_file
from emotoolkit.media.capture.webm_writer import WebmWriter
from tests.support.clips import numbered_clip, numbered_picture


@pytest.fixture
def clip(tmp_path):
    """A short finished clip."""
    return numbered_clip(tmp_path / "clip.mp4", seconds=1, audio=None)


@pytest.fixture
def raw(tmp_path):
    """A WebM as a recorder writes it: one second of pictures and sound, without a duration."""
    path = tmp_path / "raw.webm"
    with path.open("wb") as file:
        writer = WebmWriter(file, rate=25, channels=1)
        for number in range(25):
            image = np.repeat(numbered_picture(number)[:, :, None], 3, axis=2)
            writer.write_picture(number / 25, image)
            writer.write_sound(np.zeros((1920, 1), np.float32))
        writer.close()
    return path


def packets(path):
    """Track, time and bytes of each packet."""
    with av.open(str(path)) as container:
        found = [(each.stream.type, each.pts, bytes(each)) for each in container.demux() if each.size]
    return sorted(found)


def test_a_finished_file_stays(clip):
    """Finishing keeps a file that has a duration, and one that cannot be read."""
    before = clip.path.with_suffix(".txt")
    before.write_bytes(b"not media")
    finalize_file(before)
    assert before.read_bytes() == b"not media"
    assert not list(before.parent.glob("*.finished"))


def test_a_raw_file_gets_a_duration_and_keeps_its_packets(raw):
    """Every packet is there, with the same bytes at the same time; the header knows the length."""
    before = packets(raw)
    with av.open(str(raw)) as container:
        assert container.duration is None
    finalize_file(raw)
    assert packets(raw) == before
    assert Recording(raw).duration == pytest.approx(1.0, abs=0.05)
    assert not list(raw.parent.glob("*.finished"))


def test_finalizing_twice_changes_nothing_more(raw):
    """A file with a duration is left as it is."""
    finalize_file(raw)
    once = raw.read_bytes()
    finalize_file(raw)
    assert raw.read_bytes() == once
