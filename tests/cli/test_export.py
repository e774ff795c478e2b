"""`emotoolkit export` as a process: paths are printed, errors are sentences."""

from __future__ import annotations

from tests.cli.shell import run


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
    assert (done.returncode, "SettingsError: --format xls is not legal here" in done.stderr) == (1, True)
