"""Samples seen where they lie in a file: the same as read, or not seen at all."""

import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.media.memory_map import MAX_HEADER_BYTES, map_samples

NOISE = np.random.default_rng(0).integers(-32768, 32767, (1001, 2), np.int16)


def seen(path):
    with soundfile.SoundFile(path) as file:
        return map_samples(path, file)


def with_chunk(plain: bytes, name: bytes, content: bytes) -> bytes:
    """Put a chunk in front of the format, as recorders do with what they have to say."""
    padded = content + b"\0" * (len(content) % 2)
    body = plain[8:12] + name + struct.pack("<I", len(content)) + padded + plain[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "noise.wav"
    soundfile.write(path, NOISE, 8000)
    return path


def test_plain_numbers_are_seen_and_cannot_be_written(noise):
    """A wave file's samples are those that were written, and stay so."""
    samples = seen(noise)
    assert np.array_equal(samples, NOISE)
    with pytest.raises(ValueError, match="read-only"):
        samples[0, 0] = 1


@given(st.binary(max_size=300))
def test_whatever_stands_in_front_of_them(noise, content):
    """Further chunks, of odd lengths too, move the samples and change nothing."""
    path = noise.with_name("chunk.wav")
    path.write_bytes(with_chunk(noise.read_bytes(), b"LIST", content))
    assert np.array_equal(seen(path), NOISE)


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "FLAC"},
        {"format": "WAV", "subtype": "PCM_24"},
        {"format": "WAV", "subtype": "FLOAT"},
        {"format": "WAV", "subtype": "ULAW"},
        {"format": "AIFF"},
        {"format": "WAV", "endian": "BIG"},
        {"format": "W64"},
    ],
)
def test_what_is_no_plain_number_is_not_seen(tmp_path, settings):
    """Other formats and other widths are left to the library that reads them."""
    soundfile.write(tmp_path / "sound", NOISE, 8000, **settings)
    assert seen(tmp_path / "sound") is None


def test_nor_what_begins_too_late_or_is_empty(noise, tmp_path):
    """A long chunk in front leaves the samples unfound; an empty file has none."""
    late, empty = tmp_path / "late.wav", tmp_path / "empty.wav"
    late.write_bytes(with_chunk(noise.read_bytes(), b"LIST", bytes(MAX_HEADER_BYTES)))
    soundfile.write(empty, np.zeros((0, 1), np.int16), 8000)
    assert seen(late) is None
    assert seen(empty) is None
    assert np.array_equal(Recording(late).envelope(9)[1], Recording(noise).envelope(9)[1])


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 1000])
def test_a_file_that_was_cut_short(noise, tmp_path, cut):
    """As many as there are whole, whatever its header says."""
    path = tmp_path / "cut.wav"
    path.write_bytes(noise.read_bytes()[:-cut])
    assert np.array_equal(seen(path), NOISE[: (len(NOISE) * 4 - cut) // 4])


def test_two_that_disagree(noise, tmp_path):
    """Where the numbers in the file are not what the library reads, the library is believed."""
    other = tmp_path / "other.wav"
    soundfile.write(other, NOISE[::-1], 8000)
    with soundfile.SoundFile(other) as file:
        assert map_samples(noise, file) is None
