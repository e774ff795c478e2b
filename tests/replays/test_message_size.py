"""A message of a server has a bound, for both APIs: a larger one is a sentence, and what had come before is kept."""

from __future__ import annotations

import json
import math
import threading
from contextlib import contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.client.upload import UPLOAD_PATH
from emotoolkit.apis.interhuman.client.http_client import AUTH_PATH
from emotoolkit.datasets.batch.retries import may_retry
from emotoolkit.errors import MessageTooLarge, SettingsError
from tests.support.scripted_emotion_logic import Scripted, serving
from tests.support.stub_server import answering

LIMIT_MB = 0.05
FITS, TOO_LARGE = "x" * 40_000, "x" * 60_000


class Verbose(Scripted):
    """An Emotion Logic server that says something large, then something too large."""

    async def complete(self, sid):
        await self.emit("weather", FITS, to=sid)
        await self.emit("weather", TOO_LARGE, to=sid)


@contextmanager
def verbose_interhuman(parts: int = 1):
    """The same of Interhuman, its last message in so many frames."""

    def script(wire):
        wire.recv()
        wire.send(json.dumps({"type": "weather.updated", "data": FITS}))
        wire.send([TOO_LARGE[: len(TOO_LARGE) // parts]] * parts if parts > 1 else TOO_LARGE)
        with suppress(ConnectionClosed):
            for _ in wire:
                pass

    with serve(script, "127.0.0.1", 0, max_size=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


@contextmanager
def verbose_emotion_logic():
    """An address of `Verbose`."""
    with serving(Verbose()) as url:
        yield url


@pytest.mark.parametrize(
    ("kind", "server"),
    [
        (emo.EmotionLogic, verbose_emotion_logic),
        (emo.Interhuman, verbose_interhuman),
        (emo.Interhuman, lambda: verbose_interhuman(6)),
    ],
    ids=["emotion_logic", "interhuman", "interhuman in frames"],
)
def test_a_message_that_is_too_large(kind, server, talk, interview, tmp_path):
    """The replay ends in a sentence with the limit and the setting; the message before it is in the events."""
    recording = talk if kind is emo.EmotionLogic else interview
    with server() as url:
        api = kind(url=url, max_message_mb=LIMIT_MB, timeout=5.0)
        with pytest.raises(MessageTooLarge, match=r"more than 0\.05 MB.*max_message_mb=") as caught:
            emo.replay(recording, api, speed=math.inf, progress=False, journal=tmp_path)
    assert [len(raw) // len(FITS) for raw in caught.value.replay.events["raw"] if len(raw) > len(FITS)] == [1]
    assert caught.value.replay.journal.stat().st_size < 100_000
    assert not may_retry(caught.value)
    assert "max_message_mb" in caught.value.in_shell()


def test_an_answer_to_an_upload_that_is_too_large(talk, interview):
    """The same for the answers over HTTP: of file analysis, and of the exchange of a token."""
    body = json.dumps({"success": True, "more": TOO_LARGE})
    with answering(UPLOAD_PATH, body) as url, pytest.raises(MessageTooLarge, match="Emotion Logic"):
        emo.upload(talk, emo.EmotionLogic(url=url, max_message_mb=LIMIT_MB))
    with answering(AUTH_PATH, body) as url, pytest.raises(MessageTooLarge, match="Interhuman"):
        emo.upload(interview, emo.Interhuman(url=url, key_id="lab", key_secret="secret", max_message_mb=LIMIT_MB))


@pytest.mark.parametrize("kind", [emo.EmotionLogic, emo.Interhuman])
def test_the_setting(kind):
    """It is 64 MB, above 0, and no more than a line of a journal can have; a run is not sent again because of it."""
    assert kind().max_message_mb == 64
    for value in (0, -1, math.nan, math.inf, 151, "64", None):
        with pytest.raises(SettingsError, match="max_message_mb"):
            kind(max_message_mb=value)
    assert kind(max_message_mb=1.5).max_message_mb == 1.5
