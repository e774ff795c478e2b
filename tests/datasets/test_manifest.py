"""Reading datasets: manifests, folders, databases; and names that say nothing of this machine."""

import datetime as dt

import audformat
import fsspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import read_dataset
from emotoolkit.datasets.manifest import normalize_dataset, relative_names
from emotoolkit.errors import DatasetError, LeftOutWarning, SettingsError

TABLE = pd.DataFrame(
    {"file": ["a.wav", "b/c.mp4"], "start": [0.0, 1.5], "end": [2.0, 3.25], "emotion": ["joy", "fear"]}
)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_manifests(tmp_path, suffix):
    """A manifest gives openable paths, times as Timedelta, and its labels as they are."""
    path = tmp_path / f"corpus.{suffix}"
    TABLE.to_csv(path, index=False) if suffix == "csv" else TABLE.to_parquet(path)
    dataset = read_dataset(path)
    assert list(dataset["file"]) == [f"{tmp_path}/a.wav", f"{tmp_path}/b/c.mp4"]
    assert dataset.dtypes[["start", "end"]].map(str).tolist() == ["timedelta64[ns]"] * 2
    assert list(dataset["end"].dt.total_seconds()) == [2.0, 3.25]
    assert list(dataset["emotion"]) == ["joy", "fear"]
    assert dataset.attrs["root"] == str(tmp_path)


def test_times_in_words(tmp_path):
    """Times may be written as pandas writes them; a missing one is the recording's own begin or end."""
    (tmp_path / "m.csv").write_text("file,start,end\na.wav,0 days 00:00:01.5,\nb.wav,,0 days 00:01:00\n")
    dataset = read_dataset(tmp_path / "m.csv")
    assert dataset["start"].dt.total_seconds()[0] == 1.5
    assert dataset["end"].isna().tolist() == [True, False]


def test_labels_as_they_came(tmp_path):
    """Labels of a manifest and of a corpus's label file keep their zeros in front and their words for nothing."""
    (tmp_path / "manifest.csv").write_text("file, start, subject, mood\na.wav, 0.5, 007, None\n")
    dataset = read_dataset(tmp_path)
    assert dataset[["subject", "mood"]].to_numpy().tolist() == [["007", "None"]]
    assert dataset["start"].dt.total_seconds().tolist() == [0.5]


def test_seconds_among_words():
    """A number is seconds also in a column in which other times are in words."""
    times = normalize_dataset(pd.DataFrame({"file": ["a", "b", "c"], "end": ["12", "00:01:00", None]}))["end"]
    assert times.dt.total_seconds()[:2].tolist() == [12.0, 60.0]
    assert times.isna()[2]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0,5", "column 'start' holds what is no time in row 2 .'0,5' has a comma; write 0.5 or 00:00:00.5"),
        (dt.time(0, 1, 30), "column 'start' holds what is no time in row 2 .*not time"),
        (pd.Timestamp("2020-01-01"), "column 'start' holds what is no time in row 2 .*not Timestamp"),
        (float("inf"), "column 'start' holds what is no time in row 2"),
        (True, "column 'start' holds what is no time in row 2 .True is no number of seconds"),
        (-1, "column 'start' holds a time before the recording's begin in row 2"),
    ],
)
def test_no_times(cell, reason):
    """What is no media time is refused, and in which row: the whole recording would be sent for it, or nothing."""
    with pytest.raises(DatasetError, match=reason):
        normalize_dataset(
            pd.DataFrame({"file": ["a", "b"], "start": pd.Series([1.0, cell], dtype=object), "end": [2.0, 3.0]})
        )


def test_the_sample(sample):
    """A folder with a manifest is read by it."""
    dataset = read_dataset(sample)
    assert [file.rpartition("/")[2] for file in dataset["file"]] == ["talk.wav", "call.wav", "interview.mp4"]
    assert list(dataset["kind"]) == ["monologue", "call", "interview"]


