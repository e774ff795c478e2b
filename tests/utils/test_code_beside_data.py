"""What lies beside the data is data: no process of ours runs code from the folder in which it is started."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.utils import subprocesses

ROOT = Path(__file__).parents[2]

IMPOSTORS = ("emotoolkit", "msgspec", "numpy", "queue", "sitecustomize", "usercustomize", "uvloop")
"""Modules that a child would take from the current folder: ours, others', the standard library's, Python's own."""

ONE = """
import os, sys
import emotoolkit as emo
os.chdir(sys.argv[1])  # where the data are; this Python itself has found its modules elsewhere
emo.replay("talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
"""

EVERYTHING = """
import os, sys
import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server.app import serve
os.chdir(sys.argv[1])
fast = {"speed": float("inf"), "progress": False}
voice = emo.replay("interview.mp4", emo.EmotionLogic(), **fast)
face = emo.replay("interview.mp4", emo.Interhuman(), **fast)
assert emo.replay("interview.mp4", emo.Cassette(voice.journal), **fast).segments.equals(voice.segments)
assert emo.replay("interview.mp4", emo.Cassette(face.journal), **fast).signals.equals(face.signals)
assert len(emo.upload("talk.wav", emo.EmotionLogic()).segments)
run = emo.replay_dataset("corpus.csv", emo.EmotionLogic(), folder="run", **fast)
assert set(run.summary["status"]) == {"done"}
live = emo.Player(emo.camera("live.webm", via="desktop", device="interview.mp4"), emo.EmotionLogic(), until=4)
live.start().wait()
asks = emo.microphone("asked.webm", via="browser")
asks.start()
asks.stop()
asks.wait()
voice.segments.to_pickle("segments.pickle")
face.signals.to_pickle("signals.pickle")
"""


@pytest.fixture
def trapped(tmp_path, talk, brief_interview):
    """A folder with recordings, and beside them modules that leave a mark when they are run."""
    folder = tmp_path / "data"
    folder.mkdir()
    for each in (talk, brief_interview):
        (folder / each.path.name).write_bytes(each.path.read_bytes())
    (folder / "corpus.csv").write_text("file\ntalk.wav\ninterview.mp4\n")
    for name in IMPOSTORS:
        mark = f"open({str(folder / 'marks')!r}, 'a').write({name!r} + chr(10))\nraise ImportError({name!r})\n"
        (folder / f"{name}.py").write_text(mark)
    return folder


def python(*arguments, path: str = "", cwd: Path) -> None:
    """Run a Python to its end."""
    environ = {**os.environ, "PYTHONPATH": path.format(root=ROOT)}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def marks(folder: Path) -> list[str]:
    """Which modules were run."""
    return (folder / "marks").read_text().split() if (folder / "marks").exists() else []


def test_the_traps_work(trapped):
    """A Python that looks for modules in the folder leaves a mark: else the other tests would prove nothing."""
    subprocess.run([sys.executable, "-c", "import queue"], cwd=trapped, capture_output=True, check=False)
    assert marks(trapped) == ["queue"]


@pytest.mark.timeout(400)  # all that starts a process, twice
def test_no_child_runs_them(trapped, tmp_path, brief_interview):
    """Replays, cassettes, uploads, a run and live recordings take none of them; the tables are the same."""
    python("-P", "-c", EVERYTHING, trapped, path="{root}", cwd=tmp_path)
    assert marks(trapped) == []
    voice, face = (
        emo.replay(brief_interview, api, speed=float("inf"), progress=False)
        for api in (emo.EmotionLogic(), emo.Interhuman())
    )
    for here, there in ((voice.segments, "segments"), (face.signals, "signals")):
        assert here.reset_index(drop=True).equals(pd.read_pickle(trapped / f"{there}.pickle").reset_index(drop=True))


@pytest.mark.parametrize("path", ["{root}::/nowhere", ".:{root}:"])
def test_the_current_folder_in_pythonpath(trapped, tmp_path, path):
    """An empty part of PYTHONPATH, and one that names the current folder, never means the folder of the data."""
    python("-P", "-c", ONE, trapped, path=path, cwd=tmp_path)
    assert marks(trapped) == []


@pytest.mark.timeout(400)
def test_from_a_shell(trapped):
    """The command replays, runs and serves where they lie."""
    for call in (
        ("replay", "talk.wav", "--speed", "inf"),
        ("replay", "interview.mp4", "--api", "interhuman", "--speed", "inf", "--folder", "out"),
        ("dataset", "corpus.csv", "--folder", "run", "--speed", "inf"),
        ("live", "live.webm", "--camera", "interview.mp4", "--seconds", "4", "--api", "emotion-logic"),
    ):
        python("-P", "-m", "emotoolkit.cli", *call, path="{root}", cwd=trapped)
    assert marks(trapped) == []


def test_vendored_libraries_are_still_found(monkeypatch, tmp_path):
    """A part of PYTHONPATH that names a folder stays: a relative one as the folder that it was at the beginning."""
    began = str(tmp_path / "began" / "lib")
    monkeypatch.setattr(sys, "path", ["", "lib", began, *sys.path])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["lib", "", "/opt/other", "."]))
    assert subprocesses._search_path()[-2:] == [began, "/opt/other"]


def test_python_that_does_not_look_at_pythonpath(trapped, tmp_path):
    """A Python that was told not to look at the environment gives its children nothing of it."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{ONE}"
    python("-I", "-c", code, trapped, path=str(trapped), cwd=tmp_path)
    assert marks(trapped) == []


def test_installed_behind_the_standard_library(monkeypatch, tmp_path):
    """Where packages are installed children look by themselves: a package called `asyncio` there hides nothing."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(subprocesses, "PACKAGE_PARENT", tmp_path)
    assert subprocesses._search_path() == [str(tmp_path)]
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    assert subprocesses._search_path() == []
