"""A package of somebody else adds an API: it works wherever ours do, with no edit in this package."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

import emotoolkit as emo
from emotoolkit.datasets.label_files import find_label_files
from emotoolkit.errors import UnknownApi
from tests.support.corpora import speech
from tests.support.third_party import ROOT, environment, install, python

PROGRAM = ("-m", "tests.programs.loudness")
COMMAND = ("-m", "emotoolkit.cli")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder in which the package with the loudness service is installed."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.mark.timeout(360)
@pytest.mark.parametrize("what", ["replay", "cassette", "player", "export", "light"])
def test_works_like_ours(installed, tmp_path, what):
    """In `replay`, `Cassette`, `Player`, `live`, the plots, `export`; each says for itself what it looks at."""
    python(installed, *PROGRAM, what, tmp_path)


@contextmanager
def served(installed, *arguments):
    """A loudness server, started from a shell; gives its address."""
    call = [sys.executable, *COMMAND, "serve", "loudness", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environment(installed), cwd=ROOT) as process:
        try:
            yield process.stdout.readline().split()[2].rstrip(";")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.mark.timeout(360)
def test_a_run_that_was_killed_goes_on(installed, sample, tmp_path):
    """A run over a dataset is killed and started again: what was done is not sent again, and then nothing is."""
    corpus = speech(sample, tmp_path / "corpus", 6)
    corpus.to_csv(tmp_path / "corpus.csv", index=False)
    with served(installed, "--keep", tmp_path / "kept") as url:
        call = [sys.executable, *PROGRAM, "dataset", str(tmp_path), url]
        running = subprocess.Popen([*call, "2"], env=environment(installed), cwd=ROOT)
        while running.poll() is None and len([*(tmp_path / "run" / "receipts").glob("*.json")]) < 2:
            time.sleep(0.02)
        assert running.poll() is None
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        python(installed, *call[1:], math.inf)
        seconds = sum(path.stat().st_size for path in (tmp_path / "kept").glob("*.pcm")) / 2 / 16_000
    assert 12 <= round(seconds, 2) <= 12 + 2 * 2


def test_from_a_shell(installed, tmp_path, sample):
    """`emotoolkit` knows it by name: replay, export, plan, dataset, and what it is asked to serve."""
    out = tmp_path / "out"
    told = python(
        installed, *COMMAND, "replay", sample / "talk.wav", "--api", "loudness", "--speed", "inf", "--folder", out
    )
    assert "through loudness, local measurement (emotoolkit-loudness 1.0): 26 segments" in told
    (journal,) = out.glob("*.jsonl")
    assert "talk.TextGrid" in python(installed, *COMMAND, "export", journal, "--format", "textgrid", "--folder", out)
    corpus = speech(sample, tmp_path / "corpus", 2).attrs["root"]
    assert "through loudness" in python(installed, *COMMAND, "plan", corpus, "--api", "loudness")
    run = (*COMMAND, "dataset", corpus, "--api", "loudness", "--folder", tmp_path / "run", "--speed", "inf")
    assert "2 of 2 recordings" in python(installed, *run)


def test_a_journal_outlives_its_package(installed, tmp_path, sample):
    """Where the package is gone, a journal's messages are there as text; what needs their meaning says what to do."""
    code = "import sys, emotoolkit as emo, emotoolkit_loudness as other; "
    code += "emo.replay(sys.argv[1], other.Loudness(), speed=float('inf'), progress=False, journal=sys.argv[2])"
    python(installed, "-c", code, sample / "talk.wav", tmp_path)
    (journal,) = tmp_path.glob("*.jsonl")
    replay = emo.Replay.read(journal)
    assert "through loudness, which is not known here: 28 messages" in repr(replay)
    assert replay.events["raw"].str.contains('"level"').sum() == 26
    assert len(replay.packets) == 120
    assert replay._repr_html_() is None
    for what in (
        lambda: replay.segments,
        lambda: emo.plot_timeline(replay),
        lambda: emo.export(replay, "csv", tmp_path),
    ):
        with pytest.raises(UnknownApi, match=r"No API is called 'loudness' here.*install that package"):
            what()
    assert find_label_files([journal.name]) == [journal.name]  # nobody here knows that it is a journal
    assert find_label_files(["talk-emotion_logic-0.jsonl"]) == []