def test_a_folder_of_recordings(tmp_path):
    """A folder without a manifest gives its recordings, sorted, however deep; nothing hidden, nothing else."""
    for name in ("b.WAV", "a/z.mp4", "README.txt", ".hidden.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert list(read_dataset(tmp_path)["file"]) == [f"{tmp_path}/a/z.mp4", f"{tmp_path}/b.WAV"]


def test_elsewhere():
    """A folder and a manifest behind an address are read through fsspec."""
    system = fsspec.filesystem("memory")
    system.pipe("/corpus/one.wav", b"x")
    assert list(read_dataset("memory://corpus")["file"]) == ["memory://corpus/one.wav"]
    system.pipe("/corpus/list.csv", b"file,mood\none.wav,good\n")
    dataset = read_dataset("memory://corpus/list.csv")
    assert dataset.iloc[0].tolist() == ["memory://corpus/one.wav", "good"]
    assert relative_names(dataset) == ["one.wav"]
    system.rm("/corpus", recursive=True)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # audformat's own
def test_an_audformat_database(tmp_path):
    """The tables of a database are read by name; with one table the name is not needed."""
    database = audformat.Database("moods")
    database.schemes["emotion"] = audformat.Scheme(labels=["joy", "fear"])
    index = audformat.segmented_index(["audio/1.wav", "audio/2.wav"], [0, "1s"], ["1s", "2s"])
    database["turns"] = audformat.Table(index)
    database["turns"]["emotion"] = audformat.Column(scheme_id="emotion")
    database["turns"]["emotion"].set(["joy", "fear"])
    database.save(tmp_path)
    dataset = read_dataset(tmp_path)
    assert list(dataset["file"]) == [f"{tmp_path}/audio/1.wav", f"{tmp_path}/audio/2.wav"]
    assert list(dataset["end"].dt.total_seconds()) == [1.0, 2.0]
    assert list(dataset["emotion"]) == ["joy", "fear"]
    database["more"] = database["turns"]
    database.save(tmp_path)
    with pytest.raises(SettingsError, match="the database's tables: more, turns"):
        read_dataset(tmp_path)
    assert len(read_dataset(tmp_path, table="more")) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("path,mood\na.wav,good\n", "it has no column 'file'; its columns are 'index', 'path', 'mood'"),
        ("file,mood\n", "there is no recording in it"),
        ("file\na.wav\na.wav\n", "'a.wav' is in it twice"),
        ("file,mood\na.wav,good\n,bad\n", "row 2 has no file"),
        ("file,start\na.wav,soon\n", "column 'start' holds what is no time"),
        ("file;start\na.wav;0,5\n", "'0,5' has a comma"),
        ("", "No columns to parse"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, reason):
    """A manifest that is none is refused in a sentence."""
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(DatasetError, match=reason):
        read_dataset(tmp_path / "m.csv")


def test_labels_that_are_called_as_a_run_calls_its_own():
    """Labels called `row` or `joined` get `_label` behind them; the columns of joined clips stay."""
    labelled = pd.DataFrame({"file": ["a.wav"], "row": ["front"], "joined": ["2021-03"]})
    assert list(normalize_dataset(labelled)) == ["file", "row_label", "joined_label"]
    assert list(normalize_dataset(normalize_dataset(labelled))) == ["file", "row_label", "joined_label"]
    clip = pd.DataFrame({"file": ["a.wav"], "joined": ["j.wav"], "joined_start": [pd.NaT], "joined_end": [pd.NaT]})
    assert list(normalize_dataset(clip)) == list(clip)


def test_two_columns_of_one_name():
    """A table in which a name could be either of two columns is refused, also if one is in the index."""
    doubled = pd.DataFrame([["a.wav", 1, 2]], columns=["file", "mood", "mood"])
    indexed = pd.DataFrame({"start": [1]}, pd.MultiIndex.from_tuples([("a.wav", 1)], names=["file", "start"]))
    for name, table in {"mood": doubled, "start": indexed}.items():
        with pytest.raises(DatasetError, match=f"it has two columns '{name}'"):
            normalize_dataset(table)


def test_a_name_that_is_no_text(tmp_path):
    """A file whose name is of another encoding does not keep the others from being read."""
    try:
        (tmp_path / "M\udcfcller.wav").write_text("")
    except OSError:
        pytest.skip("names are Unicode on this disk")
    (tmp_path / "talk.wav").write_text("")
    with pytest.warns(LeftOutWarning, match=r"1 of 2 files .* left out.*: rename 'M\\udcfcller.wav'"):
        assert list(read_dataset(tmp_path)["file"]) == [f"{tmp_path}/talk.wav"]


def test_nothing_there(tmp_path):
    """A path at which there is nothing, file or folder, is said."""
    for path in (tmp_path / "m.csv", tmp_path / "corpus"):
        with pytest.raises(DatasetError, match="there is no such"):
            read_dataset(path)


def test_clips_of_one_file_are_different():
    """The same file with other times is another clip."""
    assert len(normalize_dataset(pd.DataFrame({"file": ["a", "a"], "start": [0, 1], "end": [1, 2]}))) == 2


PATHS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@given(st.sets(PATHS, min_size=1), st.sampled_from(["/home/eva/", "s3://user:word@bucket/", "../../", "C:/Users/eva/"]))
def test_names_say_nothing_of_the_machine(paths, root):
    """Whatever lies above the recordings is not in their names, and no two share one."""
    files = sorted(paths)
    found = relative_names(pd.DataFrame({"file": [root + file for file in files]}))
    assert len({*found}) == len(files)
    for file, name in zip(files, found, strict=True):
        assert file.endswith(name)
        assert name


@given(st.sets(PATHS, min_size=1))
def test_relative_paths_are_their_names(paths):
    """A path that says nothing of the machine stays as it was typed."""
    assert relative_names(pd.DataFrame({"file": sorted(paths)})) == sorted(paths)
