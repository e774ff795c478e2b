"""PCM packets: every sample, in order, once, whatever the packets' length."""

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.errors import NoSound, NoSuchChannel
from emotoolkit.media import audio
from tests.support.examples import examples


def joined(packets) -> np.ndarray:
    """All samples of some packets."""
    return np.frombuffer(b"".join(packet.data for packet in packets), "<i2")


def test_every_sample_once(counting):
    """At the recording's own rate the bytes are the file's own samples: sample k has the value k."""
    recording = counting(200_000)
    got = joined(audio.packets(recording)).view(np.uint16)
    assert np.array_equal(got, np.arange(200_000).astype(np.uint16))


@given(length=st.floats(0.02, 2.0))
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_length_changes_no_byte(talk, length):
    """Law: whatever the packet length, the bytes together are the same, and the packets have no gap."""
    packets = list(audio.packets(talk, length=length))
    assert np.array_equal(joined(packets), joined(audio.packets(talk)))
    assert packets[0].start == 0
    for before, after in zip(packets, packets[1:], strict=False):
        assert before.end == after.start
        assert len(before.data) == 2 * round(length * 11_025)


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_the_length(talk, rate):
    """At each legal rate there are as many samples as the duration says, and a packet's times are its samples'."""
    packets = list(audio.packets(talk, sampling_rate=rate))
    samples = joined(packets)
    assert len(samples) == round(talk.duration * rate)
    assert packets[-1].end == pytest.approx(len(samples) / rate)


def test_resampling_keeps_the_sound(tmp_path):
    """A tone of 1 kHz at 44.1 kHz is the same tone at 11025 Hz, within 0.1 % of full scale."""
    import soundfile

    from emotoolkit import Recording

    time = np.arange(44_100) / 44_100
    soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * time), 44_100, subtype="PCM_16")
    got = joined(audio.packets(Recording(tmp_path / "tone.wav"))) / 32768
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(got)) / 11_025)
    assert np.abs(got - wanted)[200:-200].max() < 1e-3


def test_both_channels_are_interleaved(counting):
    """`both` sends left and right in turn, left first."""
    got = joined(audio.packets(counting(1000, channels=2), channels="both")).view(np.uint16).reshape(-1, 2)
    assert np.array_equal(got[:, 0], np.arange(1000))
    assert np.array_equal(got[:, 1], np.arange(1000) + 1)


def test_one_channel(counting):
    """A number takes that channel alone."""
    got = joined(audio.packets(counting(1000, channels=2), channels=1)).view(np.uint16)
    assert np.array_equal(got, np.arange(1000) + 1)


def test_mono_is_the_mean(counting):
    """`mono` takes the mean of all channels, rounded to whole steps (half to even)."""
    got = joined(audio.packets(counting(1000, channels=3), channels="mono")).view(np.uint16)
    assert np.array_equal(got, np.arange(1000) + 1)


@pytest.mark.parametrize("channels", ["mono", "both", 1])
def test_stored_or_converted_makes_no_difference(tmp_path, channels):
    """16-bit samples are sent as they are stored: the same bytes as those of a file that holds them as floats."""
    sound = np.random.default_rng(0).integers(-32768, 32768, (200_000, 2)).astype(np.int16)
    soundfile.write(tmp_path / "stored.wav", sound, 16_000, subtype="PCM_16")
    soundfile.write(tmp_path / "floats.wav", sound / 32768, 16_000, subtype="FLOAT")
    stored, floats = (Recording(tmp_path / f"{name}.wav") for name in ("stored", "floats"))
    assert stored.pcm16() is not None
    assert floats.pcm16() is None
    ours, theirs = (
        list(audio.packets(each, sampling_rate=None, channels=channels, start=1.5)) for each in (stored, floats)
    )
    assert ours == theirs


def test_start(counting):
    """Packets can begin in the middle; their times are still the recording's."""
    packets = list(audio.packets(counting(22_050), start=0.5))
    assert packets[0].start == 0.5
    assert joined(packets)[0] == round(0.5 * 11_025)
    assert packets[-1].end == pytest.approx(2.0, abs=1e-4)


def test_no_such_channel(counting):
    """Asking for a channel that is not there says how many there are."""
    for wanted in ("both", 1, 7):
        with pytest.raises(NoSuchChannel, match=r"has 1 channel\(s\)"):
            next(audio.packets(counting(100), channels=wanted))


def test_no_sound(silent_film):
    """A film without sound has no packets for an API that hears."""
    with pytest.raises(NoSound):
        next(audio.packets(silent_film))


def test_video_sound_is_like_any_other(interview):
    """The sound of a video file comes out whole."""
    packets = list(audio.packets(interview, sampling_rate=48_000))
    assert len(joined(packets)) == 1_536_000
