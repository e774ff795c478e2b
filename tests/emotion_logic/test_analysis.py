"""What the local server makes of a call: measured, and independent of how the bytes came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.emotion_logic import scores
from emotoolkit.emotion_logic.analysis import Call
from emotoolkit.emotion_logic.messages import Handshake
from tests.measure.test_voice import tones

MONO = Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def pcm(samples: np.ndarray) -> bytes:
    """16-bit little-endian bytes of float samples."""
    return np.rint(samples * 32767).astype("<i2").tobytes()


def rows(call: Call, data: bytes) -> list:
    """All rows of a call whose bytes come at once."""
    return call.feed(data) + call.finish()


def column(name: str, row: list) -> float:
    """One cell of a row."""
    return row[scores.COLUMNS.index(name)]


@given(cuts=st.lists(st.integers(0, 120_000), max_size=20))
@settings(deadline=None)
def test_the_stream_may_be_cut_anywhere(cuts):
    """Law: packets of any length, odd ones that cut a sample in half included, give the same rows."""
    data = pcm(tones((0.5, 1.2), (2.0, 4.5), seconds=5.2))
    call, got, at = Call(MONO), [], 0
    for cut in sorted({*cuts, len(data)}):
        got += call.feed(data[at:cut])
        at = max(at, cut)
    assert got + call.finish() == rows(Call(MONO), data)


def test_positions_count_bytes():
    """A second is as many bytes as the handshake announced, however long it took to come."""
    call = Call(MONO)
    call.feed(bytes(2 * 11_025 * 3))
    assert call.seconds == 3.0


def test_index_counts_per_channel():
    """Each channel has its own counter, from 1."""
    left, right = tones((0.5, 1.5), (2.5, 3.5), seconds=5), tones((1.0, 2.0), seconds=5)
    stereo = Handshake(channels=2, background_noise=1000, bits=16, sampling_rate=11_025)
    got = rows(Call(stereo), pcm(np.stack([left, right], axis=1)))
    assert [(column("channel", row), column("index", row)) for row in got if column("channel", row) == 0] == [
        (0, 1),
        (0, 2),
    ]
    assert [column("startPosSec", row) for row in got if column("channel", row) == 1] == [pytest.approx(1.0, abs=0.02)]


def test_louder_is_more():
    """`energy` is dB above −50 dBFS, `voiceEnergy` the RMS on the 16-bit scale: 6 dB louder is twice the amplitude."""
    (quiet,) = rows(Call(MONO), pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.2)))
    (loud,) = rows(Call(MONO), pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.4)))
    assert column("energy", loud) - column("energy", quiet) == pytest.approx(6.02, abs=0.02)
    assert column("voiceEnergy", loud) == pytest.approx(0.4 / 2**0.5 * 32768, rel=0.01)


def test_clipped_segments_are_not_valid():
    """A stretch with a sample at full scale is not a valid segment."""
    (fine,) = rows(Call(MONO), pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.9)))
    (clipped,) = rows(Call(MONO), pcm(np.clip(tones((0.5, 1.5), seconds=2.5, amplitude=2.0), -1, 1)))
    assert (column("validSegment", fine), column("validSegment", clipped)) == (1, 0)


def test_eight_bits():
    """8-bit samples are unsigned around 128."""
    eight = Handshake(channels=1, background_noise=1000, bits=8, sampling_rate=11_025)
    samples = tones((0.5, 1.5), seconds=2.5)
    (row,) = rows(Call(eight), np.rint(samples * 127 + 128).astype(np.uint8).tobytes())
    assert column("voiceEnergy", row) == pytest.approx(0.5 / 2**0.5 * 32768, rel=0.02)


def test_background_noise_raises_the_threshold():
    """A noisier room, as announced, hides a quiet voice."""
    data = pcm(tones((0.5, 1.5), seconds=2.5, amplitude=0.1))
    assert len(rows(Call(MONO), data)) == 1
    assert rows(Call(Handshake(1, 4000, 16, 11_025)), data) == []


def test_report():
    """The report sums up what was measured, weighted by length, and has nothing else."""
    call = Call(MONO)
    got = rows(call, pcm(tones((0.5, 1.5), (3.0, 3.6), seconds=65.0)))
    report = call.report()
    assert report["summary"]["channel-0"]["segmentsCount"] == 2
    assert report["summary"]["channel-0"]["callLength"] == {"minutes": 1, "seconds": 5}
    wanted = (column("energy", got[0]) * 1.0 + column("energy", got[1]) * 0.6) / 1.6
    assert report["channel-0"]["profile"]["energy"]["averageLevel"] == pytest.approx(wanted, abs=1e-3)


def test_report_of_silence():
    """Where nobody spoke there are no averages."""
    call = Call(MONO)
    call.feed(bytes(22_050))
    assert call.report() == {
        "channel-0": {},
        "summary": {"channel-0": {"segmentsCount": 0, "callLength": {"minutes": 0, "seconds": 1}}},
    }


def test_every_rule_says_its_formula():
    """Each column that is sent has a unit and a formula in words."""
    for rule in scores.RULES:
        assert rule.unit
        assert rule.formula
    assert list(scores.COLUMNS[:4]) == ["index", "channel", "startPosSec", "endPosSec"]
