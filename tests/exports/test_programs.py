"""Each file as a program reads it that is not ours: Praat, ELAN's library, audformat, DuckDB, Chromium."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.errors import LeftOutWarning, NoSuchFile, NotLabels, SettingsError
from emotoolkit.exports import labels
from emotoolkit.exports.content import Content
from emotoolkit.exports.labels import Label
from tests.support.browser import chromium
from tests.support.made_exports import Results

LOCAL = "local measurement (emotoolkit"


@pytest.fixture(scope="module")
def voice(call):
    """The call's two channels, measured."""
    return emo.replay(call, emo.EmotionLogic(channels="separate"), speed=math.inf, progress=False)


@pytest.fixture(scope="module")
def result(call):
    """Signals that overlap, in scripts of all kinds, of the call."""
    found = [
        Label(call.file, 0, 2_000_000, "interhuman", "signal", "علاقه", 3.0, f"{LOCAL} 0.1.0)"),
        Label(call.file, 1_000_000, 3_000_000, "interhuman", "signal", "two\nlines", 1.0, f"{LOCAL} 0.1.0)"),
        Label(call.file, 4_000_000, 4_000_000, "interhuman", "signal", "", math.nan, f"{LOCAL} 0.1.0)"),
    ]
    return Results(found, file=call.file)


def test_praat(voice, call, tmp_path):
    """Praat itself opens the TextGrid: as long as the recording, a tier for each parameter and channel."""
    parselmouth = pytest.importorskip("parselmouth")
    (path,) = emo.export(voice, "textgrid", tmp_path, tracks=["stress"])
    grid = parselmouth.read(str(path))
    assert grid.xmax == pytest.approx(call.duration)
    praat = parselmouth.praat.call
    names = [praat(grid, "Get tier name...", n + 1) for n in range(praat(grid, "Get number of tiers"))]
    assert names == ["emotion_logic/stress/channel 0", "emotion_logic/stress/channel 1"]
    count = praat(grid, "Get number of intervals...", 1)
    texts = [praat(grid, "Get label of interval...", 1, n + 1) for n in range(count)]
    mine = voice.segments.query("channel == 0")["stress"].tolist()
    assert [float(text) for text in texts if text] == mine


def test_elan(result, call, tmp_path):
    """ELAN's library finds the medium, the tiers without overlap, and who measured."""
    from pympi import Eaf

    (path,) = emo.export(result, "eaf", tmp_path)
    document = Eaf(str(path), suppress_version_warning=True)
    (medium,) = document.get_linked_files()
    assert medium["MEDIA_URL"] == call.path.as_uri()
    assert medium["MIME_TYPE"] == "audio/x-wav"
    assert (path.parent / medium["RELATIVE_MEDIA_URL"]).resolve() == call.path
    assert document.get_annotation_data_for_tier("interhuman/signal") == [(0, 2000, "علاقه = 3")]
    assert document.get_annotation_data_for_tier("interhuman/signal#2") == [(1000, 3000, "two%0Alines = 1")]
    assert document.get_parameters_for_tier("interhuman/signal")["ANNOTATOR"].startswith(LOCAL)


def test_elan_without_the_medium(tmp_path):
    """A medium that is not where its name says is linked by its bare name: ELAN finds it beside the EAF."""
    from pympi import Eaf

    (path,) = emo.export(Results([], file="corpus/my talk.wav"), "eaf", tmp_path)
    (medium,) = Eaf(str(path), suppress_version_warning=True).get_linked_files()
    assert medium["MEDIA_URL"] == medium["RELATIVE_MEDIA_URL"] == "my%20talk.wav"
    assert medium["MIME_TYPE"] == "audio/x-wav"


def test_tiers_of_an_annotator(tmp_path):
    """An EAF that a person has made is a table of labels; the recording is the linked one."""
    from pympi import Eaf

    document = Eaf(author="Anna")
    document.add_tier("words", ann="Anna")
    document.add_annotation("words", 500, 900, "سلام")
    document.add_linked_file("file:///elsewhere/talk.wav", relpath="media/talk.wav", mimetype="audio/x-wav")
    document.to_file(str(tmp_path / "a.eaf"))
    expected = labels.make_table([Label("talk.wav", 500_000, 900_000, "", "words", "سلام", math.nan, "Anna")])
    pd.testing.assert_frame_equal(emo.read_labels(tmp_path / "a.eaf"), expected)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_audformat(voice, tmp_path):
    """Audformat loads the database: the table of segments as we have it, units in the schemes, a machine as rater."""
    import audformat

    (folder,) = emo.export(voice, "audformat", tmp_path)
    database = audformat.Database.load(str(folder))
    table = database["segments"].get()
    assert audformat.is_segmented_index(table)
    for name in ("channel", "energy", "stress"):
        assert table[name].tolist() == voice.segments[name].tolist()
    assert database.schemes["segments.stress"].meta["unit"] == voice.segments.attrs["units"]["stress"]
    (rater,) = database.raters.values()
    assert (rater.type, rater.description) == ("machine", voice.source)


