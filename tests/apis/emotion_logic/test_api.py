"""Emotion Logic as an API: sessions and packets of a recording, and what the toolkit asks of every API."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.wire.columns import UNITS
from emotoolkit.errors import NoSound, NoSuchChannel, SettingsError


def test_one_session_or_one_per_channel(call):
    """A call is one session, or with separate channels one for each, all at a valid rate."""
    assert emo.EmotionLogic().sessions(call) == (emo.EmotionLogic(),)
    separate = emo.EmotionLogic(channels="separate").sessions(call)
    assert [settings.channels for settings in separate] == [0, 1]
    (own,) = emo.EmotionLogic(sampling_rate=None).sessions(call)
    assert own.sampling_rate == call.audio.sampling_rate


def test_recordings_that_do_not_suit(silent_film, talk, counting):
    """A recording without sound, without that channel, or at a rate that the wire does not have is refused."""
    with pytest.raises(NoSound):
        emo.EmotionLogic().sessions(silent_film)
    with pytest.raises(NoSuchChannel):
        emo.EmotionLogic(channels=1).sessions(talk)
    with pytest.raises(SettingsError, match="sampling_rate=12000"):
        emo.EmotionLogic(sampling_rate=None).sessions(counting(12_000, rate=12_000))


@pytest.mark.parametrize(("channels", "samples"), [("mono", 1), ("both", 2), (1, 1)])
def test_packets(call, channels, samples):
    """Packets are as long as asked for, follow each other without a gap, and have the bytes that are estimated."""
    api = emo.EmotionLogic(sampling_rate=8000, channels=channels, packet=0.25)
    packets = list(itertools.islice(api.packets(call, start=1.0), 8))
    assert packets[0].start == 1.0
    assert all(first.end == second.start for first, second in itertools.pairwise(packets))
    assert {len(packet.data) for packet in packets} == {int(0.25 * 8000) * 2 * samples}
    assert api.bytes_per_second(call) == 8000 * 2 * samples


def test_eight_bits(call):
    """8-bit packets are half as large, and each sample is the 16-bit one rounded, around 128."""
    api = emo.EmotionLogic(bits=8, channels="both")
    wide = b"".join(packet.data for packet in emo.EmotionLogic(channels="both").packets(call))
    narrow = b"".join(packet.data for packet in api.packets(call))
    expected = np.clip(np.rint(np.frombuffer(wide, "<i2") / 256), -128, 127)
    assert np.abs(np.frombuffer(narrow, np.uint8) - 128.0 - expected).max() <= 1
    assert api.bytes_per_second(call) == 11_025 * 2


@pytest.mark.parametrize("way", ["replay", "upload"])
def test_other_forms_of_sound_and_answers(talk, voice_server, way):
    """8 bits are measured nearly as 16 are; text gives the very same tables; the report has all segments if asked."""

    def segments(**settings):
        api = emo.EmotionLogic(url=voice_server.url, **settings)
        how = {"speed": float("inf"), "progress": False} if way == "replay" else {}
        return getattr(emo, way)(talk, api, **how)

    plain, text, narrow = segments(), segments(output="text"), segments(bits=8)
    pd.testing.assert_frame_equal(text.segments, plain.segments)
    assert text.report["reports"] == plain.report["reports"]
    assert 0 < narrow.packets["bytes"].sum() < 0.51 * plain.packets["bytes"].sum()
    assert len(narrow.segments) == pytest.approx(len(plain.segments), abs=2)
    assert narrow.segments["energy"].mean() == pytest.approx(plain.segments["energy"].mean(), rel=0.1)
    if way == "replay":
        again = segments(fetch_segments=True, output="text")
        assert "segments" not in plain.report
        assert len(again.report["segments"]["data"]) == len(plain.segments)
        (sent,) = again.began.sessions
        assert (sent["bits"], sent["output"], sent["fetch_segments"]) == (16, "text", True)


@pytest.mark.parametrize("settings", [{"bits": 8}, {"output": "text", "fetch_segments": True}])
def test_they_are_played_from_a_journal(talk, voice_server, settings, tmp_path):
    """A journal with these settings is played like any other: every message comes again."""
    how = {"speed": float("inf"), "progress": False}
    first = emo.replay(talk, emo.EmotionLogic(url=voice_server.url, **settings), journal=tmp_path, **how)
    again = emo.replay(talk, emo.Cassette(first.journal), **how)
    pd.testing.assert_frame_equal(again.segments, first.segments)
    assert again.report == first.report


def test_units():
    """The local server's units are those of its rules; other columns have the vendor's."""
    vendor, local = emo.EmotionLogic.units(local=False), emo.EmotionLogic.units(local=True)
    assert vendor == UNITS
    assert local == UNITS | {rule.column: rule.unit for rule in scoring.RULES}
    assert [measure.name for measure in emo.EmotionLogic.measures()] == [rule.column for rule in scoring.RULES]


def test_where_a_journal_is_played():
    """A server that plays is reached at its own socket.io path, with the query in the address."""
    api = emo.EmotionLogic(path="elsewhere").played_at("http://127.0.0.1:9", "token=x")
    assert (api.url, api.path) == ("http://127.0.0.1:9/?token=x", "socket.io")
    assert emo.EmotionLogic.stage('["analysis-report-ready",{}]') is Stage.LAST
    assert emo.EmotionLogic.stage('["analyzeFile",{}]') is None


def test_upload_as_a_method_is_deprecated(talk, voice_server):
    """The method of version 0.1 still uploads, and says what to call instead."""
    with pytest.warns(DeprecationWarning, match=r"call emo\.upload\(recording, api\) instead"):
        replay = emo.EmotionLogic(url=voice_server.url).upload(talk)
    assert len(replay.segments) > 5
