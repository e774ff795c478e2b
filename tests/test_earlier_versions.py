"""What version 0.1.0 wrote is read, and makes the same tables, value for value."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.errors import CassetteUnplayable, DatasetError, NotJournal

FOLDER = Path(__file__).parent / "data" / "version_0.1.0"
JOURNALS = sorted((FOLDER / "journals").glob("*.jsonl"))


SERVERS_OWN_ENDS = {"face_upload.engagement", "face_upload.tracks"}
"""Tables in which version 0.1.0 ended the last state with the media, not where the server says."""


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it stands in the stored files: no index, no categories, times in seconds."""
    told = table.reset_index()
    for name in told:
        if isinstance(told[name].dtype, pd.CategoricalDtype):
            told[name] = told[name].astype(object)
        if pd.api.types.is_timedelta64_dtype(told[name]):
            told[name] = told[name].dt.total_seconds()
    return told


def assert_stored(table: pd.DataFrame, name: str, tmp_path: Path) -> None:
    """The stored columns are there and equal, written and read in the same way; there may be further ones."""
    stored = pd.read_csv(FOLDER / "tables" / f"{name}.csv")
    if name in SERVERS_OWN_ENDS:
        is_state = stored["track"] == "engagement" if "track" in stored else stored["state"].notna()
        stored.loc[is_state & (stored["end"] == 32.0), "end"] = 32.021
    plain(table).to_csv(tmp_path / "now.csv", index=False)
    now = pd.read_csv(tmp_path / "now.csv")
    pd.testing.assert_frame_equal(now[list(stored)], stored, check_exact=True)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_journals(path, tmp_path):
    """Each table of each journal is as it was, and none has come to those that were empty."""
    replay = emo.Replay.read(path)
    for name in ("events", "packets", "segments", "signals", "engagement", "quality", "coverage", "tracks", "marks"):
        table = getattr(replay, name)
        if (FOLDER / "tables" / f"{path.stem}.{name}.csv").exists():
            assert_stored(table, f"{path.stem}.{name}", tmp_path)
        else:
            assert table.empty


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_summaries(path):
    """Each number of each summary is as it was; there may be further ones."""
    summary = emo.Replay.read(path).summary()
    for name, value in json.loads((FOLDER / "tables" / f"{path.stem}.summary.json").read_text()).items():
        assert summary[name] == pytest.approx(math.nan if value is None else value, rel=1e-12, nan_ok=True)


def test_a_run(tmp_path):
    """A run's folder is opened, and its tables are as they were."""
    run = emo.Run(shutil.copytree(FOLDER / "run", tmp_path / "run"))
    for name in ("segments", "tracks", "summary"):
        assert_stored(getattr(run, name), f"run.{name}", tmp_path)


def test_a_run_is_marked(tmp_path):
    """Rows whose times cannot be are marked in tables that have no column for it."""
    folder = shutil.copytree(FOLDER / "run", tmp_path / "run")
    assert not emo.Run(folder).segments["suspect"].any()
    path = min((folder / "segments").glob("*.parquet"))
    table = pd.read_parquet(path)
    assert "suspect" not in table
    table.loc[table.index[0], "end"] = -1.0
    table.loc[table.index[-1], ["start", "end"]] = 5000.0, 5001.0
    table.to_parquet(path)
    run = emo.Run(folder)
    assert run.segments["suspect"].sum() == 2
    assert run.tracks["suspect"].sum() > 2


def test_a_run_goes_on(tmp_path, sample):
    """The same call on a run of version 0.1.0 sends nothing again."""
    folder = shutil.copytree(FOLDER / "run", tmp_path / "run")
    run = emo.replay_dataset(
        emo.read_dataset(sample), emo.EmotionLogic(), folder=folder, speed=math.inf, progress=False
    )
    assert run.summary["attempts"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["talk.wav", "interview.mp4"])
def test_cassettes(name, sample):
    """The cassettes are played, and give the tables that the journals in them give."""
    api = emo.EmotionLogic() if name == "talk.wav" else emo.Interhuman()
    cassette = emo.Cassette(FOLDER / "cassettes.zip", api=api)
    replay = emo.replay(sample / name, cassette, speed=math.inf, progress=False)
    stored = emo.Replay.read(FOLDER / "journals" / ("voice.jsonl" if name == "talk.wav" else "face.jsonl"))
    for table in ("segments", "signals", "engagement", "quality"):
        now, before = plain(getattr(replay, table)), plain(getattr(stored, table))
        pd.testing.assert_frame_equal(now.drop(columns="file"), before.drop(columns="file"))


def test_later_formats(tmp_path):
    """A journal, a box of cassettes and a run of a format that is not known yet are refused in a sentence."""
    journal = tmp_path / "later.jsonl"
    journal.write_text((FOLDER / "journals" / "voice.jsonl").read_text().replace('"journal": 1}', '"journal": 99}', 1))
    with pytest.raises(NotJournal, match="a journal of format 99, which a later version of emotoolkit wrote"):
        emo.Replay.read(journal)
    with pytest.raises(CassetteUnplayable, match="a journal of format 99"):
        emo.Cassette(journal)
    with journal.open("a") as file:
        file.write('{"is": "novelty", "at": 1.0}\n')
    with pytest.raises(NotJournal, match="a journal of format 99, which a later version of emotoolkit wrote"):
        emo.Replay.read(journal)
    box = tmp_path / "later.zip"
    with zipfile.ZipFile(box, "w") as file:
        file.writestr("cassettes.json", json.dumps({"format": 2, "cassettes": []}))
    with pytest.raises(CassetteUnplayable, match="a box of cassettes of format 2"):
        emo.Cassette(box)
    folder = shutil.copytree(FOLDER / "run", tmp_path / "run")
    told = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(told | {"schema": 7}))
    with pytest.raises(DatasetError, match="a run of format 7"):
        emo.Run(folder)
