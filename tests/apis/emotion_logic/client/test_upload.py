"""Whole files: the same segments as a stream of the same sound, and every refusal as a sentence."""

import asyncio
import errno
import math
import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base.journal import Ended
from emotoolkit.apis.emotion_logic.client.upload import UPLOAD_PATH
from emotoolkit.errors import (
    ConsentMissing,
    DiskFull,
    InternalError,
    NoSound,
    ReadingFailed,
    ReplayInterrupted,
    ServerFault,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.media import audio
from emotoolkit.replays.upload import _Uploads
from tests.support.closed_port import nobody
from tests.support.stub_server import answering


@pytest.fixture
def voice(voice_server):
    """Settings that talk to the server of the tests."""

    def make(**settings) -> emo.EmotionLogic:
        return emo.EmotionLogic(url=voice_server.url, **settings)

    return make


def streamed(recording, api) -> emo.Replay:
    """The same recording through the stream."""
    return emo.replay(recording, api, speed=math.inf, progress=False)


@pytest.mark.filterwarnings("ignore::emotoolkit.errors.MixedWarning")  # the call is two people
@pytest.mark.parametrize(
    ("name", "channels"),
    [("talk", "mono"), ("interview", "mono"), ("call", "mono"), ("call", "both"), ("call", "separate")],
)
def test_a_file_has_the_segments_of_its_stream(request, voice, name, channels):
    """Segments of an upload and of a replay are equal, value for value, and so is what the report says of them."""
    recording = request.getfixturevalue(name)
    uploaded, stream = (way(recording, voice(channels=channels)) for way in (emo.upload, streamed))
    assert len(stream.segments) > 1
    pd.testing.assert_frame_equal(uploaded.segments, stream.segments)
    assert uploaded.report["reports"] == stream.report["reports"]
    assert uploaded.complete


def test_what_an_upload_says_of_itself(talk, voice, tmp_path):
    """Source, attributes, packets and summary are those of a replay, and the journal gives the same tables again."""
    replay = emo.upload(talk.path, voice(), journal=tmp_path / "new")
    assert replay.journal == tmp_path / "new" / "talk-emotion_logic-upload-0.jsonl"
    assert replay.source.startswith("local measurement")
    assert replay.segments.attrs["source"] == replay.source
    assert "local measurement" in repr(replay)
    assert replay.packets["bytes"].tolist() == [44 + 2 * round(talk.duration * 11_025)]
    assert replay.summary()["sent"] == pytest.approx(talk.duration)
    again = emo.Replay.read(replay.journal)
    for table in ("segments", "events", "packets", "tracks"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(replay, table))


def test_in_a_running_loop(talk, voice):
    """A notebook's own event loop does not get in the way."""

    async def cell():
        return emo.upload(talk, voice())

    assert asyncio.run(cell()).complete


def test_interrupted(talk, tmp_path):
    """Ctrl-C closes the connection; nothing goes on behind the next cell, and what was sent is in the error."""
    with answering(UPLOAD_PATH, None) as url:

        def interrupt():
            while not any("opened" in path.read_text() for path in tmp_path.iterdir()):
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt) as caught:
            emo.upload(talk, emo.EmotionLogic(url=url), journal=tmp_path)
    assert isinstance(caught.value, ReplayInterrupted)
    left = [each for each in threading.enumerate() if each.name == "emotoolkit upload"]
    for each in left:
        each.join(20)
    assert not any(each.is_alive() for each in left)
    replay = caught.value.replay
    assert [end.how for end in replay.records if isinstance(end, Ended)] == ["stopped"]
    assert emo.Replay.read(replay.journal).records == replay.records


def test_every_upload_has_a_journal(talk, voice, tmp_path):
    """A second upload into the same folder leaves the first one's journal as it is."""
    first, second = (emo.upload(talk, voice(), journal=tmp_path) for _ in range(2))
    assert first.journal != second.journal
    assert emo.Replay.read(first.journal).records == first.records


