"""Files of labels as other programs and people write them."""

import json
import math

import pandas as pd
import pytest

from emotoolkit import read_labels
from emotoolkit.errors import NotLabels
from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label


def check(path, *expected):
    """Read a file, and compare."""
    pd.testing.assert_frame_equal(read_labels(path), labels.make_table(expected))


def joy(track="emotion", text="joy", value=math.nan):
    """A label of one second of a.wav."""
    return Label("a.wav", 500_000, 1_500_000, "", track, text, value)


def test_a_list_is_no_number(tmp_path):
    """Where times have points, a comma between figures is one; a file's name and a label are never numbers."""
    path = tmp_path / "a.csv"
    path.write_text("file;start;end;raters\na.wav;0.5;1.5;1,2\n")
    check(path, joy("raters", "1,2"))
    path.write_text("file;start;end;track;label\na.wav;0,5;1,5;raters;1,2\n")
    check(path, joy("raters", "1,2"))


def test_a_decimal_comma_is_no_thousands(tmp_path):
    """Times that a program in another language wrote are refused with what to write, and not taken for nothing."""
    path = tmp_path / "a_events.tsv"
    path.write_text("onset\tduration\ttrial_type\n1,0\t0,5\tjoy\n")
    with pytest.raises(NotLabels, match=r"'1,0' has a comma; write 0\.5 or 00:00:00\.5"):
        read_labels(path)


@pytest.mark.parametrize(
    "text",
    [
        "file,start,end,emotion\na.wav,0.5,1.5,joy\n",
        "file, start, end, emotion\na.wav, 0.5, 1.5, joy\n",
        "file;start;end;emotion\na.wav;0,5;1,5;joy\n",
        "\ufefffile\tstart\tduration \temotion\na.wav\t0.5\t1\tjoy\n",
    ],
    ids=["commas", "blanks", "semicolons", "tabs"],
)
def test_csv_of_spreadsheets(tmp_path, text):
    """Columns are told apart by whatever the header has between them; blanks about them are none of their names."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    check(tmp_path / "a.csv", joy())


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("file,Start,end", r"it has no column 'start'; its columns are 'file', 'Start', 'end'"),
        ("file;start;emotion", r"it has no column 'end'; its columns are 'file', 'start', 'emotion'"),
    ],
)
def test_what_a_csv_lacks_is_named(tmp_path, header, reason):
    """A table without times says which column it lacks, and which it has."""
    (tmp_path / "a.csv").write_text(f"{header}\n")
    with pytest.raises(NotLabels, match=reason):
        read_labels(tmp_path / "a.csv")


SECONDS = (0.5, 1.5)
TIMEDELTAS = (pd.Timedelta("500ms"), pd.Timedelta("1.5s"))


@pytest.mark.parametrize(
    ("times", "index"),
    [(SECONDS, []), (TIMEDELTAS, []), (SECONDS, ["file"]), (TIMEDELTAS, ["file", "start", "end"])],
)
def test_parquet_of_tables(tmp_path, times, index):
    """File and times may be columns or index; a list is as many labels; what is missing is none."""
    rows = {"file": "a.wav", "start": times[0], "end": times[1], "emotion": [["joy", "fear"]], "calm": [None]}
    table = pd.DataFrame(rows)
    (table.set_index(index) if index else table).to_parquet(tmp_path / "a.parquet")
    check(tmp_path / "a.parquet", joy(text="fear"), joy())


def test_rttm_with_a_mark_in_front(tmp_path):
    """A byte order mark takes no line away, and a blank that does not break is part of a name."""
    lines = ["\ufeffSPEAKER a.wav 1 0.5 1 <NA> <NA> Anna\u00a0B <NA> <NA>", ";; SPEAKER", ""]
    (tmp_path / "a.rttm").write_text("\r\n".join(lines), encoding="utf-8", newline="")
    check(tmp_path / "a.rttm", joy("speaker", "Anna\u00a0B"))


def test_label_studio_with_a_relation(tmp_path):
    """A relation between regions is no label, and what an annotator has passed over says nothing."""
    value = {"start": 0.5, "end": 1.5, "labels": ["joy"]}
    region = {"id": "1", "from_name": "emotion", "to_name": "audio", "type": "labels", "value": value}
    relation = {"from_id": "1", "to_id": "1", "type": "relation", "direction": "right"}
    done, skipped = ({"was_cancelled": which, "result": [region, relation]} for which in (False, True))
    task = {"data": {"audio": "a.wav"}, "annotations": [done, skipped]}
    (tmp_path / "a.json").write_text(json.dumps([task]))
    check(tmp_path / "a.json", joy())


SUBDIVIDED = """\
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="ts2"/><TIME_SLOT TIME_SLOT_ID="ts3"/>
<TIME_SLOT TIME_SLOT_ID="ts4"/><TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="4000"/>
</TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="subdivision" PARENT_REF="words" TIER_ID="sounds">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a5" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
<ANNOTATION_VALUE>b</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a6" TIME_SLOT_REF1="ts4" TIME_SLOT_REF2="ts5">
<ANNOTATION_VALUE>c</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER LINGUISTIC_TYPE_REF="default" TIER_ID="talk">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts5">
<ANNOTATION_VALUE>all of it</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER LINGUISTIC_TYPE_REF="subdivision" PARENT_REF="talk" TIER_ID="words">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
<ANNOTATION_VALUE>of</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>all</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts5">
<ANNOTATION_VALUE>it</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER LINGUISTIC_TYPE_REF="association" PARENT_REF="words" TIER_ID="kind">
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a7" ANNOTATION_REF="a3">
<ANNOTATION_VALUE>preposition</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
</TIER>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default" TIME_ALIGNABLE="true"/>
<LINGUISTIC_TYPE CONSTRAINTS="Time_Subdivision" LINGUISTIC_TYPE_ID="subdivision" TIME_ALIGNABLE="true"/>
<LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" LINGUISTIC_TYPE_ID="association" TIME_ALIGNABLE="false"/>
</ANNOTATION_DOCUMENT>
"""


def test_elan_with_a_subdivision(tmp_path):
    """Where an annotation is divided without times, its parts are as long as each other; what refers has their time."""
    (tmp_path / "a.eaf").write_text(SUBDIVIDED)
    expected = [
        (1.0, 4.0, "talk", "all of it"),
        (1.0, 2.0, "words", "all"),
        (2.0, 3.0, "words", "of"),
        (3.0, 4.0, "words", "it"),
        (3.0, 3.5, "sounds", "b"),
        (3.5, 4.0, "sounds", "c"),
        (2.0, 3.0, "kind", "preposition"),
    ]
    micro = [(round(start * 1e6), round(end * 1e6), *rest) for start, end, *rest in expected]
    check(
        tmp_path / "a.eaf",
        *(Label("a", start, end, "", track, text, math.nan) for start, end, track, text in micro),
    )