def test_duckdb(voice, tmp_path):
    """DuckDB reads a table of Parquet; pandas finds index, units and source as they were."""
    import duckdb

    emo.export(voice, "parquet", tmp_path)
    mean = duckdb.sql(f"SELECT avg(stress) FROM '{tmp_path}/segments.parquet'").fetchall()[0][0]
    assert mean == pytest.approx(voice.segments["stress"].mean())
    again = pd.read_parquet(tmp_path / "segments.parquet")
    pd.testing.assert_frame_equal(again, voice.segments)
    assert again.attrs == voice.segments.attrs


def test_csv(voice, tmp_path):
    """CSV has seconds, and beside it what the columns mean and who measured."""
    emo.export(voice, "csv", tmp_path)
    table = pd.read_csv(tmp_path / "segments.csv")
    assert table["start"].tolist() == voice.segments.index.get_level_values("start").total_seconds().tolist()
    about = json.loads((tmp_path / "columns.json").read_text())
    assert about["segments.csv"]["units"]["stress"] == voice.segments.attrs["units"]["stress"]
    assert about["tracks.csv"]["source"] == voice.source


def test_bids(result, tmp_path):
    """The first columns are those that BIDS wants, in seconds; the sidecar explains every column."""
    table_path, sidecar = emo.export(result, "bids", tmp_path)
    table = pd.read_csv(table_path, sep="\t", na_values="n/a", keep_default_na=False)
    assert table.columns[:3].tolist() == ["onset", "duration", "trial_type"]
    assert table["onset"].tolist() == [0.0, 1.0, 4.0]
    assert table["duration"].tolist() == [2.0, 2.0, 0.0]
    about = json.loads(sidecar.read_text(encoding="utf-8"))
    assert {"Description"} <= set(about["onset"])
    assert set(table.columns) <= set(about)


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


def test_a_browser_reads_the_captions(result, tmp_path):
    """Chromium finds each cue of the WebVTT with its times and text."""
    (path,) = emo.export(result, "webvtt", tmp_path)
    address = "data:text/vtt;base64," + __import__("base64").b64encode(path.read_bytes()).decode()
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(f"<video><track default src='{address}'></video>")
        cues = page.evaluate(
            """() => new Promise(done => {
                const track = document.querySelector('track');
                const tell = () => done([...track.track.cues].map(
                    cue => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]));
                track.track.mode = 'showing';
                track.addEventListener('load', tell);
                if (track.readyState === 2) tell();
            })"""
        )
    assert cues == [
        [0, 2, "signal: علاقه = 3"],
        [1, 3, "signal: two%0Alines = 1"],
        [4, 4.001, "signal: %-"],
    ]


def test_label_studio(result, tmp_path):
    """Each region of a task refers to a control of the set-up, and its label is among the control's."""
    tasks, config = emo.export(result, "label-studio", tmp_path)
    ((task,), view) = json.loads(tasks.read_text(encoding="utf-8")), ET.parse(config).getroot()
    controls = {control.get("name"): control for control in view}
    (prediction,) = task["predictions"]
    assert LOCAL in prediction["model_version"]
    for region in prediction["result"]:
        control = controls[region["from_name"]]
        assert control.get("toName") == region["to_name"] == "audio"
        if region["type"] == "labels":
            assert region["value"]["labels"][0] in [label.get("value") for label in control]


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


@pytest.mark.parametrize("name", ["a.eaf", "a.TextGrid", "a.csv", "a.json", "a.parquet", "a.rttm"])
def test_not_what_it_says(name, tmp_path):
    """A file that is not what its suffix says is an error with the reason, whatever the library makes of it."""
    (tmp_path / name).write_text("SPEAKER words and no more\n")
    with pytest.raises(NotLabels, match="cannot be read as"):
        emo.read_labels(tmp_path / name)
    with pytest.raises(NoSuchFile):
        emo.read_labels(tmp_path / f"missing-{name}")


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
