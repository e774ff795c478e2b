"""Labels that people gave, in the tables that people keep."""

from __future__ import annotations

import pandas as pd
import pytest

from emotoolkit.errors import SettingsError
from emotoolkit.tables.annotations import labels_of_recording
from tests.conftest import SAMPLE

ROWS = {"file": ["x/a.wav", "b.wav", "x/a.wav"], "start": [0.0, 1, 2], "end": [1.0, 2, 4]}


def said(table):
    """Give start, end, track and label of each row."""
    times = [(start.total_seconds(), end.total_seconds()) for _, start, end in table.index]
    return [(*each, *row) for each, row in zip(times, table[["track", "label"]].to_numpy().tolist(), strict=True)]


@pytest.mark.parametrize("as_index", [True, False])
@pytest.mark.parametrize("as_time", [True, False])
def test_times_and_index_may_be_either(as_index, as_time):
    """Index levels or columns, Timedelta or seconds: the same labels; those of other files are left out."""
    table = pd.DataFrame({**ROWS, "track": ["t", "t", "u"], "label": ["joy", "fear", "joy"]})
    if as_time:
        table[["start", "end"]] = table[["start", "end"]].apply(pd.to_timedelta, unit="s")
    if as_index:
        table = table.set_index(["file", "start", "end"])
    assert said(labels_of_recording(table, "elsewhere/a.wav")) == [(0, 1, "t", "joy"), (2, 4, "u", "joy")]


def test_without_a_label_column_each_column_is_a_track():
    """A table as audformat has it: columns are tracks, values are labels, missing ones are no rows."""
    table = pd.DataFrame({**ROWS, "emotion": ["joy", "fear", None], "rating": [3, 4, 5]}).set_index([*ROWS])
    assert said(labels_of_recording(table, "a.wav")) == [
        (0, 1, "emotion", "joy"),
        (0, 1, "rating", "3"),
        (2, 4, "rating", "5"),
    ]


@pytest.mark.parametrize(
    ("file", "expected"),
    [("corpus/eva/t.wav", ["joy"]), ("/moved/tom/t.wav", ["rage"]), ("ann/t.wav", ["joy", "rage"]), ("s.wav", [])],
)
@pytest.mark.parametrize("files", [["eva/t.wav", "tom/t.wav"], ["C:\\d\\eva\\t.wav", "C:\\d\\tom\\t.wav"]])
def test_two_recordings_of_one_name(files, file, expected):
    """Each has its own labels, also where they come from Windows; only folders that nobody has tell nothing."""
    table = pd.DataFrame({"file": files, "start": 0, "end": 1, "emotion": ["joy", "rage"]})
    assert labels_of_recording(table, file)["label"].tolist() == expected


def test_the_sample_has_its_truth():
    """The table beside the sample recordings is read as it is."""
    tracks = labels_of_recording(pd.read_csv(SAMPLE / "truth.csv"), "interview.mp4")["track"]
    assert {"face", "voice", "pause"} <= set(tracks)


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (pd.DataFrame({"start": [0], "end": [1], "label": ["a"]}), "it must have file too"),
        (pd.DataFrame({"label": ["a"]}), "file and start and end too"),
        (pd.DataFrame(ROWS), "a column with the labels too"),
    ],
)
def test_what_is_missing_is_named(table, rule):
    """A table that lacks a column is refused in words that name it."""
    with pytest.raises(SettingsError, match=rule):
        labels_of_recording(table, "a.wav")
