"""A run as tables: read from its folder, with the labels, also when it is not complete."""

import json
import shutil
from pathlib import Path

import dask.dataframe
import duckdb
import pandas as pd
import pytest

from emotoolkit.datasets.batch.run import Run
from emotoolkit.errors import DatasetError, SettingsError


def test_summary(corpus, run):
    """There is a row for each recording, in the dataset's order, with its length, its state and its labels."""
    assert run.summary.index.tolist() == [Path(file).name for file in corpus["file"]]
    assert run.summary["status"].tolist() == ["done"] * 6
    assert run.summary["duration"].tolist() == [2.0] * 6
    assert run.summary["segments"].sum() == len(run.segments) > 0
    assert run.summary["speaker"].tolist() == corpus["speaker"].tolist()
    assert run.failures.empty
    assert len(run) == 6


def test_tracks(run):
    """The long form holds every parameter of every recording."""
    energy = run.tracks.query("track == 'energy'")
    assert energy["value"].tolist() == run.segments["energy"].tolist()
    assert energy["speaker"].tolist() == run.segments["speaker"].tolist()


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Dask's own
def test_three_readers_and_one_path(run):
    """Pandas, DuckDB and Dask read the same table from one path; so does a scan that reads nothing yet."""
    expected = run.segments["energy"].sort_values().tolist()
    assert sorted(pd.read_parquet(run.path("segments"))["energy"]) == expected
    found = duckdb.sql(f"SELECT energy FROM '{run.path('segments')}/*.parquet' ORDER BY energy").fetchall()
    assert [value for (value,) in found] == expected
    assert sorted(dask.dataframe.read_parquet(run.path("segments"))["energy"].compute()) == expected
    assert run.scan("segments").count_rows() == len(expected)


def test_the_picture_of_itself(run):
    """In a notebook a run says how much came back, and who measured."""
    assert "6 of 6 recordings" in repr(run)
    assert "local measurement" in run._repr_html_()


def test_a_single_replay_is_still_there(run, corpus):
    """Every message, the report and the packets of one recording are read from its journal."""
    replay = run.replay("clip-0002.wav")
    assert replay.complete
    assert replay.report is not None
    with pytest.raises(SettingsError, match="no recording of that name is done"):
        run.replay("clip-9999.wav")


@pytest.fixture
def interrupted(run, tmp_path):
    """The run as it would be had it ended before its last recording."""
    folder = shutil.copytree(run.folder, tmp_path / "run")
    row = run.manifest["row"].iloc[-1]
    (folder / "receipts" / f"{row}.json").unlink()
    (folder / "segments" / f"{row}.parquet").unlink()
    return Run(folder)


def test_a_run_that_is_not_complete(run, interrupted):
    """A row without a receipt waits: it has a row in the summary, and none in the other tables."""
    assert interrupted.summary["status"].tolist() == ["done"] * 5 + ["waiting"]
    assert interrupted.summary["duration"].isna().tolist() == [False] * 5 + [True]
    assert interrupted.failures.empty
    last = run.manifest["file"].iloc[-1]
    assert last not in interrupted.segments.index.get_level_values("file")
    assert len(interrupted.segments) == len(run.segments.drop(last, level="file"))
    assert len(interrupted.journals()) == 5
    assert "1 waiting" in repr(interrupted)


def test_failures_and_notices(run, tmp_path):
    """A failed row is in `failures` with its labels, and one with notices in `notices`; both say so in the summary."""
    folder = shutil.copytree(run.folder, tmp_path / "run")
    first, second, *_ = run.manifest["row"]
    for row, change in {
        first: {"status": "failed", "step": "open", "error": "NotMedia", "sentence": "no media", "attempts": 1},
        second: {"notices": {"MixedWarning": "channels were mixed"}},
    }.items():
        path = folder / "receipts" / f"{row}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    changed = Run(folder)
    assert changed.summary["status"].tolist() == ["failed", "done, with notices", *["done"] * 4]
    assert changed.failures[["step", "error", "sentence", "attempts", "speaker"]].to_numpy().tolist() == [
        ["open", "NotMedia", "no media", 1, "s0"]
    ]
    assert changed.notices[["notice", "sentence"]].to_numpy().tolist() == [["MixedWarning", "channels were mixed"]]
    assert "channels were mixed" in changed._repr_html_()


def test_tables_that_are_empty_or_unknown(run):
    """A table without rows is empty with its columns, and cannot be scanned; an unknown name is refused."""
    assert run.signals.empty
    assert {"signal", "probability", "speaker"} <= {*run.signals.columns}
    with pytest.raises(SettingsError, match="this run has no row of it"):
        run.scan("signals")
    with pytest.raises(SettingsError, match="it must be one of segments"):
        run.scan("segment")


def test_a_folder_without_a_run(tmp_path):
    """A folder into which no run has written is refused."""
    with pytest.raises(DatasetError, match="no run has written there"):
        Run(tmp_path)
