"""The calls of a page: over real HTTP, to a real server, about players and replays that really played."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.views import page_calls, page_server, panel_html
from emotoolkit.views.page_calls import PageCalls
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import group_sources
from tests.support.journals import emotion_logic, write


def calls_of(*sources, on_select=lambda _: None):
    return PageCalls(Feed(group_sources(sources)[0]), on_select)


def call(url, **asked):
    request = urllib.request.Request(url, data=json.dumps(asked).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.fixture
def served():
    """Serve the calls of views; at the end no server is left."""
    endpoints = []

    def serve(calls):
        endpoints.append((calls, page_server.open_endpoint(calls)))
        return endpoints[-1][1].url

    yield serve
    for calls, endpoint in endpoints:
        calls.close()
        endpoint.close()
    assert page_server._servers == []
    assert "emotoolkit view server" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture(scope="module")
def voice(talk):
    """The sample talk, replayed."""
    return emo.replay(talk, emo.EmotionLogic(), speed=float("inf"), progress=False)


def test_two_pages_want_the_medium_at_once(voice, monkeypatch):
    """Both get the same one; a page that asks after the view was closed gets one that is closed."""
    made, met = [], threading.Barrier(2)

    class Counted(page_calls.PlayableMedium):
        def __init__(self, *about):
            made.append(self)
            with suppress(threading.BrokenBarrierError):  # the lock keeps the other thread out
                met.wait(0.5)
            super().__init__(*about)

    monkeypatch.setattr(page_calls, "PlayableMedium", Counted)
    calls = calls_of(voice)
    with ThreadPoolExecutor(2) as pages:
        first, second = (page.result() for page in [pages.submit(lambda: calls.medium) for _ in range(2)])
    assert first is second
    assert made == [first]
    calls.close()
    assert first._closed
    late = calls_of(voice)
    late.close()
    assert late.medium._closed


def test_pulls_give_everything_once(served, talk, voice, monkeypatch):
    """A page with n entries gets those from n on, a limited number at once; one that has all waits for news."""
    monkeypatch.setattr(page_calls, "MAX_ENTRIES", 20)
    monkeypatch.setattr(page_calls, "HEARTBEAT_S", 0.3)
    url = served(calls_of(talk, voice))
    entries, status_key = [], ""
    while len(entries) < (answer := call(url, do="pull", entry_count=len(entries), status_key=status_key))["total"]:
        assert len(answer["entries"]) <= 20
        assert answer["from"] == len(entries)
        entries += answer["entries"]
        status_key = answer["status_key"]
    assert sum(kind == "message" for kind, *_ in entries) == len(voice.events)
    assert call(url, do="pull", entry_count=len(entries), status_key=status_key)["entries"] == []
    assert "local measurement" in answer["status"]["sources"]["emotion_logic"]


def test_medium_by_range(served, talk, voice):
    """The recording is served in ranges, and only with the token."""
    url = served(calls_of(talk, voice))
    request = urllib.request.Request(f"{url}/medium", headers={"Range": "bytes=1000-1999"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.read() == talk.path.read_bytes()[1000:2000]
    for wrong in (url + "x", url.rpartition("/")[0] + "/"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{wrong}/medium")


def test_chunks(talk, voice):
    """Without HTTP, the same bytes come in chunks, one for each call."""
    calls = calls_of(talk, voice)
    data = b""
    while piece := asyncio.run(calls.answer({"do": "chunk", "from": len(data)}))[1]:
        data += piece
    assert data == talk.path.read_bytes()


def test_commands(served, talk):
    """A page starts, pauses, changes and stops a player; what is refused is answered with its sentence."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=4)
    url = served(calls_of(player))
    assert call(url, do="pull", entry_count=0, status_key="")["status"]["state"] == "ready"
    assert "has not been started" in call(url, do="pause")["error"]
    assert call(url, do="play")["status"]["state"] in {"opening", "playing"}
    while call(url, do="pull", entry_count=0, status_key="")["status"]["state"] != "playing":
        pass
    assert call(url, do="pause")["status"]["state"] == "paused"
    assert call(url, do="speed", speed=8)["status"]["speed"] == 8
    assert "it must be a number" in call(url, do="speed", speed=0.01)["error"]
    assert "it must lie in the recording" in call(url, do="seek", to=99)["error"]
    call(url, do="stop")
    player.wait()
    assert call(url, do="pull", entry_count=0, status_key="")["status"]["state"] == "ended"


