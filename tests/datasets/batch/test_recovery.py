"""What is in a run's folder before and after a run: columns that differ, and what a crash left behind."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from emotoolkit.datasets.batch.recovery import recover, unify_columns
from emotoolkit.datasets.batch.run import MANIFEST_FILE, Run
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.tables.from_events import segmented_index
from emotoolkit.tables.parquet import to_arrow, to_parquet

EVERY = {"index": pd.array([0, 1], "Int64"), "validSegment": pd.array([True, True], "boolean")}
MOODS = {"words": ["calm", "n/a"], "nothing": [np.nan, np.nan], "numbers": [0.5, np.nan]}
"""A parameter of a server, as one recording and another have it."""


@pytest.mark.parametrize("left", [".DS_Store", "aa00-1234/.DS_Store"])
def test_what_is_no_journal(tmp_path, left):
    """What a file browser leaves among unfinished journals hinders no run: the journals are brought in."""
    unfinished = tmp_path / "journals" / "unfinished"
    (unfinished / "aa00-1234").mkdir(parents=True)
    (unfinished / "aa00-1234" / "talk.jsonl").write_text('{"kind": "began"}\n{"torn')
    (unfinished / left).write_bytes(b"Bud1")
    recover(Storage(tmp_path))
    assert (tmp_path / "journals" / "failed" / "aa00-1234.jsonl").read_text() == '{"kind": "began"}\n'
    assert not (unfinished / "aa00-1234").exists()


def run_of(storage, moods):
    """Write a run: a recording for each column of moods, in their order."""
    for row, mood in moods.items():
        table = pd.DataFrame(EVERY | {"mood": mood}, segmented_index(f"{row}.wav", [0.0, 1.0], [0.5, 1.5]))
        storage.write(f"segments/{row}.parquet", to_parquet(to_arrow(table)))
    manifest = pd.DataFrame({"file": [f"{row}.wav" for row in moods], "row": [*moods]})
    storage.write(MANIFEST_FILE, manifest.to_parquet(index=False))
    storage.write("run.json", json.dumps({"api": "emotion_logic", "measured_by": []}).encode())


@pytest.mark.parametrize("evened", [True, False])
@pytest.mark.parametrize("order", [["words", "nothing"], ["nothing", "words"], ["numbers", "words"]])
def test_words_in_one_recording_only(tmp_path, order, evened):
    """What is words in one recording is words in all, also in a run that was interrupted before its end."""
    storage = Storage(tmp_path)
    run_of(storage, {row: MOODS[row] for row in order})
    if evened:
        unify_columns(storage, "segments")
        assert len({pq.read_schema(path).remove_metadata() for path in tmp_path.glob("segments/*.parquet")}) == 1
    found = Run(tmp_path).segments["mood"]
    assert str(found.dtype) == "str"
    expected = {"words": ["calm", "n/a"], "nothing": [], "numbers": ["0.5"]}
    assert [found.loc[f"{row}.wav"].dropna().tolist() for row in order] == [expected[row] for row in order]
