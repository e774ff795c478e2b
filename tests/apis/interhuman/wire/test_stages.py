"""When a recorded message may be said again: with the media, after a wish, at the end, or never in a stream."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.interhuman.wire.stages import stage

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "data", "status"]), inner),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "session.ready", "data": {}}, Stage.MEDIA),
        ({"type": "signal.detected", "data": {"signals": []}}, Stage.MEDIA),
        ({"status": "result", "signals": [], "engagement_state": []}, Stage.MEDIA),
        ({"type": "session.updated", "data": {}}, Stage.AFTER_MEDIA),
        ({"type": "session.closing", "data": {}}, Stage.LAST),
        ({"type": "session.ended", "data": {}}, Stage.LAST),
        ({"signals": [], "engagement_state": []}, None),
        ({"job_id": "j", "status": "completed", "result": {}}, None),
    ],
)
def test_the_kinds(message, expected):
    """What answers a config or the end waits for it; an upload's answer is none of a stream's."""
    assert stage(json.dumps(message)) == expected


@given(anything.map(json.dumps) | st.text(max_size=20))
def test_what_is_not_understood_comes_with_the_media(raw):
    """Law: whatever a journal has, it has a stage; an odd message never stops a cassette."""
    assert stage(raw) == Stage.MEDIA