def test_selection_and_nonsense(served, talk, voice):
    """A selected stretch is reported; an unknown call is refused with a sentence."""
    selected = []
    url = served(calls_of(talk, voice, on_select=selected.append))
    assert call(url, do="select", start=1, end=2) == {"selection_count": 1}
    call(url, do="select")
    assert selected == [(1.0, 2.0), None]
    assert "not known here" in call(url, do="format the disk")["error"]
    wave = call(url, do="waveform", start=5, end=6, points=300)
    assert (len(wave["low"]), wave["start"], wave["end"]) == (300, 5.0, 6.0)
    for body in (b"x", b"[]"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(urllib.request.Request(url, data=body))


MALFORMED = (
    *('{"do": "seek", "to": %s}', '{"do": "speed", "speed": %s}', '{"do": "select", "start": %s, "end": 1}'),
    *(
        '{"do": "waveform", "start": %s, "end": 2, "points": 5}',
        '{"do": "waveform", "start": 0, "end": 2, "points": %s}',
    ),
    *('{"do": "chunk", "from": %s}', '{"do": "preview", "reason": %s}', '{"do": %s}', "%s", '{"%s": 1}'),
    '{"do": "pull", "entry_count": %s, "status_key": "x"}',
)
ODD_VALUES = (
    '"x"',
    "[]",
    "{}",
    "-1",
    "NaN",
    "1e999",
    '"\\ud800"',
    "99999999999999999999",
    "true",
    "[" * 30_000,
    "\x00",
)


def post(url: str, body: str) -> tuple[int, str]:
    """Post a text to a view; give the status and what comes back."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body.encode()), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def no_json(constant: str):
    """Refuse a number that JSON does not have."""
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize("shape", MALFORMED)
def test_malformed_calls(served, voice, talk, shape, capfd):
    """Whatever a page asks is answered in JSON, or refused in a sentence: no traceback is in the notebook."""
    url = served(calls_of(talk, voice))
    for value in ODD_VALUES:
        status, text = post(url, shape % value)
        if status == 200:
            assert isinstance(json.loads(text, parse_constant=no_json), dict), value
        else:
            assert (status, text) == (400, "A call is a JSON object."), value
    assert "Traceback" not in "".join(capfd.readouterr())


def test_the_recording_is_gone(served, tmp_path):
    """A journal alone still has its timeline; the page gets the reason why nothing plays."""
    row = {"index": 1, "channel": 0, "startPosSec": 2.0, "endPosSec": 4.0, "energy": 7}
    path = write(tmp_path / "j.jsonl", emotion_logic("gone/away.wav", 9.0, row))
    url = served(calls_of(emo.Replay.read(path)))
    answer = call(url, do="pull", entry_count=0, status_key="")
    assert answer["status"]["medium"]["kind"] == "none"
    assert "gone/away.wav is not there any more" in answer["status"]["medium"]["message"]
    assert answer["status"]["duration"] == 9.0
    assert ["values", 2.0, 4.0, 0, [[0, 7.0]]] in answer["entries"]
    assert call(url, do="waveform", start=0, end=9, points=10)["low"] == []
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/medium")


def test_a_run_recording_by_recording(served, tmp_path, sample):
    """A view of a run over a dataset: each recording by its name; its journal is read when it is shown."""
    corpus = pd.DataFrame({"file": [str(sample / "talk.wav"), str(tmp_path / "words.wav")]})
    (tmp_path / "words.wav").write_text("no sound at all")
    run = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", speed=float("inf"), progress=False)
    done, failed = group_sources([run])
    assert (done.status().state, done.duration) == ("ended", 30.0)
    assert (failed.status().state, failed.duration, failed.replays()) == ("failed", 0.0, ())
    assert "cannot be read as audio or video" in failed.status().failures[0]
    assert "_replay_source" not in vars(done)
    url = served(PageCalls(Feed(done), lambda _: None))
    pulled = call(url, do="pull", entry_count=0, status_key="")
    assert pulled["status"]["title"].endswith("talk.wav")
    assert sum(entry[0] == "values" for entry in pulled["entries"]) == len(run.segments)
    table = panel_html.overview_html([(each.title, each.status(), each.duration) for each in group_sources([run])])
    assert "1 of 2 ended" in table
    assert "cannot be read" in table
    emo.live(run).close()
