"""State of a stream, record by record."""

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Opened, Reference, new_file, to_line
from emotoolkit.replays.stream_state import StreamState


@pytest.fixture
def stream(talk, tmp_path):
    """A stream whose media time runs."""
    stream = StreamState(talk, (emo.EmotionLogic(),), tmp_path, lambda: None)
    for record in (Opened(0, 0, 0.0, 0.0), Reference(0.1, 0.0, 1.0, True, "start")):
        stream.receive(to_line(record))
    return stream


def test_no_secret_before_the_first_line(talk, tmp_path):
    """The first record, made before any line has arrived, has no secret in it."""
    api = emo.Interhuman(url="ws://127.0.0.1:9/v1?token=whisper", key="whisper")
    (first,) = StreamState(talk, (api,), tmp_path, lambda: None).records_until_now(1.0)
    assert "token=…" in str(first)
    assert "whisper" not in str(first)


def test_journals_of_one_name(talk, tmp_path):
    """Where thousands of a name are there, the next ones are not tried from the first on."""
    for number in range(50):
        (tmp_path / f"talk-emotion_logic-{number}.jsonl").touch()
    found = [new_file(tmp_path, "talk-emotion_logic").name for _ in range(3)]
    assert found == [f"talk-emotion_logic-{number}.jsonl" for number in (50, 51, 52)]
    (tmp_path / "talk-emotion_logic-50.jsonl").unlink()
    assert new_file(tmp_path, "talk-emotion_logic").name == "talk-emotion_logic-53.jsonl"


def test_media_time_is_unknown_while_sessions_are_opened(stream):
    """After a seek media time is unknown until all sessions are open."""
    stream.receive(to_line(Opened(1, 0, 9.0, 3.0)))
    assert stream.reference is None


def test_a_pause_stays_one_while_sessions_are_opened(stream):
    """A pause that outlasts a session is still a pause."""
    stream.receive(to_line(Reference(3.0, 2.9, 1.0, False, "pause")))
    stream.receive(to_line(Opened(1, 0, 2.7, 300.0)))
    assert stream.reference is not None
    assert not stream.reference.playing


def test_a_renewed_session_does_not_stop_the_clock(stream):
    """A session that takes over from one which has lasted long enough leaves media time running."""
    stream.receive(to_line(Opened(1, 0, 3000.0, 3000.0, renews=0)))
    assert stream.reference is not None
    assert stream.reference.playing