def test_a_file_that_is_broken_in_the_middle(voice, tmp_path):
    """What can be opened, but not read to the end, is not uploaded in part and called an answer."""
    path = tmp_path / "broken.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 16_000 * 20), 16_000)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 200] = bytes(range(200))
    path.write_bytes(whole[: len(whole) * 4 // 5])
    with pytest.raises(ReadingFailed, match=r"broken\.flac' could not be read on"):
        emo.upload(path, voice())


def test_interrupted_at_once(talk, voice, monkeypatch):
    """Ctrl-C before the upload has begun to run sends nothing."""
    run = _Uploads.run

    async def late(uploads):
        uploads.cancel()
        await run(uploads)

    monkeypatch.setattr(_Uploads, "run", late)
    with pytest.raises(asyncio.CancelledError):
        emo.upload(talk, voice())


def test_a_full_disk_is_no_broken_recording(talk, voice, monkeypatch):
    """Where there is no room for what would be uploaded, the recording is not said to be at fault."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(audio, "write_wav", full)
    with pytest.raises(DiskFull, match="no room left"):
        emo.upload(talk, voice())


def test_a_fault_of_ours_is_told(talk, voice, monkeypatch):
    """Whatever goes wrong while uploading is raised in the cell, with the journal."""

    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("emotoolkit.apis.emotion_logic.client.upload._post_file", broken)
    with pytest.raises(InternalError, match="ZeroDivisionError") as caught:
        emo.upload(talk, voice())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert not caught.value.replay.complete


def test_nothing_to_upload(silent_film, voice, talk):
    """A recording without sound, and a server elsewhere without consent, are refused before anything is sent."""
    with pytest.raises(NoSound):
        emo.upload(silent_film, voice())
    with pytest.raises(ConsentMissing):
        emo.upload(talk, emo.EmotionLogic(url="http://lab-server:8080"))


def test_nobody_there(talk):
    """Where nobody listens the address is named, and the error has the journal."""
    with nobody() as url, pytest.raises(ServerUnreachable, match="Nothing answers at") as caught:
        emo.upload(talk, emo.EmotionLogic(url=url, timeout=20))
    assert not caught.value.replay.complete
    assert emo.Replay.read(caught.value.replay.journal).summary()["errors"] == 1


@pytest.mark.parametrize(
    ("body", "status", "error", "words"),
    [
        ('{"success":false,"errorCode":5,"error":"no licence"}', 502, ServerFault, r"no licence \(code 5\)"),
        ("<html>Bad Gateway</html>", 502, ServerRefused, r"it answers HTTP 502 \(code 502\)"),
        ("[]", 503, ServerRefused, r"it answers HTTP 503 \(code 503\)"),
        ("", 429, ServerRefused, r"it answers HTTP 429 \(code 429\)"),
        ("[]", 200, ServerFault, "its answer is not one of file analysis"),
        ("", 200, ServerFault, "its answer is not one of file analysis"),
    ],
)
def test_answers_that_are_no_analysis(talk, body, status, error, words):
    """A failure gives the server's words, or its status; an answer of another kind is said to be one. All is kept."""
    with answering(UPLOAD_PATH, body, status=status) as url, pytest.raises(error, match=words) as caught:
        emo.upload(talk, emo.EmotionLogic(url=url))
    assert caught.value.replay.events["raw"].tolist() == [f'["analyzeFile",{body}]']


def test_a_server_that_never_answers(counting):
    """An upload waits for the timeout and as long as the recording lasts, no longer."""
    with (
        answering(UPLOAD_PATH, None) as url,
        pytest.raises(ServerSilent, match=r"did not answer '/analysis/analyzeFile' within 0\.4"),
    ):
        emo.upload(counting(1102), emo.EmotionLogic(url=url, timeout=0.3))


def test_no_redirect(talk):
    """A server that sends us elsewhere has declined: nobody there gets the sound, for consent was for this address."""
    with (
        answering(UPLOAD_PATH, '{"success": true}') as other,
        answering(UPLOAD_PATH, "", 307, {"Location": other + UPLOAD_PATH}) as url,
        pytest.raises(ServerRefused, match=rf"sends us on to {other}{UPLOAD_PATH} \(code 307\)"),
    ):
        emo.upload(talk, emo.EmotionLogic(url=url))
