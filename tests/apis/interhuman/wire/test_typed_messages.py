"""The fast path for common messages: the same events as field by field, whatever is odd about a message."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.wire import decoder, messages, typed_messages
from tests.support.examples import examples

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
VALUES = {"quality_index": 61, "clarity": 55.5, "authority": 60, "energy": 70, "rapport": 64, "learning": 56}
NAMES = ["type", "timestamp", "data", "signal_type", "start", "end", "probability", "rationale", "signals", "state"]
NAMES += ["overall", "timeline", "measured", "values", "energy", "clarity", "x"]
KINDS = ["signal.detected", "signal.updated", "signal.ended", "engagement.updated", "conversation_quality.updated", "x"]
odd = st.sampled_from([True, 0, -1, 2**53 + 1, 10**30, 10**400, 1e308, -0.0, math.inf, math.nan, "1", "\ud800", "😀"])
plain = st.none() | odd | st.floats() | st.integers() | st.text() | st.sampled_from(KINDS)
nested = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner), max_leaves=8
)
moments = st.floats(0, 1e4) | st.integers(0, 10**4)
words = st.none() | st.text(max_size=8)
scores = st.dictionaries(st.sampled_from(["energy", "clarity"]), moments | st.none())
measured = st.lists(st.sampled_from(["energy", "clarity"]), max_size=2)
reasons = {"probability": words, "rationale": words, "signals": nested, "end": moments | st.none()}
period = st.fixed_dictionaries({"start": moments, "end": moments, "values": scores}, optional={"measured": measured})
usual_data = st.one_of(
    st.fixed_dictionaries({"signal_type": st.text(), "start": moments}, optional=reasons),
    st.fixed_dictionaries({"signal_type": st.text(), "end": moments}),
    st.fixed_dictionaries({"state": st.text(), "start": moments}, optional={"end": moments | st.none()}),
    st.fixed_dictionaries(
        {}, optional={"overall": scores | st.none(), "timeline": st.lists(period, max_size=3), "measured": measured}
    ),
)


@st.composite
def said(draw):
    """A message of the usual kinds, with something odd in it or beside it, as text; the text may be damaged."""
    data = draw(usual_data | nested)
    if isinstance(data, dict):
        data |= draw(st.dictionaries(st.sampled_from(NAMES), nested, max_size=1))
    message = {"type": draw(st.sampled_from(KINDS) | nested), "data": data}
    message |= draw(st.dictionaries(st.sampled_from(NAMES), nested, max_size=1))
    raw = json.dumps(message, ensure_ascii=draw(st.booleans()))
    at, more = draw(st.integers(0, len(raw))), draw(st.integers(0, 3))
    return raw if draw(st.booleans()) else raw[:at] + draw(st.text('{}[]",:\\\\0.', max_size=2)) + raw[at + more :]


@given(said())
@settings(max_examples=examples(500))
def test_read_at_once_is_read_field_by_field(raw):
    """Law: what has the usual shape, and is read at once, says what it says when it is read field by field."""
    assert decoder.Decoder().decode(raw) == decoder._read_by_field(raw)[0]


def test_the_usual_shape_is_what_a_server_says():
    """Each message that comes by the thousand is read at once, whatever is in it that only some servers say."""
    told = messages.quality(messages.INCLUDE, VALUES, VALUES, (0, 8), ["energy"])
    for kind, data in [
        ("signal.detected", messages.signal("interest", 1.0, "low", "words", "audio")),
        ("signal.detected", messages.signal("interest", 1.0, None, None, "audio") | {"end": 2.0}),
        ("signal.updated", messages.signal("interest", 1.0, "low", "words", "audio")),
        ("signal.ended", messages.signal_ended("interest", 2.0)),
        ("engagement.updated", messages.engagement_window("neutral", 0.0, 8.0)),
        ("conversation_quality.updated", told),
    ]:
        raw = messages.envelope(kind, data, "c", NOW)
        assert typed_messages.read(raw).event(raw) == decoder.Decoder().decode(raw)
        assert typed_messages.read(raw).timestamp
