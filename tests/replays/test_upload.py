"""Uploads without a server: their journal, the order of several, and how they fail and are interrupted."""

import asyncio
import dataclasses
import threading
from dataclasses import dataclass, field

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.events import Fault, ResultBatch, Unknown
from emotoolkit.apis.base.journal import Ended, Media, Received, Sent
from emotoolkit.errors import InternalError, ReplayInterrupted, ServerFault, ServerUnreachable, SettingsError
from emotoolkit.replays import upload as uploads
from emotoolkit.replays.upload import upload


class FakeDecoder:
    """Reads "ok" as results, a text with "fault" as a fault, and all else as unknown."""

    def decode(self, raw):
        if raw == "ok":
            return ResultBatch("results", raw, ())
        return Fault("fault", raw, "7", "out of order") if "fault" in raw else Unknown("?", raw)


@dataclass(frozen=True)
class FakeApi:
    """An API that takes files without a server: one session for each list of answers."""

    answers: tuple[tuple[object, ...], ...] = (("ok",),)
    takes_files: bool = True
    posted: list[str] = field(default_factory=list)
    name, title, address = "emotion_logic", "Fake", "http://127.0.0.1:9"

    def sessions(self, recording):
        return tuple(dataclasses.replace(self, answers=(each,)) for each in self.answers)

    def located(self):
        return self

    def settings(self):
        return {}

    def secrets(self):
        return ("geheim",)

    def decoder(self):
        return FakeDecoder()

    async def posts(self, recording, sent):
        self.posted.append(recording.file)
        sent(1234)
        for answer in self.answers[0]:
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                await answer()
            else:
                yield answer


@pytest.mark.no_speech
def test_the_journal_of_an_upload(talk, tmp_path):
    """What was posted, each answer and the file's hash are in the journal, in order and without secrets."""
    replay = upload(talk, FakeApi((("queued, geheim", "ok"),)), journal=tmp_path)
    assert replay.complete
    (sent,) = (record for record in replay.records if isinstance(record, Sent))
    assert (sent.start, sent.end, sent.due, sent.bytes) == (0.0, talk.duration, None, 1234)
    assert [record.raw for record in replay.records if isinstance(record, Received)] == ["queued, …", "ok"]
    assert [record.bytes for record in replay.records if isinstance(record, Media)] == [talk.path.stat().st_size]
    assert emo.Replay.read(replay.journal).records == replay.records
    assert replay.journal.name == "talk-emotion_logic-upload-0.jsonl"


def test_several_sessions_one_after_the_other(talk, tmp_path):
    """Each of the settings is uploaded by itself; after one that fails, no further one is."""
    api = FakeApi((("ok",), ("a fault",), ("ok",)))
    with pytest.raises(ServerFault, match=r"out of order \(code 7\)") as caught:
        upload(talk, api, journal=tmp_path)
    assert len(api.posted) == 2
    replay = caught.value.replay
    assert [(end.session, end.how) for end in replay.records if isinstance(end, Ended)] == [
        (0, "finished"),
        (1, "failed"),
    ]


@pytest.mark.parametrize(
    ("answers", "error", "reason"),
    [
        (("queued",), ServerFault, "its answer is not one of file analysis"),
        ((), ServerFault, "its answer is not one of file analysis"),
        ((ServerUnreachable(api="Fake", url="http://x", reason="refused"),), ServerUnreachable, "http://x"),
        ((ZeroDivisionError("odd"),), InternalError, "odd"),
    ],
)
def test_how_an_upload_fails(talk, tmp_path, answers, error, reason):
    """No result, an error of the client and an unexpected one are raised, with what had arrived as their replay."""
    with pytest.raises(error, match=reason) as caught:
        upload(talk, FakeApi((answers,)), journal=tmp_path)
    (end,) = (record for record in caught.value.replay.records if isinstance(record, Ended))
    assert (end.how, end.error) == ("failed", error.__name__)
    assert caught.value.replays == (caught.value.replay,)


def test_an_interrupt_closes_the_connection(talk, tmp_path, monkeypatch):
    """An interrupt cancels the request, waits for its end, and has what had arrived."""
    waiting, closed = threading.Event(), threading.Event()

    async def hang():
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.set()

    def interrupted(event):
        assert waiting.wait(20)
        raise KeyboardInterrupt

    monkeypatch.setattr(uploads, "wait_for_event", interrupted)
    with pytest.raises(ReplayInterrupted) as caught:
        upload(talk, FakeApi((("queued", hang),)), journal=tmp_path)
    assert closed.is_set()
    assert caught.value.sent == talk.duration
    assert [record.how for record in caught.value.replay.records if isinstance(record, Ended)] == ["stopped"]


def test_an_api_without_files(talk):
    """It is refused before anything is made, with the function that streams."""
    with pytest.raises(SettingsError, match="it takes no whole files"):
        upload(talk, FakeApi(takes_files=False))
