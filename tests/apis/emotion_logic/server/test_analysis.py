"""What the local server makes of a call: measured, and independent of how the bytes came."""

import json
import tracemalloc
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.server.analysis import CallAnalysis
from emotoolkit.apis.emotion_logic.wire.messages import Handshake
from tests.measure.test_voice import tones
from tests.support.examples import examples
from tests.support.voices import pink, utterances, vowel, white

MONO = Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def pcm(samples: np.ndarray) -> bytes:
    """16-bit little-endian bytes of float samples."""
    return np.rint(samples * 32767).astype("<i2").tobytes()


def rows(call: CallAnalysis, data: bytes) -> list:
    """All rows of a call whose bytes come at once."""
    return call.feed(data) + call.finish()


def column(name: str, row: list) -> float:
    """One cell of a row."""
    return row[scoring.COLUMNS.index(name)]


@cache
def in_one_piece():
    """The bytes of a stream, and the rows that they give."""
    data = pcm(tones((0.5, 1.2), (2.0, 4.5), seconds=5.2))
    return data, rows(CallAnalysis(MONO), data)


@given(cuts=st.lists(st.integers(0, 120_000), max_size=20))
@settings(max_examples=examples(60))
def test_the_stream_may_be_cut_anywhere(cuts):
    """Law: packets of any length, odd ones that cut a sample in half included, give the same rows."""
    data, whole = in_one_piece()
    call, got, at = CallAnalysis(MONO), [], 0
    for cut in sorted({*cuts, len(data)}):
        got += call.feed(data[at:cut])
        at = max(at, cut)
    assert got + call.finish() == whole


def test_positions_count_bytes():
    """A second is as many bytes as the handshake announced, however long it took to come."""
    call = CallAnalysis(MONO)
    call.feed(bytes(2 * 11_025 * 3))
    assert call.seconds == 3.0


def test_index_counts_per_channel():
    """Each channel has its own counter, from 1."""
    left, right = tones((0.5, 1.5), (2.5, 3.5), seconds=5), tones((1.0, 2.0), seconds=5)
    stereo = Handshake(channels=2, background_noise=1000, bits=16, sampling_rate=11_025)
    got = rows(CallAnalysis(stereo), pcm(np.stack([left, right], axis=1)))
    assert [(column("channel", row), column("index", row)) for row in got if column("channel", row) == 0] == [
        (0, 1),
        (0, 2),
    ]
    assert [column("startPosSec", row) for row in got if column("channel", row) == 1] == [pytest.approx(1.0, abs=0.02)]


def test_louder_is_more():
    """`energy` is dB above −50 dBFS, `voiceEnergy` the RMS on the 16-bit scale: 6 dB louder is twice the amplitude."""
    (quiet,) = rows(CallAnalysis(MONO), pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.2)))
    (loud,) = rows(CallAnalysis(MONO), pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.4)))
    assert column("energy", loud) - column("energy", quiet) == pytest.approx(6.02, abs=0.02)
    assert column("voiceEnergy", loud) == pytest.approx(0.4 / 2**0.5 * 32768, rel=0.01)


def test_clipped_segments_are_not_valid():
    """After the calibration, a stretch with a sample at full scale is not a valid segment."""
    before = tones((0.5, 10.6), seconds=12, amplitude=0.5)
    fine, clipped = tones((0.5, 1.5), seconds=2.5, amplitude=0.9), tones((0.5, 1.5), seconds=2.5, amplitude=2.0)
    *_, first, second = rows(CallAnalysis(MONO), pcm(np.clip(np.concatenate([before, fine, clipped]), -1, 1)))
    assert (column("validSegment", first), column("validSegment", second)) == (1, 0)


def test_calibration_is_marked():
    """Segments of a speaker's first 10 s of voice are not valid, each channel counted for itself; later ones are."""
    left, right = tones((0.5, 30.0), seconds=31), tones((0.5, 9.0), (28.0, 29.9), seconds=31)
    stereo = Handshake(channels=2, background_noise=1000, bits=16, sampling_rate=11_025)
    got = rows(CallAnalysis(stereo), pcm(np.stack([left, right], axis=1)))
    for channel, there in ((0, [0] * 5 + [1] * 10), (1, [0] * 6)):
        assert [column("validSegment", row) for row in got if column("channel", row) == channel] == there


def test_the_end_of_long_speech_is_too_short_to_be_valid():
    """The last 0.2 s of longer speech are sent, and are not a valid segment."""
    *_, last = rows(CallAnalysis(MONO), pcm(tones((0.5, 20.7), seconds=22)))
    assert (column("startPosSec", last), column("endPosSec", last)) == (20.5, 20.7)
    assert column("validSegment", last) == 0


def test_eight_bits():
    """8-bit samples are unsigned around 128."""
    eight = Handshake(channels=1, background_noise=1000, bits=8, sampling_rate=11_025)
    samples = tones((0.5, 1.5), seconds=2.5)
    (row,) = rows(CallAnalysis(eight), np.rint(samples * 127 + 128).astype(np.uint8).tobytes())
    assert column("voiceEnergy", row) == pytest.approx(0.5 / 2**0.5 * 32768, rel=0.02)


