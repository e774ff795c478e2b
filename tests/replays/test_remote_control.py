"""Control of a replay past a busy notebook: a real worker, real replays, real HTTP."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Reference
from emotoolkit.replays.clock import monotonic

POST = """
import http.client, sys, time
connection = http.client.HTTPConnection(sys.argv[1])
print("ready", flush=True)
time.sleep(0.3)
connection.request("POST", sys.argv[2], '{"do": "pause"}')
sys.exit(connection.getresponse().status != 200)
"""


def ask(url, text):
    """Post a command; returns the status and the answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=text.encode()), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.fixture
def player(talk):
    """A player under way, held at its beginning."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=4).start(paused=True)
    while player.opening:
        time.sleep(0.01)
    yield player
    player.stop()
    player.wait()


def test_play_pause_and_seek(player):
    """What a page asks is done and noted as what the notebook asks; the answer says where the replay is then."""
    url = player.admit().result(20)
    assert ask(url, '{"do": "play"}') == (200, {"position": pytest.approx(0, abs=0.5), "state": "playing"})
    status, there = ask(url, '{"do": "pause"}')
    assert (status, there["state"]) == (200, "paused")
    assert ask(url, '{"do": "seek", "to": 20}')[0] == 200
    while player.opening or player.position < 20:
        time.sleep(0.01)
    assert player.paused
    notes = [record.why for record in player.replays[0].records if isinstance(record, Reference)]
    assert notes == ["start", "resume", "pause", "seek"]


def test_two_pages_at_once(player):
    """URLs that are asked for while the server is still being started are of one server, each with its own token."""
    urls = [each.result(20) for each in [player.admit() for _ in range(3)]]
    assert (len({urlsplit(url).netloc for url in urls}), len(set(urls))) == (1, 3)
    assert all(ask(url, '{"do": "pause"}')[0] == 200 for url in urls)


def test_who_is_not_admitted(player):
    """Without the token nothing is done; nonsense, and a moment that the recording has not, is refused in words."""
    url = player.admit().result(20)
    place = urlsplit(url)
    assert place.hostname == "127.0.0.1"
    assert ask(f"http://{place.netloc}/guessed", '{"do": "play"}') == (404, "There is no such replay any more.")
    for text in ("", "[]", '{"do": "abandon"}', '{"do": "seek", "to": "9"}', '{"do": "seek", "to": NaN}'):
        assert ask(url, text)[0] in {400, 409}
    assert ask(url, '{"do": "seek", "to": 99}') == (409, "This replay has ended, or has no such moment.")
    assert player.paused
    player.stop()
    player.wait()
    assert ask(url, '{"do": "play"}')[0] == 409


def test_a_call_that_lets_no_thread_run(player):
    """While one call holds the interpreter, a page's pause is carried out all the same, long before the call ends."""
    url = urlsplit(player.admit().result(20))
    player.resume()
    with subprocess.Popen([sys.executable, "-c", POST, url.netloc, url.path], stdout=subprocess.PIPE) as page:
        assert page.stdout.readline() == b"ready\n"
        sum(itertools.repeat(1, 600_000_000))
        ended = monotonic()
        assert page.wait(20) == 0
    while not player.paused:
        time.sleep(0.01)
    began, *records = player.replays[0].records
    (paused,) = (each.at for each in records if isinstance(each, Reference) and each.why == "pause")
    assert began.epoch + paused < ended


def test_the_worker_is_gone(talk):
    """A URL that is asked of a worker that has died is empty, and comes at once."""
    player = emo.Player(talk, emo.EmotionLogic()).start()
    os.kill(player._worker._running().pid, signal.SIGKILL)
    with pytest.raises(emo.errors.WorkerGone):
        player.wait()
    assert player.admit().result(20) == ""
