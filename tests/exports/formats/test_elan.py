"""EAF files as ELAN's own library reads them, and those that annotators have made."""

from __future__ import annotations

import math

import pandas as pd

import emotoolkit as emo
from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label
from tests.exports.conftest import LOCAL
from tests.support.label_files import check
from tests.support.made_exports import Results


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
