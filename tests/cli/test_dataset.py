"""Datasets from a shell: what is printed, what is written, and exit codes that make, DVC and Snakemake understand."""

import json
import re
import shutil
import signal
import subprocess
import time

import pytest

from tests.cli.shell import COMMAND, run


@pytest.fixture
def corpus(tmp_path, sample):
    """Two recordings and a text that pretends to be one."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("talk.wav", "call.wav"):
        shutil.copy(sample / name, folder)
    (folder / "words.wav").write_text("words " * 100)
    return folder


def test_plan(tmp_path, corpus):
    """`plan` says what it will take; what will be refused makes it exit with 3."""
    done = run("plan", corpus, "--sessions", "2", "--price", "0.5", folder=tmp_path)
    assert done.returncode == 3
    assert "3 recordings, 0:01:10 of media through emotion_logic" in done.stdout
    assert re.search(r"^price 0\.\d\d, at 0\.5 a minute$", done.stdout, re.MULTILINE)
    assert "NotMedia" in done.stdout
    (corpus / "words.wav").unlink()
    assert run("plan", corpus, folder=tmp_path).returncode == 0


def test_dataset(tmp_path, corpus):
    """`dataset` does what can be done, says what failed and exits with 3; with all well it exits with 0."""
    call = ["dataset", corpus, "--folder", "run", "--speed", "inf"]
    done = run(*call, folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "2 of 3 recordings" in done.stdout
    assert "words.wav: NotMedia: 'words.wav' cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    (corpus / "words.wav").unlink()
    assert run(*call, folder=tmp_path).returncode == 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["sent_now"] == 0


def test_errors(tmp_path, corpus):
    """What makes a run impossible is one sentence and exit code 1."""
    for call, sentence in (
        (["dataset", "nowhere", "--folder", "run"], "DatasetError: 'nowhere' cannot be read as a dataset"),
        (["plan", corpus, "--layout", "meld"], "it does not have the layout of meld"),
        (["dataset", corpus, "--folder", "run", "--url", "http://lab:1"], "ConsentMissing"),
    ):
        done = run(*call, folder=tmp_path)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.soak
def test_more_errors(tmp_path, corpus):
    """The same of a folder and of a speed that there cannot be."""
    for call, sentence in (
        (["dataset", corpus, "--folder", "run", "--speed", "nan"], "SettingsError"),
        (["dataset", corpus, "--folder", "nosuch://lab/run"], "Nothing can be written to 'nosuch://lab/run'"),
    ):
        done = run(*call, folder=tmp_path)
        assert done.returncode == 1
        assert sentence in done.stderr


def test_interrupt(tmp_path, corpus):
    """Ctrl-C ends with one sentence and the shell's own code for it."""
    call = [*COMMAND, "dataset", str(corpus), "--folder", "run"]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and not [*tmp_path.glob("run/journals/unfinished/*/*.jsonl")]:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Interrupted: 0 of 3 recordings are done" in said
    assert "Traceback" not in said
