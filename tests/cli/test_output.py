"""What the command line prints and writes of a replay."""

from __future__ import annotations

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.cli.output import TABLE_NAMES, print_replay, write_tables
from tests.support.journals import interhuman, signal, write


@pytest.fixture
def face(tmp_path):
    """A journal with one signal and nothing else, read."""
    return emo.Replay.read(write(tmp_path / "face.jsonl", interhuman("a.mp4", 9.0, *signal("interest", 1, 4.5))))


def test_only_tables_with_rows_are_printed(face, capsys):
    """The signal is printed with its times in seconds, the other result tables are not, and the summary is last."""
    print_replay(face)
    printed = capsys.readouterr().out
    assert printed.startswith(repr(face))
    assert "signals (1 rows)" in printed
    assert "1.0" in printed
    assert "4.5" in printed
    for name in ("segments", "engagement", "quality"):
        assert f"{name} (" not in printed
    assert printed.index("signals (") < printed.index("summary")


@pytest.mark.parametrize(("rows", "last"), [(12, None), (13, "… 1 more row"), (18, "… 6 more rows")])
def test_a_table_that_is_cut_says_so(tmp_path, capsys, rows, last):
    """Twelve rows are printed; of a longer table, how many more there are."""
    said = [message for number in range(rows) for message in signal("interest", 2 * number, 2 * number + 1)]
    print_replay(emo.Replay.read(write(tmp_path / "face.jsonl", interhuman("a.mp4", 60.0, *said))))
    printed = capsys.readouterr().out
    assert f"signals ({rows} rows)" in printed
    assert printed.count("more row") == (last is not None)
    assert last is None or last in printed.splitlines()


def test_each_table_with_rows_is_a_file(face, tmp_path, capsys):
    """Files are named after the journal, one for each table that has rows, and read back as many rows."""
    folder = tmp_path / "out"
    folder.mkdir()
    write_tables(face, folder)
    expected = {f"face-{name}.csv" for name in TABLE_NAMES if len(getattr(face, name))}
    assert {path.name for path in folder.iterdir()} == expected >= {"face-signals.csv", "face-tracks.csv"}
    assert len(pd.read_csv(folder / "face-signals.csv")) == 1
    assert capsys.readouterr().out == f"Tables and journal are in {folder}.\n"
