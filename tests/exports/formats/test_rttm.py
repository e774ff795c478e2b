"""RTTM files by the fields of their lines, and those of other programs."""

from __future__ import annotations

import pandas as pd

import emotoolkit as emo
from emotoolkit.exports.content import Content
from tests.support.label_files import check, joy


def test_rttm(voice, tmp_path):
    """An RTTM has ten fields a line, and a line for each stretch of speech of each channel."""
    (path,) = emo.export(voice, "rttm", tmp_path)
    lines = [line.split() for line in path.read_text().splitlines()]
    assert {len(line) for line in lines} == {10}
    assert len(lines) == len(voice.segments)
    assert {line[7] for line in lines} == {"channel%200", "channel%201"}
    pd.testing.assert_frame_equal(
        emo.read_labels(path, file=voice.file).drop(columns=["api", "source"]),
        Content([voice]).speech.drop(columns=["api", "source"]),
    )


def test_rttm_with_a_mark_in_front(tmp_path):
    """A byte order mark takes no line away, and a blank that does not break is part of a name."""
    lines = ["\ufeffSPEAKER a.wav 1 0.5 1 <NA> <NA> Anna\u00a0B <NA> <NA>", ";; SPEAKER", ""]
    (tmp_path / "a.rttm").write_text("\r\n".join(lines), encoding="utf-8", newline="")
    check(tmp_path / "a.rttm", joy("speaker", "Anna\u00a0B"))
