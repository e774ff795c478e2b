"""One JupyterLab for all tests of the view in a page, and one browser for each file of them."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from websockets.sync.server import serve

from emotoolkit import EmotionLogic, Interhuman, Player, Recording
from emotoolkit.apis.interhuman.wire import messages
from tests.conftest import SAMPLE
from tests.support import jupyter_lab as jupyter
from tests.support.browser import chromium


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A running JupyterLab."""
    with jupyter.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    """A running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def journals(lab):
    """The sample interview, replayed through both APIs: journals beside the notebooks, by API."""
    recording = Recording(SAMPLE / "interview.mp4")
    voice, face = Player(recording, [EmotionLogic(), Interhuman()], speed=float("inf")).start().wait()
    for replay in (voice, face):
        shutil.copy(replay.journal, lab.root / f"{replay.api}.jsonl")
    return voice, face


@pytest.fixture
def show(lab, browser):
    """Show a notebook of these cells, or of this name, in a page that reports nothing wrong at the end."""
    pages = []

    def opened(name, *cells):
        page = jupyter.shown(browser, lab, lab.write(name, *cells) if cells else f"{name}.ipynb")
        pages.append(page)
        return page.open()

    yield opened
    for shown in pages:
        shown.picture(f"last-{shown.name.removesuffix('.ipynb')}")
        shown.page.close()
    lab.end_kernels()


@contextmanager
def talkative(count: int, seconds: float):
    """An Interhuman server that says `count` things within `seconds` from the first segment on."""
    stopped = threading.Event()

    def say(kind, **data):
        return json.dumps({"type": kind, "timestamp": "", "correlation_id": "c", "data": data})

    def talk(wire):
        began = time.monotonic()
        for number in range(count):
            state = ("engaged", "neutral", "disengaged")[number % 3]
            wire.send(say(messages.ENGAGEMENT, state=state, start=number * seconds / count))
            if number % 20 == 0:  # twenty at once, then a pause: bursts are how servers talk
                stopped.wait(max(0.0, began + number * seconds / count - time.monotonic()))

    def script(wire):
        wire.send(say(messages.READY, session_id="s"))
        talker = None
        for message in wire:
            if isinstance(message, bytes) and talker is None:
                talker = threading.Thread(target=talk, args=(wire,))
                talker.start()
            elif message == messages.close():
                if talker is not None:
                    talker.join()
                wire.send(say(messages.ENDED, reason="client_shutdown"))
                return

    with serve(script, "127.0.0.1", 0, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            stopped.set()
            server.shutdown()
            thread.join()
