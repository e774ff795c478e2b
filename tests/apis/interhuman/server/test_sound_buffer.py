"""One signal of the sound of a session."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ
from emotoolkit.apis.interhuman.server.sound_buffer import MAX_PADDING_S, SoundBuffer, mono
from tests.support.examples import examples


def test_eight_channels_are_heard(tmp_path):
    """Sound of eight channels, each a plane of its own, is the mean of these, with nothing beside them in memory."""
    path = tmp_path / "seven_one.mka"
    tone = np.sin(2 * np.pi * 440 * np.arange(SAMPLING_RATE_HZ) / SAMPLING_RATE_HZ) * 8000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=SAMPLING_RATE_HZ, layout="7.1")
        frame = av.AudioFrame.from_ndarray(np.repeat(tone.astype(np.int16), 8)[None], format="s16", layout="7.1")
        frame.sample_rate = SAMPLING_RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    with av.open(str(path)) as container:
        heard = np.concatenate([mono(frame) for frame in container.decode(audio=0)])
    assert len(heard) >= SAMPLING_RATE_HZ
    assert np.std(heard[SAMPLING_RATE_HZ // 4 : SAMPLING_RATE_HZ // 2]) == pytest.approx(
        np.std(tone) / 32768 * 7 / 8, rel=0.05
    )  # one is bass


def frame(samples, rate: int = SAMPLING_RATE_HZ) -> av.AudioFrame:
    """A frame of mono sound."""
    made = av.AudioFrame.from_ndarray(np.asarray(samples, np.float32)[None], format="flt", layout="mono")
    made.sample_rate = rate
    return made


def signal(buffer: SoundBuffer, frames, tolerance: float = 0.002):
    """All samples of frames, given with their times."""
    pieces = [piece for time, each in frames for piece in buffer.put(time, each, tolerance)]
    return np.concatenate([*pieces, *buffer.finish()])


NOISE = np.random.default_rng(3).uniform(-0.5, 0.5, SAMPLING_RATE_HZ).astype(np.float32)


@given(st.lists(st.integers(1, len(NOISE) - 1), max_size=8, unique=True).map(sorted))
def test_cuts_do_not_matter(cuts):
    """Law: however sound is cut into frames, the signal is the same, to the bit."""
    parts = np.split(NOISE, cuts)
    starts = np.cumsum([0, *map(len, parts)]) / SAMPLING_RATE_HZ
    buffer = SoundBuffer()
    assert np.array_equal(signal(buffer, zip(starts, map(frame, parts), strict=False)), NOISE)
    assert buffer.end == 1.0


@settings(max_examples=examples(20))
@given(st.lists(st.integers(1, 47_999), max_size=6, unique=True).map(sorted))
def test_resampling_has_no_seams(cuts):
    """Law: the same of sound at another rate, which is resampled as one signal."""
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    parts = np.split(tone, cuts)
    starts = np.cumsum([0, *map(len, parts)]) / 48_000
    made = signal(SoundBuffer(), ((start, frame(part, 48_000)) for start, part in zip(starts, parts, strict=False)))
    expected = np.sin(2 * np.pi * 440 * np.arange(SAMPLING_RATE_HZ) / SAMPLING_RATE_HZ)
    assert len(made) == SAMPLING_RATE_HZ
    assert np.abs(made - expected)[500:-500].max() < 1e-3


@pytest.mark.parametrize("hole", [0.001, 0.25, 2.7])
def test_holes_become_silence(hole):
    """A hole longer than the tolerance is filled with as much silence; a shorter one is rounding."""
    made = signal(SoundBuffer(), [(0.0, frame(NOISE)), (1.0 + hole, frame(NOISE))])
    silence = round(hole * SAMPLING_RATE_HZ) if hole > 0.002 else 0
    assert len(made) == 2 * len(NOISE) + silence
    assert not made[len(NOISE) : len(NOISE) + silence].any()
    assert np.array_equal(made[len(NOISE) + silence :], NOISE)


def test_padding_can_be_removed():
    """The last tenth of a second is held back and can be taken off; more than that cannot."""
    buffer = SoundBuffer()
    pieces = list(buffer.put(0.0, frame(NOISE), 0.002))
    assert not buffer.trim(MAX_PADDING_S + 0.01)
    assert buffer.trim(0.06)
    assert buffer.end == pytest.approx(0.94)
    assert np.array_equal(np.concatenate([*pieces, *buffer.finish()]), NOISE[: round(0.94 * SAMPLING_RATE_HZ)])


def test_a_changing_rate_keeps_the_end():
    """Where the sampling rate changes, the second at which sound ends stays what it was."""
    buffer = SoundBuffer()
    frames = [(0.0, frame(NOISE)), (1.0, frame(np.zeros(22_050), 44_100)), (1.5, frame(NOISE[:8000]))]
    assert len(signal(buffer, frames)) == pytest.approx(2 * SAMPLING_RATE_HZ, abs=2)
    assert buffer.end == 2.0


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        ("u8", [0, 128, 255], [-1, 0, 127 / 128]),
        ("s16", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("s32", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        ("flt", [-1, 0, 0.5], [-1, 0, 0.5]),
    ],
)
def test_mono_is_the_mean_in_unit_range(form, values, expected):
    """Samples of each format are scaled alike, and a frame of two channels is their mean."""
    dtype = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "flt": np.float32}[form]
    both = np.repeat(np.array(values, dtype), 2)[None]
    assert mono(av.AudioFrame.from_ndarray(both, format=form, layout="stereo")) == pytest.approx(expected)
