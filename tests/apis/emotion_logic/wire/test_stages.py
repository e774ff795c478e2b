"""When a recorded message may be said again: with the media, after the end mark, at the end, or never in a stream."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.emotion_logic.wire.stages import stage


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("handshake-done", Stage.MEDIA),
        ("audio-analysis", Stage.MEDIA),
        ("analysis-error", Stage.MEDIA),
        ("audio-analysis-completed", Stage.AFTER_MEDIA),
        ("analysis-report-ready", Stage.LAST),
        ("analyzeFile", None),
        ("connect_error", None),
    ],
)
@pytest.mark.parametrize("values", [[], [{"success": True}], ["words", 1]])
def test_the_kinds(kind, expected, values):
    """The completion waits for the end mark, the report for the last word; a file's answer is none of a stream's."""
    assert stage(json.dumps([kind, *values])) == expected


@given(st.text(max_size=20))
def test_an_unknown_kind_comes_with_the_media(kind):
    """Law: an event that nobody has heard of is said again where it was said."""
    assert stage(json.dumps([kind])) == Stage.MEDIA
