"""A name of its own for each recording, on every disk."""

import re
import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from emotoolkit import export
from emotoolkit.errors import NotWritable
from emotoolkit.exports.labels import Label
from emotoolkit.utils.file_names import atomic_replace, unique_paths
from tests.support.made_exports import Results

PARTS = [
    *("a", "A", "b", "a:b", "a_b", "a?b", "ä", "a\u0308", "ß", "SS", "ſ"),
    *("con", "aux.1", ".hidden", "a.", "..", " ", "x.y"),
]
PATHS = some.lists(some.sampled_from(PARTS) | some.text(max_size=6), min_size=1, max_size=3).map("/".join)
ROOTS = some.sampled_from(["", "", "", "/", "C:\\", "s3://bucket/", "../"])
FILES = some.tuples(ROOTS, PATHS, some.sampled_from([".wav", ".WAV", ".mp4", ""])).map("".join)


def as_the_least_telling_disk_sees_it(name: PurePosixPath) -> str:
    """A disk that tells no case, no way of putting an accent."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(name)).casefold())


@settings(deadline=None)
@given(files=some.lists(FILES, unique=True, max_size=8))
@example(files=["a:b.wav", "a_b.wav", "a?b.wav"])
@example(files=["x/A.wav", "X/a.wav", "x/a.wav"])
@example(files=["x.wav", "x.mp4", "x.wav.flac"])
@example(files=["a:b.wav", "a_b.wav", f"{unique_paths(['a:b.wav', 'a_b.wav'])['a:b.wav']}.wav"])
@example(files=["e\u0301.wav", "\u00e9.wav"])
@example(files=["\udc80.wav", "\udc81.wav"])
@example(files=["a.wav", "A.VTT/b.wav", "c/a_events.tsv/b.wav", "c/a.wav"])
@example(files=["n" * 300 + "1.wav", "n" * 300 + "2.wav"])
def test_no_two_share_a_name(files):
    """Whatever they are called: their names differ on every disk, none is a folder's, and they depend on no order."""
    names = unique_paths(files)
    assert list(names) == files
    assert len({as_the_least_telling_disk_sees_it(name) for name in names.values()}) == len(files)
    assert unique_paths(files[::-1]) == names
    folders = {as_the_least_telling_disk_sees_it(folder) for name in names.values() for folder in name.parents}
    for name in names.values():
        for ending in (".vtt", ".eaf", ".TextGrid", ".rttm", "_events.tsv", "_events.json"):
            assert as_the_least_telling_disk_sees_it(PurePosixPath(f"{name}{ending}")) not in folders
        assert not name.is_absolute()
        assert ".." not in name.parts
        for part in [*name.parts[:-1], f"{name.name}.vtt"]:
            assert not re.search(r'[\x00-\x1f<>:"|?*\\\\]|[. ]$', part)
            assert not re.fullmatch(r"(?i)(aux|con|nul|prn|com\d|lpt\d) *", part.partition(".")[0])
            assert len(part.encode()) < 240


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["/data/talk.wav"], ["talk"]),
        (["corpus/a/x.wav", "corpus/b/x.wav", "corpus/b/x.mp4"], ["a/x", "b/x.wav", "b/x.mp4"]),
        (["s3://lab/Günther 1.wav", "s3://lab/.talk.wav"], ["Günther 1", ".talk"]),
        (["a_b.wav", "a:b.wav"], ["a_b", "a_b-c1cb7ceb"]),
        (["A.wav", "a.wav", "b.wav"], ["A-de71e8a2", "a-bc30c538", "b"]),
        (["aux.wav", "con/b. .wav"], ["_aux", "_con/b_"]),
    ],
)
def test_names(files, names):
    """Usual names are their own; only those that would be the same get digits."""
    assert [str(name) for name in unique_paths(files).values()] == names


@pytest.mark.parametrize("suffix", ["vtt", "eaf", "TextGrid", "tsv"])
def test_nothing_is_overwritten(tmp_path, suffix):
    """Two recordings of almost the same name: two files, of the same names in every format."""
    formats = {"vtt": "webvtt", "eaf": "eaf", "TextGrid": "textgrid", "tsv": "bids"}
    found = [Label(file, 0, 1_000_000, "interhuman", "signal", "a", 1.0) for file in ("a:b.wav", "a_b.wav")]
    export(Results(found), formats[suffix], tmp_path)
    there = {path.stem.removesuffix("_events") for path in tmp_path.glob(f"*.{suffix}")}
    assert there == {"a", "a_b", "a_b-c1cb7ceb"}


@pytest.mark.parametrize(("folder", "reason"), [("a.txt", "it is a file"), ("a.txt/below", "Not a directory")])
def test_a_folder_that_cannot_be_made(tmp_path, folder, reason):
    """Where a file is there can be no folder: an error that says so, with what to do."""
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(NotWritable, match=rf"{reason}\)\. Give a folder that"):
        export(Results([]), "csv", tmp_path / folder)
    with pytest.raises(NotWritable, match=reason), atomic_replace(tmp_path / folder / "cassettes.zip"):
        pass


@pytest.mark.parametrize("name", ["textgrid", "eaf"])
def test_a_name_that_no_disk_takes(tmp_path, name):
    """A recording whose name is too long for this disk is one that is not here."""
    (path,) = export(Results([], file="n" * 300 + ".wav"), name, tmp_path)
    assert path.stem == "n" * 200
