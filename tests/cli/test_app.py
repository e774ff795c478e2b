"""The shell door, as a user meets it: processes, exit codes, what is printed and written."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import emotoolkit as emo

COMMAND = [sys.executable, "-m", "emotoolkit.cli"]


def run(*arguments, folder: Path) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)


def test_demo(tmp_path):
    """The demo prints tables of both APIs and writes the timeline."""
    done = run("demo", "--speed", "inf", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in (
        "through emotion_logic, local measurement",
        "through interhuman, local measurement",
        "segments (",
        "summary",
    ):
        assert word in done.stdout
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")


def test_replay_writes_tables(tmp_path, sample):
    """`replay --folder` writes a CSV per table and the journal."""
    done = run("replay", sample / "talk.wav", "--speed", "inf", "--folder", tmp_path / "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"segments \(1\d rows\)", done.stdout)
    written = {path.name.partition("-emotion_logic-")[2].partition("-")[2] for path in (tmp_path / "out").glob("*.csv")}
    assert written == {"segments.csv", "tracks.csv", "events.csv", "packets.csv"}
    assert len(list((tmp_path / "out").glob("*.jsonl"))) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay", "missing.wav"], "NoSuchFile: There is no file 'missing.wav'"),
        (["replay", "words.txt"], "NotMedia: 'words.txt' cannot be read as audio or video"),
        (["replay", "{talk}", "--url", "http://lab:1"], "ConsentMissing: Emotion Logic is at 'lab'"),
        (
            ["replay", "{talk}", "--url", "http://127.0.0.1:9"],
            "ServerUnreachable: Nothing answers at http://127.0.0.1:9",
        ),
        (["replay", "{talk}", "--speed", "0.1"], "SettingsError: speed=0.1 is not legal here"),
    ],
)
def test_errors_are_one_sentence(tmp_path, sample, arguments, sentence):
    """What goes wrong is one sentence on standard error and exit code 1, without a traceback."""
    (tmp_path / "words.txt").write_text("words " * 500)
    done = run(*(argument.format(talk=sample / "talk.wav") for argument in arguments), folder=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_usage(tmp_path):
    """A command that does not exist is a usage error: exit code 2."""
    assert run("replai", folder=tmp_path).returncode == 2


@pytest.mark.parametrize("api", ["emotion-logic", "interhuman"])
def test_serve(tmp_path, api):
    """`serve` says where it is and ends at Ctrl-C without a traceback."""
    call = [*COMMAND, "serve", api, "--port", "0", "--keep", str(tmp_path / "kept")]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert re.match(r"Serving at http://127\.0\.0\.1:\d+; Ctrl-C ends it\.", server.stdout.readline())
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=20)
    assert server.returncode == 0
    assert said == ""


def test_export(tmp_path, sample):
    """`export` writes a journal's results for other programs and prints the paths; `--cassettes` packs it."""
    done = run("replay", sample / "talk.wav", "--speed", "inf", "--folder", tmp_path / "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (journal,) = (tmp_path / "out").glob("*.jsonl")
    done = run("export", journal, "--format", "eaf", "--track", "energy", "--folder", "eaf", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "eaf/talk.eaf\n"), done.stderr
    done = run("export", journal, "--cassettes", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "cassettes.zip\n"), done.stderr
    done = run("export", "eaf/talk.eaf", folder=tmp_path)
    assert (done.returncode, "cannot be played: it is no journal" in done.stderr) == (1, True)
    done = run("export", journal, "--format", "xls", folder=tmp_path)
    assert (done.returncode, "SettingsError: format='xls' is not legal here" in done.stderr) == (1, True)


def test_version_and_completion(tmp_path):
    """The version can be asked for, and shells complete."""
    assert run("--version", folder=tmp_path).stdout.split() == [emo.__version__]
    assert "completion" in run("--help", folder=tmp_path).stdout