def test_background_noise_raises_the_threshold():
    """A noisier room, as announced, hides a quiet voice."""
    data = pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.1))
    assert len(rows(CallAnalysis(MONO), data)) == 1
    assert rows(CallAnalysis(Handshake(1, 4000, 16, 11_025)), data) == []


def test_report():
    """The report sums up what was measured, weighted by length, and has nothing else."""
    call = CallAnalysis(MONO)
    got = rows(call, pcm(tones((0.5, 1.5), (3.0, 3.6), seconds=65.0)))
    report = call.report()
    assert report["summary"]["channel-0"]["segmentsCount"] == 2
    assert report["summary"]["channel-0"]["callLength"] == {"minutes": 1, "seconds": 5}
    wanted = (column("energy", got[0]) * 1.0 + column("energy", got[1]) * 0.6) / 1.6
    assert report["channel-0"]["profile"]["energy"]["averageLevel"] == pytest.approx(wanted, abs=1e-3)


def test_report_of_silence():
    """Where nobody spoke there are no averages."""
    call = CallAnalysis(MONO)
    call.feed(bytes(22_050))
    assert call.report() == {
        "channel-0": {},
        "summary": {"channel-0": {"segmentsCount": 0, "callLength": {"minutes": 0, "seconds": 1}}},
    }


def speech(rate: int = 16_000) -> np.ndarray:
    """Three utterances with pauses."""
    quiet = np.zeros(16_000)
    parts = np.concatenate([quiet, *(part for n in (1, 2, 4) for part in (utterances()[n], quiet))])
    return np.interp(np.arange(len(parts) * rate // 16_000) * 16_000 / rate, np.arange(len(parts)), parts)


BAD = {
    "clipped": np.clip(20 * speech(), -1, 1),
    "a constant": 0.5 * speech() + 0.4,
    "zeros": np.zeros(48_000),
    "a constant alone": np.full(48_000, 0.7),
    "full scale": np.where(np.arange(48_000) % 160 < 80, 1.0, -1.0),
    "white noise": white(160_000, 0.2),
    "pink noise": pink(160_000, 0.2),
    "reversed": speech()[::-1],
    "a click": np.where(np.arange(48_000) == 24_000, 0.9, 0.0),
    "a sample": np.full(1, 0.5),
    "nothing": np.zeros(0),
    "a very high voice": np.pad(vowel(900), 16_000),
    "a very low voice": np.pad(vowel(40), 16_000),
}
"""Sound at 16 kHz that is not as it should be."""


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize(("bits", "rate"), [(16, 16_000), (8, 6000)])
def test_bad_sound_gives_numbers_or_nothing(what, bits, rate):
    """Whatever comes, every number on the wire is one, within its range, and noise and silence give none."""
    there = Handshake(channels=2, background_noise=1000, bits=bits, sampling_rate=rate)
    samples = BAD[what][:: 16_000 // rate]
    both = np.clip(np.stack([samples, np.zeros(len(samples))], axis=1), -1, 1)
    call = CallAnalysis(there)
    got = rows(call, pcm(both) if bits == 16 else np.rint(both * 127 + 128).astype(np.uint8).tobytes())
    assert json.loads(json.dumps([got, call.report()], allow_nan=False))
    assert {column("channel", row) for row in got} <= {0}
    for name in ("stress", "uncertainty", "excitement", "hesitation", "arousal"):
        assert all(0 <= column(name, row) <= 30 for row in got)
    if "noise" in what or what in ("zeros", "a constant alone", "a click", "a sample", "nothing"):
        assert got == []
    if what in ("clipped", "a constant", "reversed"):
        assert got


@pytest.mark.parametrize("rate", [11_025, 48_000])
def test_a_call_is_small(rate):
    """In the middle of speech a call holds less than 5 MB, at the highest rate too."""
    data = pcm(vowel(140, 9.0, rate))
    tracemalloc.start()
    call = CallAnalysis(Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=rate))
    for at in range(0, len(data), 2 * rate // 5):
        call.feed(data[at : at + 2 * rate // 5])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5_000_000


def test_report_of_a_long_call():
    """After the calibration the profile has what is relative to it, its bands add up, and the diamond is whole."""
    call = CallAnalysis(Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=16_000))
    got = rows(call, pcm(np.concatenate([speech(), speech()])))
    assert any(column("validSegment", row) for row in got)
    channel = call.report()["channel-0"]
    assert set(channel["profile"]) == {"energy", "stress", "uncertainty", "excitement", "hesitation", "arousal"}
    stress = channel["profile"]["stress"]
    assert sum(value for name, value in stress.items() if name.endswith("Percentage")) == pytest.approx(100, abs=0.3)
    assert set(channel["edp"]) == {"EDP-Energetic", "EDP-Stressful", "EDP-Confident", "EDP-Hesitation"}
    assert all(isinstance(value, int) and 0 <= value <= 100 for value in channel["edp"].values())
