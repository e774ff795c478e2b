"""Another user of the machine sees no recording, journal, path or conversation: files, the list of processes, ports."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.support import other_user

pytestmark = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user"
)

NAME = "eva-with-a-diagnosis"
"""Name of the recording and of the study: what nobody else shall read anywhere."""

SESSION = """
import json, math, os, pathlib, sys, warnings
warnings.simplefilter("ignore")
wanted = json.loads(sys.stdin.readline())
os.umask(wanted["umask"])
import emotoolkit as emo, pandas as pd
from emotoolkit.apis.emotion_logic.server import app as server
from emotoolkit.media.capture.browser_source import BrowserSource
from emotoolkit.media.capture.desktop_source import DesktopSource

place, recording = pathlib.Path(wanted["place"]), emo.Recording(wanted["recording"])
fast = {"speed": math.inf, "progress": False}
voice = emo.replay(recording, emo.EmotionLogic(), journal=place / "journals", **fast)
kept = server.serve(keep=place / "kept")
emo.replay(recording, emo.EmotionLogic(url=kept.url), journal=place / "journals", **fast)
files = pd.DataFrame({"file": [recording.file] * 2, "start": [0, 5], "end": [4, 9]})
emo.replay_dataset(files[:1], emo.EmotionLogic(), folder=place / "runs" / "first", **fast)
emo.export([voice], "cassettes", place)
emo.join_clips(files, place / "joined", shorter=60)
(session,) = emo.Cassette(voice.journal).sessions(recording)
session.located()
player = emo.Player(recording, emo.EmotionLogic(), journal=place / "journals").start(paused=True)
while player.opening:
    pass
player.admit().result(30)
view = emo.live(recording, timeline="synced")
size = {"rate": 25.0, "size": (320, 240)}
desktop = DesktopSource(
    place / "live" / wanted["name"], camera=None, microphone=wanted["recording"], channels=1, **size
)
desktop.start()
page = BrowserSource(place / "live" / ("page-" + wanted["name"]), pictures=False, channels=1, **size)
page.start()
print("ready", flush=True)
sys.stdin.readline()
player.stop()
desktop.stop()
page.stop()
desktop.wait()
view.close()
kept.close()
print("done", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(
    scope="module",
    params=[pytest.param(0o000, id="umask 000"), pytest.param(0o022, id="umask 022", marks=pytest.mark.soak)],
)
def seen(request, sample):
    """A session that uses all that the package has, with the widest umask and the usual one; and what nobody sees."""
    with tempfile.TemporaryDirectory(prefix="open-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / "mine").mkdir(mode=0o700)
        recording = place / "mine" / f"{NAME}.wav"
        shutil.copy(sample / "talk.wav", recording)
        wanted = {
            "place": str(place / "study"),
            "recording": str(recording),
            "umask": request.param,
            "name": f"{NAME}.webm",
        }
        (place / "study").mkdir()
        (place / "study").chmod(0o755)  # the user's own folder, in which others may look round
        environment = {**os.environ, "TMPDIR": str(place / "temporary")}
        (place / "temporary").mkdir()
        (place / "temporary").chmod(0o1777)
        with subprocess.Popen(
            [sys.executable, "-c", SESSION],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as session:
            session.stdin.write(json.dumps(wanted) + "\n")
            session.stdin.flush()
            assert session.stdout.readline() == "ready\n"
            found = look(session.pid, place)
            session.stdin.write("\n")
            session.stdin.flush()
            assert session.stdout.readline() == "done\n"
            found["after"] = as_nobody({"folders": [str(place)], "processes": [], "ports": [], "paths": []})["files"]
            found["modes"] = {
                str(each.relative_to(place)): stat.S_IMODE(each.stat().st_mode)
                for top in (place / "study", place / "temporary")
                for each in top.rglob("*")
            }
            session.stdin.close()
        yield found


def look(pid: int, place: Path) -> dict:
    """Look at a session, its children and their ports as nobody."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    ports = [
        each.laddr.port
        for process in processes
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    (journal, *_) = sorted(each.name for each in (place / "study" / "journals").iterdir())
    query = f"journal={journal}&session=0&token="
    found = as_nobody(
        {
            "folders": [str(place)],
            "processes": [each.pid for each in processes[1:]],
            "ports": ports,
            "paths": ["/", "/medium", f"/{journal}", f"/?{query}", f"/socket.io/?EIO=4&transport=websocket&{query}"],
        }
    )
    return found | {"ports": ports, "place": str(place), "modules": [each.cmdline()[-1] for each in processes[1:]]}


def as_nobody(wanted: dict) -> dict:
    """Run the look of another user."""
    done = subprocess.run(
        [sys.executable, other_user.__file__],
        input=json.dumps(wanted) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["user"] == other_user.NOBODY
    return found


def test_all_doors_were_open(seen):
    """The session has all processes and ports of which the other tests speak."""
    kinds = {
        "emotoolkit.replays.worker",
        "emotoolkit.apis.emotion_logic.server.app",
        "emotoolkit.apis.emotion_logic.server.playback",
        "emotoolkit.media.capture.desktop_recorder",
        "emotoolkit.media.capture.browser_recorder",
    }
    assert kinds <= set(seen["modules"])
    assert len(seen["ports"]) >= 6  # two servers, the cassette's, the view's, the remote control, the page's recorder


@pytest.mark.parametrize("when", ["files", "after"])
def test_no_file(seen, when):
    """No journal, recording, run, cassette or kept sound can be read, during the session and after it."""
    allowed = {f"{seen['place']}/study", f"{seen['place']}/temporary", f"{seen['place']}/mine"}
    assert [each for each in seen[when] if each not in allowed] == []


def test_modes(seen):
    """All that was made is for its user alone, whatever the umask: files 0600, folders 0700."""
    assert len(seen["modes"]) > 20
    assert {name: oct(mode) for name, mode in seen["modes"].items() if mode & 0o077} == {}


def test_no_process(seen):
    """No name is in the list of processes, and nothing but the command line can be read there."""
    assert len(seen["processes"]) >= 5
    for facts in seen["processes"].values():
        assert NAME not in facts["cmdline"]
        assert seen["place"] not in facts["cmdline"]
        assert "-P" in facts["cmdline"].split("\0")
        assert not set(facts) & set(other_user.SECRET_TO_OTHERS)


def test_no_port(seen):
    """No port gives a recording, a path or a conversation to who has no token, and none is open beyond loopback."""
    assert len(seen["answers"]) >= 6 * 5 * 3
    for asked, answer in seen["answers"].items():
        assert NAME not in answer.replace(asked.split()[2], ""), asked
        assert "audio-analysis" not in answer, asked
        assert "RIFF" not in answer, asked
    assert not any(seen["elsewhere"].values())
