"""Servers of every manner: the words differ, the tables do not."""

import io
import json
from pathlib import Path

import aiohttp
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.server import app, options, scoring
from emotoolkit.apis.emotion_logic.server.options import Options, Variant
from emotoolkit.errors import SettingsError
from tests.support.column_sets import R127, S51
from tests.support.start_lines import told
from tests.support.voices_of_speakers import converse

SWITCHES = [(name, value) for name, values in options._CHOICES.items() for value in values]

LACKING = {("completed", "no"), ("report", "fetch-analysis-call"), ("report", "none")}
"""Manners in which a client waits for something that never comes."""


class Texts(EmotionLogic):
    """A client that asks for text."""

    def handshake(self):
        return super().handshake() | {"outputType": "text"}


@pytest.mark.parametrize(("name", "value"), SWITCHES)
async def test_every_manner_gives_the_same_tables(call, name, value):
    """Whatever the manner, segments of both channels and the report are the same, value for value."""
    usual = await converse(call, channels="both", seconds=12.0)
    assert set(usual.segments["channel"]) == {0, 1}
    patience = 1.0 if (name, value) in LACKING else 5.0
    other = await converse(call, variant=Variant(**{name: value}), channels="both", seconds=12.0, timeout=patience)
    assert other.error is None
    pd.testing.assert_frame_equal(other.segments[usual.segments.columns], usual.segments)
    assert other.segments.drop(columns=usual.segments.columns).isna().all(axis=None)
    assert other.report == (None if (name, value) == ("report", "none") else usual.report)


@pytest.mark.parametrize(("name", "columns"), [("S51", S51), ("R127", R127)])
async def test_whole_sets_of_columns(call, name, columns):
    """All columns of either application are named as the vendor's list has them; null is what is not measured.

    The table has them all, the one with a trailing blank without it, and what is said of a file has them, too.
    """
    places = {"startPosSec", "endPosSec"}
    said = await converse(call, variant=Variant(columns=name), channels="both", seconds=12.0)
    headers = next(json.loads(raw)[1]["data"]["headers"] for raw in said.raw if '"headers"' in raw)
    assert headers == {column: position for position, column in enumerate(columns)}
    table = said.segments.drop(columns="session")
    assert {*table.columns} == {column.strip() for column in columns} - places
    assert {*table.dropna(axis="columns", how="all").columns} == {*scoring.COLUMNS} - places
    assert (table.dtypes.drop(["channel", "index", "validSegment"]) == "float64").all()
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(call.path.read_bytes()), filename="call.wav")
    async with (
        app.serving(Options(variant=Variant(columns=name))) as url,
        aiohttp.ClientSession() as http,
        http.post(f"{url}/analysis/analyzeFile", data=form) as response,
    ):
        segments = (await response.json())["data"]["segments"]
    assert segments["headersPositions"] == headers
    assert {len(row) for row in segments["data"]} == {len(columns)}


async def test_the_manners_are_really_different(call):
    """Each switch changes what is on the wire, as its document says."""
    said = await converse(
        call,
        variant=Variant(headers="once", notices="yes", success="number", rows="null"),
        channels="both",
        seconds=12.0,
    )
    analyses = [json.loads(raw)[1] for raw in said.raw if raw.startswith('["audio-analysis",')]
    results = [value["data"] for value in analyses if value["data"]["done"]]
    assert len(results) < len(analyses)
    assert ["headers" in data for data in results] == [True] + [False] * (len(results) - 1)
    assert all(None in data["channels"] for data in results)
    assert all(type(value["success"]) is int for value in analyses)
    keyed = await converse(call, variant=Variant(rows="object"), channels="both", seconds=12.0)
    assert '"channels":{"0":[' in "".join(keyed.raw)
    silent = await converse(call, variant=Variant(completed="no"), channels="both", seconds=3.0, timeout=3.0)
    assert "audio-analysis-completed" not in silent.kinds


async def test_text(call):
    """Segments that come as text make the same table as those that come as JSON."""
    usual, texts = [await converse(call, channels="both", api=api, seconds=12.0) for api in (EmotionLogic, Texts)]
    pd.testing.assert_frame_equal(texts.segments, usual.segments)
    assert any('"data":"index;channel;startPosSec;' in raw for raw in texts.raw)


@given(st.builds(Variant, **{name: st.sampled_from(values) for name, values in options._CHOICES.items()}))
def test_words_and_the_line_say_it_all(chosen):
    """Law: what is written as words, or for a server's process, is read as the same variant."""
    assert read_words(Variant, [f"{name}={getattr(chosen, name)}" for name in options._CHOICES]) == chosen
    whole = Options(variant=chosen, keep=Path("kept here"), faults=Faults(drop=2.0))
    assert told(whole, 7) == (whole, 7)


@pytest.mark.parametrize("word", ["rows=upside-down", "colour=red", "rows", ""])
def test_what_is_no_variant(word):
    """An unknown switch or value is said to be wrong, with what there is."""
    with pytest.raises(SettingsError, match=r"it must be one of 'empty', 'null'|there are headers, notices"):
        read_words(Variant, [word])


def test_repr_is_short():
    """Only what differs from the usual is shown."""
    assert repr(Variant()) == "Variant()"
    assert repr(Variant(rows="null")) == "Variant(rows='null')"


def test_a_server_is_told(talk):
    """Variant and faults reach a server in a process of its own."""
    import emotoolkit as emo

    with app.serve(variant=Variant(headers="once", success="number")) as local:
        replay = emo.replay(talk, EmotionLogic(url=local.url), speed=float("inf"), progress=False)
    raw = replay.events["raw"]
    assert raw.str.contains('"success":1').all()
    assert raw.str.contains('"headers"').sum() == 1
    assert len(replay.segments) > 5
