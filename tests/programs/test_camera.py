"""Programs that do step by step what Interhuman's documents tell, in a browser and in Python, against our server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.containers import detect_container
from tests.support.browser import chromium

HERE = Path(__file__).parent
KEY = "ih_live_for_tests"
SLICE, COUNT = 3000, 4


def stream(url: str) -> str:
    return url.replace("http", "ws") + messages.PATHS[0]


def kept(folder: Path, session: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / session).iterdir())]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def page_address():
    """Where the page is: on this machine, which browsers trust with a camera."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HERE))) as pages:
        serving = threading.Thread(target=pages.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{pages.server_port}/camera.html"
        pages.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def cameras(tmp_path_factory, page_address):
    """Both pages at once: continuations against today's server, files against the quickstart's."""
    folder = tmp_path_factory.mktemp("kept")
    with (
        chromium() as browser,
        app.serve(keys=[KEY], keep=folder) as today,
        app.serve(keys=[KEY], keep=folder, profile="quickstart") as former,
    ):
        context = browser.new_context(permissions=["camera", "microphone"])
        pages, problems = {}, []
        for style, local in (("slices", today), ("files", former)):
            page = pages[style] = context.new_page()
            page.on("pageerror", lambda problem: problems.append(str(problem)))
            page.goto(page_address)
            run = [stream(local.url), KEY, style, SLICE, COUNT, messages.QUALITY]
            page.evaluate("(run) => { window.outcome = window.run(...run).catch((problem) => String(problem)); }", run)
        told = {style: page.evaluate("() => window.outcome") for style, page in pages.items()}
        context.close()
    assert not problems
    return told, folder


@pytest.mark.parametrize("style", ["slices", "files"])
def test_the_browser_is_answered(cameras, style):
    """The page gets in with its key as subprotocol, hears envelopes and nothing else, and closes in good order."""
    told = cameras[0][style]
    assert isinstance(told, dict), told
    assert (told["protocol"], told["odd"]) == (KEY, 0)
    assert told["sent"] >= COUNT
    assert told["code"] in (1000, 1005)
    assert told["tracks"] == ["ended", "ended"]
    kinds = {envelope["type"] for envelope in told["envelopes"]}
    assert {messages.ENGAGEMENT, messages.QUALITY} <= kinds
    assert messages.ERROR not in kinds, told["envelopes"]
    for envelope in told["envelopes"]:
        assert {"type", "timestamp", "correlation_id", "data"} <= envelope.keys()


def test_slices_continue_each_other(cameras):
    """A recorder's slices arrive as the browser made them: one header, then bare continuations; all are analysed."""
    told, folder = cameras
    envelopes = told["slices"]["envelopes"]
    assert [envelope["type"] for envelope in envelopes[:2]] == [messages.READY, messages.UPDATED]
    pieces = kept(folder, envelopes[0]["correlation_id"])
    assert [detect_container(piece) for piece in pieces] == ["webm"] + [None] * (len(pieces) - 1)
    (quality, *_) = [envelope["data"] for envelope in envelopes if envelope["type"] == messages.QUALITY]
    assert (quality["timeline"][0]["start"], quality["timeline"][0]["end"]) == (0.0, 8.0)


def test_files_are_whole(cameras):
    """A recorder per segment makes each a file of its own; one clock goes through all of them."""
    told, folder = cameras
    envelopes = told["files"]["envelopes"]
    assert not any(envelope["type"].startswith("session.") for envelope in envelopes)
    pieces = kept(folder, envelopes[0]["correlation_id"])
    assert [detect_container(piece) for piece in pieces] == ["webm"] * len(pieces)
    windows = [envelope["data"] for envelope in envelopes if envelope["type"] == messages.ENGAGEMENT]
    assert windows[0]["start"] == 0.0
    assert [each["start"] for each in windows[1:]] == [each["end"] for each in windows[:-1]]


def test_keys_in_a_browser(page_address):
    """The key alone and the pair get in, and the pair's secret stays out of the answer; a wrong key gets nothing."""
    with chromium() as browser, app.serve(keys=[KEY]) as local:
        page = browser.new_page()
        page.goto(page_address)
        said = [
            page.evaluate(
                "([url, key]) => connect(url, key).then((socket) => socket.protocol, (problem) => problem.message)",
                [stream(local.url), key],
            )
            for key in (KEY, ["access_token", KEY], "wrong")
        ]
    assert said == [KEY, "access_token", "no connection"]


def camera(url: str, film: Path, count: int) -> list[dict]:
    call = [sys.executable, str(HERE / "camera.py"), url, str(film), str(count)]
    done = subprocess.run(
        call, capture_output=True, text=True, timeout=100, check=False, env={**os.environ, "API_KEY": KEY}
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_whole_files_of_opencv(sample, tmp_path):
    """The Python program gets an answer after each of its `mp4v` files, and the session reaches results."""
    with app.serve(keys=[KEY], keep=tmp_path) as local:
        told = camera(stream(local.url), sample / "interview.mp4", 5)
    assert [each["type"] for each in told[:2]] == [messages.READY, messages.UPDATED]
    assert messages.ERROR not in {each["type"] for each in told}
    assert {each["type"] for each in told[2:]} & {messages.ENGAGEMENT, messages.QUALITY, messages.SIGNAL_DETECTED}
    assert [detect_container(piece) for piece in kept(tmp_path, told[0]["correlation_id"])] == ["mp4"] * 5


def test_files_of_opencv_where_they_are_refused(sample):
    """Where `mp4v` is refused, the program hears so of each of its files, and the session lives on."""
    with app.serve(keys=[KEY], refuse=["mp4v"]) as local:
        told = camera(stream(local.url), sample / "interview.mp4", 4)
    refused = [each["data"] for each in told if each["type"] == messages.ERROR]
    assert [(each["code"], each["segment"]) for each in refused] == [("ih5004", 1), ("ih5004", 2)]
