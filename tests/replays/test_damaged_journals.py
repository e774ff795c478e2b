"""A journal, a cassette or a zip from anywhere is read, or refused in a sentence that says where: never a raw error."""

from __future__ import annotations

import json
import os
import re
import sys

import pytest

import emotoolkit as emo
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import CassetteUnplayable, EmotoolkitError, NotJournal, UnknownApi
from tests.support.damaged_files import damaged_journals, damaged_zips, whole_journal

TABLES = ("events", "segments", "signals", "engagement", "quality", "packets", "tracks", "marks")

EVERY = 23
"""Every so many of the journals are tried in each run of the tests; the rest in the long one."""

MB = 1_000_000


def use(replay: emo.Replay) -> None:
    """Make all that is made of a replay."""
    for name in TABLES:
        getattr(replay, name)
    replay.summary()
    replay.notices()
    assert repr(replay)
    replay._repr_html_()


def said(read) -> tuple[str, str]:
    """Read a file; give the sentence of its error, and the error itself where it is none of ours."""
    try:
        read()
    except EmotoolkitError as problem:
        return str(problem), ""
    except Exception as problem:  # noqa: BLE001 - what the tests are about
        return "", repr(problem)[:200]
    return "", ""


def raw_errors(path, recording) -> list[str]:
    """Read a file as a journal and as a cassette; give the errors that are no sentence."""
    ways = lambda: use(emo.Replay.read(path)), lambda: emo.Cassette(path, strict=False).sessions(recording)
    return [raw for _, raw in map(said, ways) if raw]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("api", ["interhuman", "emotion_logic"])
@pytest.mark.parametrize("part", ["some", pytest.param("all", marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
def test_each_damage_is_a_sentence(api, part, talk, tmp_path):
    """Wrong fields, unknown sessions, deep or torn JSON, another format: it is read, or refused in a sentence."""
    damages = list(damaged_journals(api))
    assert len(damages) > 1000
    raw = {}
    for number, (name, data) in enumerate(damages):
        if part == "all" or number % EVERY == 0:
            path = tmp_path / f"{number}.jsonl"
            path.write_bytes(data)
            if errors := raw_errors(path, talk):
                raw[name] = errors
            path.unlink()
    assert raw == {}


def test_each_damaged_zip_is_a_sentence(talk, tmp_path):
    """The same for a zip: its index, its members, its bytes, and what it would unpack to."""
    raw, sentences = {}, []
    path = tmp_path / "box.zip"
    for name, data in damaged_zips():
        path.write_bytes(data)
        os.utime(path, ns=(len(sentences), len(sentences)))  # facts about a file are cached by its time
        sentence, problem = said(lambda: emo.Cassette(path, strict=False).sessions(talk))
        sentences.append(sentence)
        if problem:
            raw[name] = problem
    assert raw == {}
    assert sum("box.zip" in sentence for sentence in sentences) > 100


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"is": "received", "session": 99, "received": 1.0, "raw": "{}"}', "line 7: it is of session 99"),
        ('{"is": "opened", "session": 1, "of": 7, "start": 0, "at": 0}', "line 7: of=7 is none of its 1 settings"),
        ('{"is": "opened", "session": 1, "of": 0, "start": 0, "at": 0, "renews": 5}', "line 7: it renews session 5"),
        ("[" * 90_000, "line 7: it is nested too deeply"),
        ('{"is": "received", "session": "0"}', r"line 7: .*session"),
        ("\ufffd", "line 7: "),
    ],
)
def test_the_sentence_names_file_and_line(line, says, talk, tmp_path):
    """Who has to mend a file is told its name, and the number of the line."""
    lines = [json.dumps(each) for each in whole_journal("interhuman")]
    path = tmp_path / "study.jsonl"
    path.write_text("\n".join([*lines[:6], line, *lines[6:], ""]), encoding="utf-8")
    with pytest.raises(NotJournal, match=f"study.jsonl.*{says}"):
        emo.Replay.read(path)
    with pytest.raises(CassetteUnplayable, match=f"study.jsonl.*{says}"):
        emo.Cassette(path, strict=False).sessions(talk)


@pytest.mark.parametrize("name", ["os", "cli", "interhuman.x/../../y", "base", "emotion_logic.server.playback"])
def test_a_name_from_a_file_is_looked_up_and_never_imported(name, talk, tmp_path):
    """Neither a journal nor the index of a zip has a module imported, or run, by its name."""
    lines = whole_journal("interhuman")
    lines[0]["api"] = name
    path = tmp_path / "crafted.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(UnknownApi, match=re.escape(repr(name))):
        emo.Cassette(path, strict=False).sessions(talk)
    with pytest.raises(UnknownApi):
        APIS[name]
    assert not {module for module in set(sys.modules) - before if name in module}


def test_a_line_of_gigabytes_is_refused_by_its_size(talk, tmp_path):
    """A sparse file whose first or third line has 3 GB ends in a sentence, and is never held in memory."""
    resource = pytest.importorskip("resource")
    head = "".join(json.dumps(line) + "\n" for line in whole_journal("interhuman")[:2]).encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, start in ((1, b""), (3, head)):
        path = tmp_path / f"huge-{number}.jsonl"
        path.write_bytes(start)
        os.truncate(path, 3_000_000_000)
        with pytest.raises(NotJournal, match=f"line {number} has more than 1000 MB"):
            emo.Replay.read(path)
        with pytest.raises(CassetteUnplayable, match=f"line {number} has more than 1000 MB"):
            emo.Cassette(path)
        path.unlink()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 200 * MB
