"""`export`: several results in one file, labels without a time, and a failure on the way."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.errors import LeftOutWarning, SettingsError
from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label
from tests.support.made_exports import Results


def test_two_apis_in_one_file(voice, result, tmp_path):
    """What a voice and a face say of one recording goes into one file, with a tier for each."""
    (path,) = emo.export([voice, result], "eaf", tmp_path, tracks=["stress", "signal"])
    assert set(emo.read_labels(path)["api"]) == {"emotion_logic", "interhuman"}
    with pytest.raises(SettingsError, match="tracks='joy' is not legal here: there are"):
        emo.export([voice, result], "eaf", tmp_path, tracks=["joy"])


def test_what_has_no_time(tmp_path):
    """A label without a place on the time axis is named where it must be left out, and kept in tables."""
    timeless = labels.make_table(
        [Label("a.wav", 0, labels.UNKNOWN_TIME_US, "interhuman", "rapport", "overall", 3.0, "x")]
    )
    assert timeless.index.get_level_values("end").isna().all()
    results = Results(list(labels.iterate_labels(timeless)))
    with pytest.warns(LeftOutWarning, match="1 of 1 labels have no place on a time axis"):
        emo.export(results, "eaf", tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        emo.export(results, "csv", tmp_path)
    pd.testing.assert_frame_equal(emo.read_labels(tmp_path / "tracks.csv"), timeless)


def test_a_failed_export_leaves_what_was_there(tmp_path, monkeypatch):
    """If writing fails in the middle, the former file is whole and no part of a new one is left."""
    from pympi import Eaf

    results = Results([Label("a.wav", 0, 1_000_000, "interhuman", "signal", "first", 1.0)])
    (path,) = emo.export(results, "eaf", tmp_path)
    before = path.read_bytes()

    def torn(self, place):
        Path(place).write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(Eaf, "to_file", torn)
    with pytest.raises(OSError, match="disk full"):
        emo.export(results, "eaf", tmp_path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.eaf"]
