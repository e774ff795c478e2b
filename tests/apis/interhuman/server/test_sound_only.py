"""The model that only listens: sound alone, raw or in containers (contract page §2.1, `audio_format`)."""

from __future__ import annotations

import json
import math
from contextlib import asynccontextmanager

import interhumanai
import numpy as np
import pandas as pd
import pytest
from interhumanai.stream import RawAudioFormat
from websockets.asyncio.client import connect

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import NoSound
from emotoolkit.media import audio
from tests.support import footage
from tests.support.in_process_server import here

TALK = ((0.5, 6.0), (7.5, 12.0))


def samples(rate: int, seconds: float = 15.0) -> bytes:
    return np.rint(footage.talking(seconds, TALK, rate) * 32767).astype("<i2").tobytes()


@asynccontextmanager
async def listening(config: str | None, **told):
    """A session with the model that only listens, past its first answers."""
    async with (
        app.serving(Options(**told)) as url,
        connect(url.replace("http", "ws") + messages.PATHS[1] + "?model=inter-2-audio", max_size=None) as wire,
    ):
        await wire.recv()
        if config is not None:
            await wire.send(config)
            assert json.loads(await wire.recv())["type"] == messages.UPDATED
        yield wire


async def rest(wire) -> list[tuple[str, dict]]:
    await wire.send(messages.close())
    return [(each["type"], each["data"]) for each in [json.loads(raw) async for raw in wire]]


RAW = messages.config(messages.INCLUDE, messages.AUDIO_MODEL, 16_000)


@pytest.mark.parametrize("cut", [96_000, 7_777, 480_000])
async def test_raw_sound(cut):
    """Raw samples are one stream of bytes: however they are cut, in the middle of a sample too, the same is found."""
    sound = samples(16_000)
    async with listening(RAW) as wire:
        for at in range(0, len(sound), cut):
            await wire.send(sound[at : at + cut])
        told = await rest(wire)
    found = [each for each in told if each[0] in (messages.SIGNAL_DETECTED, messages.SIGNAL_ENDED)]
    assert [kind for kind, _ in found] == [messages.SIGNAL_DETECTED, messages.SIGNAL_ENDED]
    assert (found[0][1]["signal_type"], found[0][1]["start"], found[1][1]["end"]) == ("hesitation", 6.0, 7.5)
    assert "modality" not in found[0][1]
    kinds = {kind for kind, _ in told}
    assert not kinds & {messages.ERROR, messages.COVERAGE_DEGRADED, messages.COVERAGE_DROPPED}
    periods = [data["timeline"][0] for kind, data in told if kind == messages.QUALITY]
    assert periods[-1]["end"] == 15.0


async def test_raw_sound_at_the_other_rate():
    """24,000 samples a second are put on the same clock."""
    async with listening(messages.config([], messages.AUDIO_MODEL, 24_000)) as wire:
        await wire.send(samples(24_000))
        told = await rest(wire)
    (end,) = [data["end"] for kind, data in told if kind == messages.SIGNAL_ENDED]
    assert end == pytest.approx(7.5, abs=0.02)


async def test_containers_with_sound():
    """A container needs no pictures here, and what pictures it has are not looked at; without sound it is refused."""
    async with listening(None) as wire:
        await wire.send(footage.file("mp4", 9, talk=TALK, pictures=False))
        await wire.send(footage.file("plain", 3, sound=False))
        told = await rest(wire)
    assert [data["code"] for kind, data in told if kind == messages.ERROR] == ["ih5008"]
    assert [data["end"] for kind, data in told if kind == messages.SIGNAL_ENDED] == [7.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (messages.config([], "inter-2", 16_000), "raw sound is for inter-2-audio"),
        (messages.config([], messages.AUDIO_MODEL, 8_000), "audio_format must be pcm_s16le, 16000 or 24000"),
        ('{"audio_format": {"encoding": "opus", "sample_rate": 16000, "channels": 1}}', "audio_format must be"),
        ('{"audio_format": {"encoding": "pcm_s16le", "sample_rate": 16000}}', "audio_format must be"),
        ('{"audio_format": 1}', "audio_format must be"),
    ],
)
async def test_what_is_no_sound(text, said):
    """A form of sound that there is not, or for a model that wants pictures, is refused, and the session lives."""
    async with listening(None) as wire:
        await wire.send(text)
        data = json.loads(await wire.recv())["data"]
        assert (data["code"], said in data["message"]) == ("ih6001", True)
        await wire.send(RAW)
        assert json.loads(await wire.recv())["data"]["model"] == messages.AUDIO_MODEL


async def test_the_form_is_settled_with_the_first_sound():
    """After the first sound its form stays, and naming it again is no change."""
    async with listening(RAW) as wire:
        await wire.send(samples(16_000, 1.0))
        for text, kind in (
            (messages.config([], messages.AUDIO_MODEL, 24_000), messages.ERROR),
            (RAW, messages.UPDATED),
        ):
            await wire.send(text)
            assert json.loads(await wire.recv())["type"] == kind


async def test_v1_knows_no_sound():
    """The first version knows neither key."""
    async with app.serving() as url, connect(url.replace("http", "ws") + messages.PATHS[0]) as wire:
        await wire.recv()
        await wire.send(RAW)
        assert json.loads(await wire.recv())["data"]["code"] == "ih6001"


def test_replay_of_sound_alone(talk, tmp_path):
    """A recording without pictures is replayed as the samples that it has: no still picture, and no warning of one."""
    with here(app.serving(Options(keep=tmp_path))) as local:
        api = emo.Interhuman(url=local.url, model="inter-2-audio")
        replay = emo.replay(talk, api, speed=math.inf, progress=False)
    assert replay.complete
    kept = b"".join(path.read_bytes() for path in sorted(next(tmp_path.iterdir()).iterdir()))
    assert kept == b"".join(packet.data for packet in audio.packets(talk, sampling_rate=16_000))
    assert len(replay.quality) > 4
    assert replay.coverage.empty
    again = emo.Replay.read(replay.journal)
    pd.testing.assert_frame_equal(again.quality, replay.quality)


def test_replay_needs_sound(silent_film):
    """A recording without sound is nothing for it."""
    with pytest.raises(NoSound, match="inter-2-audio"):
        Interhuman(model="inter-2-audio").sessions(silent_film)


def test_faults_by_the_second(talk):
    """Where raw sound comes, the seconds of faults are those of its samples."""
    with here(app.serving(Options(faults=Faults(error="ih6004", error_at=9.0)))) as local:
        api = emo.Interhuman(url=local.url, model="inter-2-audio")
        with pytest.raises(emo.errors.ServerFault) as caught:
            emo.replay(talk, api, speed=8.0, progress=False)
    assert caught.value.replay.summary()["sent"] == pytest.approx(9.0, abs=3.1)


async def test_vendors_own_client():
    """The vendor's own client has a session of raw sound."""
    sound = samples(16_000)
    with here(app.serving()) as local:
        client = interhumanai.InterhumanClient(access_token="ih_live_test", base_url=local.url)
        async with client.stream(api_version="v2", model="inter-2-audio") as stream:
            await stream.wait_for_session_ready()
            form = RawAudioFormat(encoding="pcm_s16le", sample_rate=16_000, channels=1)
            await stream.update_config(audio_format=form)
            for at in range(0, len(sound), 96_000):
                await stream.send_audio(sound[at : at + 96_000])
            await stream.request_close()
            kinds = [event.type async for event in stream]
        assert (await stream.wait_closed()).code == 1000
    assert {"signal.detected", "engagement.updated", "session.ended"} <= set(kinds)
