"""CSV files: labels as they came, however people's programs write such files."""

import pytest

from emotoolkit.tables.csv_files import read_csv


@pytest.fixture
def read(tmp_path):
    """Read a text as a CSV file."""

    def reading(text):
        (tmp_path / "m.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_csv(str(tmp_path / "m.csv"))

    return reading


def test_labels_as_they_came(read):
    """Words are words, also those that pandas takes for nothing; zeros in front stay; numbers are numbers."""
    table = read("file,subject,country,emotion,age\na.wav,007,NA,None,23\nb.wav,10,DE,joy,31\n")
    assert table["subject"].tolist() == ["007", "10"]
    assert table["country"].tolist() == ["NA", "DE"]
    assert table["emotion"].tolist() == ["None", "joy"]
    assert table["age"].tolist() == [23, 31]


def test_what_is_missing(read):
    """An empty cell is missing; among numbers also what other programs write for a number that is not there."""
    table = read("file,mood,age,nothing\na.wav,,NA,\nb.wav,good,31.5,\n")
    assert table.isna().to_numpy().tolist() == [[False, True, True, True], [False, False, False, True]]
    assert table["age"].dtype == float


def test_times_that_are_not_there(read):
    """What other programs write for nothing is no time, whatever else is in the column."""
    assert read("file,start,end\na.wav,NA,NA\n")[["start", "end"]].isna().to_numpy().all()
    assert read("file,start\na.wav,00:00:01\nb.wav,NA\n")["start"].isna().tolist() == [False, True]


def test_blanks_that_are_meant(read):
    """A blank in front of a name is part of it, where the header has none."""
    assert read("file,mood\n a.wav, good\n").iloc[0].tolist() == [" a.wav", " good"]


@pytest.mark.parametrize(
    "text",
    [
        "file,start,mood\na.wav,0.5,good\n",
        "file, start, mood\na.wav, 0.5, good\n",
        "file ,start ,mood \na.wav,0.5,good\n",
        "file;start;mood\na.wav;0.5;good\n",
        "\ufefffile,start,mood\r\na.wav,0.5,good\r\n",
        '"file","start","mood"\n"a.wav",0.5,"good"\n',
    ],
)
def test_programs_differ(read, text):
    """Spaces, semicolons, quotes, line ends and a mark in front change nothing."""
    table = read(text)
    assert list(table) == ["file", "start", "mood"]
    assert table.iloc[0].tolist() == ["a.wav", 0.5, "good"]


def test_commas_and_semicolons(read):
    """A semicolon in a label separates nothing where commas do."""
    assert read("file,words; heard\na.wav,yes; no\n")["words; heard"].tolist() == ["yes; no"]
