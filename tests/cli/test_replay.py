"""`emotoolkit demo | replay` as processes: exit codes, what is printed and written."""

from __future__ import annotations

import re

from tests.cli.shell import run


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


def test_replay_tells_notices(tmp_path, sample):
    """What nobody would expect is a sentence on standard error, once, and is counted in the summary."""
    done = run("replay", sample / "call.wav", "--speed", "inf", "--folder", tmp_path / "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Note: The 2 channels of") == 1
    assert 'EmotionLogic(channels="both") sends the first two in one session' in done.stderr
    assert "with notices" in done.stdout
    assert re.search(r"^notices +1\.0", done.stdout, re.MULTILINE)
