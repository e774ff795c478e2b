"""CSV files as pandas reads them, and those of spreadsheets."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit import read_labels
from emotoolkit.errors import NotLabels
from tests.support.label_files import check, joy


def test_csv(voice, tmp_path):
    """CSV has seconds, and beside it what the columns mean and who measured."""
    emo.export(voice, "csv", tmp_path)
    table = pd.read_csv(tmp_path / "segments.csv")
    assert table["start"].tolist() == voice.segments.index.get_level_values("start").total_seconds().tolist()
    about = json.loads((tmp_path / "columns.json").read_text())
    assert about["segments.csv"]["units"]["stress"] == voice.segments.attrs["units"]["stress"]
    assert about["tracks.csv"]["source"] == voice.source


def test_a_list_is_no_number(tmp_path):
    """Where times have points, a comma between figures is one; a file's name and a label are never numbers."""
    path = tmp_path / "a.csv"
    path.write_text("file;start;end;raters\na.wav;0.5;1.5;1,2\n")
    check(path, joy("raters", "1,2"))
    path.write_text("file;start;end;track;label\na.wav;0,5;1,5;raters;1,2\n")
    check(path, joy("raters", "1,2"))


@pytest.mark.parametrize(
    "text",
    [
        "file,start,end,emotion\na.wav,0.5,1.5,joy\n",
        "file, start, end, emotion\na.wav, 0.5, 1.5, joy\n",
        "file;start;end;emotion\na.wav;0,5;1,5;joy\n",
        "\ufefffile\tstart\tduration \temotion\na.wav\t0.5\t1\tjoy\n",
    ],
    ids=["commas", "blanks", "semicolons", "tabs"],
)
def test_csv_of_spreadsheets(tmp_path, text):
    """Columns are told apart by whatever the header has between them; blanks about them are none of their names."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    check(tmp_path / "a.csv", joy())


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("file,Start,end", r"it has no column 'start'; its columns are 'file', 'Start', 'end'"),
        ("file;start;emotion", r"it has no column 'end'; its columns are 'file', 'start', 'emotion'"),
    ],
)
def test_what_a_csv_lacks_is_named(tmp_path, header, reason):
    """A table without times says which column it lacks, and which it has."""
    (tmp_path / "a.csv").write_text(f"{header}\n")
    with pytest.raises(NotLabels, match=reason):
        read_labels(tmp_path / "a.csv")
