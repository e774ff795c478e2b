"""Journals are found in a file, a folder or a zip, with the facts about each; anything else is refused."""

from __future__ import annotations

import json
import zipfile

import pytest

from emotoolkit.apis.base.journal import Began, Ended, Media, Opened, Received, to_line
from emotoolkit.apis.base.playback import library
from emotoolkit.apis.base.playback.library import JournalInfo, list_journals, read_records
from emotoolkit.errors import CassetteUnplayable, NoSuchFile
from tests.support.journals import write

BEGAN = Began("0.1.0", "a.wav", 2.0, "emotion_logic", [{}], 1.0, "2026-01-01T00:00:00+00:00")
RECORDS = (BEGAN, Opened(0, 0, 0.0, 0.0), Received(0, 0.1, "hello"), Media("00ff", 9), Ended(0, 3.0, "finished"))
TEXT = "".join(to_line(record) + "\n" for record in RECORDS)


def zipped(path, files):
    """Make a zip of texts by name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("kind", ["file", "folder", "zip"])
def test_a_journal_wherever_it_is(tmp_path, kind):
    """A file, a folder and a zip give the same facts and the same records."""
    place = {
        "file": lambda: write(tmp_path / "a.jsonl", RECORDS),
        "folder": lambda: write(tmp_path / "a.jsonl", RECORDS).parent,
        "zip": lambda: zipped(tmp_path / "box.zip", {"a.jsonl": TEXT}),
    }[kind]()
    assert list_journals(place) == (JournalInfo("a.jsonl", "a.wav", "00ff", "emotion_logic"),)
    assert read_records(place, "a.jsonl") == RECORDS


def test_a_folder_is_sorted_and_has_only_journals(tmp_path):
    """Journals are listed by name; other files of the folder are ignored."""
    for name in ("b.jsonl", "a.jsonl"):
        write(tmp_path / name, RECORDS)
    (tmp_path / "notes.txt").write_text("words")
    assert [info.name for info in list_journals(tmp_path)] == ["a.jsonl", "b.jsonl"]


def test_a_journal_that_is_still_written(tmp_path):
    """A journal without the recording's hash is read again when it has grown; a torn last line is ignored."""
    path = write(tmp_path / "a.jsonl", RECORDS[:3])
    assert list_journals(tmp_path)[0].sha256 is None
    path.write_text(TEXT + '{"is": "ended", "sess', encoding="utf-8")
    assert list_journals(tmp_path)[0].sha256 == "00ff"
    assert read_records(tmp_path, "a.jsonl") == RECORDS


def test_the_index_of_a_zip(tmp_path):
    """A zip with an index is not searched; an index of a later format is refused with a sentence."""
    entry = {"journal": "a.jsonl", "file": "b.wav", "sha256": "01", "api": "interhuman"}
    box = zipped(tmp_path / "box.zip", {library.INDEX_FILE: json.dumps({"cassettes": [entry]}), "a.jsonl": TEXT})
    assert list_journals(box) == (JournalInfo("a.jsonl", "b.wav", "01", "interhuman"),)
    later = json.dumps({"format": library.FORMAT_VERSION + 1, "cassettes": [entry]})
    with pytest.raises(CassetteUnplayable, match="which a later version of emotoolkit wrote"):
        list_journals(zipped(tmp_path / "later.zip", {library.INDEX_FILE: later}))


def test_what_is_no_journal(tmp_path):
    """Nothing at all, an empty folder, other text, and a journal without its first line are each refused."""
    with pytest.raises(NoSuchFile):
        list_journals(tmp_path / "missing.jsonl")
    with pytest.raises(CassetteUnplayable, match="there is no journal in it"):
        list_journals(tmp_path)
    (tmp_path / "words.jsonl").write_text("words\n")
    with pytest.raises(CassetteUnplayable, match="it is no journal"):
        list_journals(tmp_path / "words.jsonl")
    headless = write(tmp_path / "headless.jsonl", RECORDS[1:])
    with pytest.raises(CassetteUnplayable, match="its first line is missing"):
        list_journals(headless)


def test_a_name_is_no_path(tmp_path):
    """A name that leads out of the folder is refused."""
    write(tmp_path / "a.jsonl", RECORDS)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="is no name"):
        read_records(tmp_path / "folder", "../a.jsonl")
