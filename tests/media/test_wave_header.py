"""Sizes in a WAV file's header, beside what the file has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from emotoolkit.media.wave_header import read_wave_sizes
from tests.support.odd_files import patched, wave_size

if TYPE_CHECKING:
    from pathlib import Path

HEAD = b"RIFF\0\0\0\0WAVE"


@pytest.mark.parametrize(
    ("size", "behind", "declared", "found", "promised"),
    [
        (None, b"", 32_000, 32_000, None),
        (0, b"", 0, 32_000, 0.0),
        (16_000, b"", 16_000, 32_000, 0.5),
        (64_000, b"", 64_000, 32_000, 2.0),
        (0xFFFFFFFF, b"", None, 32_000, None),
        (0x7FFFF000, b"", None, 32_000, None),
        (None, b"LIST\x04\0\0\0INFO", 32_000, 32_000, None),
        (None, bytes(9000), 32_000, 32_000, None),
        (None, b"id3 ", 32_000, 32_000, None),
        (None, bytes(range(128, 256)) * 99, 32_000, 44_672, 32_000 / 44_672),
    ],
)
def test_sizes(
    tmp_path: Path, size: int | None, behind: bytes, declared: int | None, found: int, promised: float | None
) -> None:
    """What the header says is believed only where chunks, zeros or nothing follow; unknown is no promise."""
    path = tmp_path / "a.wav"
    noise = np.random.default_rng(1).integers(-9000, 9000, 16_000).astype(np.int16)
    soundfile.write(path, noise, 16_000, subtype="PCM_16")
    patched(path, wave_size(size))
    path.write_bytes(path.read_bytes() + behind)
    sizes = read_wave_sizes(path)
    assert sizes is not None
    assert (sizes.declared, sizes.found, sizes.byte_rate) == (declared, found, 32_000)
    assert sizes.promised(1.0) == pytest.approx(promised)
    assert sizes.seconds == found / 32_000


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0AVI ", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd"]
)
def test_no_sizes(tmp_path: Path, data: bytes) -> None:
    """A file without that header, or without a rate in it, has none."""
    (tmp_path / "a.wav").write_bytes(data)
    assert read_wave_sizes(tmp_path / "a.wav") is None
