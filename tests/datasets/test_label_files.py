"""What may hold labels beside recordings, and is not read: it is said, and nothing else is."""

import fsspec
import pytest

from emotoolkit import read_dataset
from emotoolkit.datasets.label_files import LABEL_SUFFIXES, find_label_files
from emotoolkit.errors import DatasetError, LabelsLeftOutWarning


def write(folder, *names):
    """Write empty files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


@pytest.mark.parametrize("suffix", sorted(LABEL_SUFFIXES))
def test_a_label_file_is_named(tmp_path, suffix):
    """A file of any kind that annotators write is named when a folder is read without it."""
    write(tmp_path, "talk.wav", f"talk{suffix}")
    with pytest.warns(LabelsLeftOutWarning, match=f"was not read: 'talk{suffix}'. A manifest.csv") as said:
        assert list(read_dataset(tmp_path).columns) == ["file"]
    (warning,) = said
    assert warning.filename == __file__
    assert str(warning.message) == (
        f"{str(tmp_path)!r} is read without labels (1 recording(s)). What may hold labels was not read: "
        f"'talk{suffix}'. A manifest.csv in the folder, with a column file and the labels beside it, is read of its "
        "own accord; emo.read_labels(file) reads labels over time."
    )


@pytest.mark.parametrize(
    "name",
    [
        "METADATA.CSV",
        "train/metadata.jsonl",
        "supervisions.jsonl.gz",
        "utt2spk",
        "audio/db.yaml",
        "notes.txt",
        "participants.tsv",
        "Manifest.csv",
        "session-1.jsonl",
        "version_2_labels.csv",
        "authors_labels.csv",
    ],
)
def test_what_may_hold_labels(name):
    """Label files of several corpora and programs, in any case, packed and in any folder."""
    assert find_label_files(["talk.wav", name]) == [name]


ABOUT = [
    "README.txt",
    "readme_en.txt",
    "Read Me.txt",
    "LICENSE.txt",
    "LICENCE-CC-BY.txt",
    "COPYING.txt",
    "requirements.txt",
    "requirements-dev.txt",
    "package.json",
    "checksums.txt",
    "wav.md5sums.txt",
    "SHA256SUMS.txt",
    "manifest-sha256.txt",
    "bagit.txt",
    "dataset_description.json",
    "talk.md",
    "talk.jpg",
    "paper.pdf",
    ".DS_Store",
    "._labels.csv",
    ".git/config.json",
    "__MACOSX/._talk.csv",
    "journals/talk-interhuman-0.jsonl",
    "run/run.json",
    "run/manifest.parquet",
    "run/receipts/aa.json",
    "run/journals/aa.jsonl",
    "run/segments/aa.parquet",
]


def test_what_is_no_label_file(tmp_path, recwarn):
    """Readmes, licences, checksums, hidden files, journals and results of runs are no labels: nothing is said."""
    write(tmp_path, "talk.wav", *ABOUT)
    assert len(read_dataset(tmp_path)) == 1
    assert not [*recwarn]


def test_many_are_shortened(tmp_path):
    """Of many files the first three are named, and the number of the others; those that lie least deep first."""
    write(tmp_path, "talk.wav", "a/b.csv", "z.csv", "y.csv", "a/c.srt", "a/d.vtt")
    with pytest.warns(LabelsLeftOutWarning, match=r"was not read: 'y.csv', 'z.csv', 'a/b.csv' and 2 more\.") as said:
        read_dataset(tmp_path)
    assert said[0].message.unread == ("y.csv", "z.csv", "a/b.csv", "a/c.srt", "a/d.vtt")


def test_labels_that_were_read(tmp_path, sample, recwarn):
    """A folder with a manifest, the sample, a manifest by its name, and names that say it all: nothing is said."""
    write(tmp_path, "named/03a01Fa.wav", "named/03a01Fa.lab", "listed/talk.wav", "listed/talk.eaf")
    (tmp_path / "listed" / "manifest.csv").write_text("file,mood\ntalk.wav,good\n")
    for place in (sample, tmp_path / "named", tmp_path / "listed", tmp_path / "listed" / "manifest.csv"):
        assert len(read_dataset(place).columns) > 1
    assert not [*recwarn]


def test_behind_an_address():
    """A folder behind an address is looked through as well."""
    system = fsspec.filesystem("memory")
    system.pipe({"/labels/talk.wav": b"x", "/labels/metadata.csv": b"file_name,mood\ntalk.wav,good\n"})
    with pytest.warns(LabelsLeftOutWarning, match="'memory://labels' is read without labels .* 'metadata.csv'"):
        read_dataset("memory://labels")
    system.rm("/labels", recursive=True)


@pytest.mark.parametrize("layout", [None, "crema-d", "meld"])
def test_recordings_of_an_unknown_suffix(tmp_path, layout):
    """A folder in which no suffix is a recording's is said to have none, with what is in it and the way round it."""
    write(tmp_path, "VideoFlash/1001_DFA_ANG_XX.flv", "VideoFlash/1001_DFA_HAP_XX.flv", "demographics.csv", "LICENSE")
    said = (
        r"there is no recording in it, as far as suffixes tell \(2 of .flv, 1 of no suffix, 1 of .csv\); a manifest "
        "with a column 'file' names recordings whatever their suffix"
    )
    with pytest.raises(DatasetError, match=said):
        read_dataset(tmp_path, layout=layout)
