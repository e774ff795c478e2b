"""Messages as both sides send them: field by field, as the contract has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.wire import error_codes, messages

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_envelope():
    """An envelope has the four fields, in the order and with the time stamp seen on the wire."""
    assert messages.envelope("error", {"a": 1}, "c", NOW) == (
        '{"timestamp": "2026-01-02T03:04:05.000006Z", "correlation_id": "c", "type": "error", "data": {"a": 1}}'
    )


@pytest.mark.parametrize("code", error_codes.ERRORS)
def test_our_errors(code):
    """Each error that we send has a sentence and the link form of the service."""
    data = messages.error(code, segment=2)
    assert data["message"]
    assert data["link"].startswith(f"https://docs.interhuman.ai/api-reference/error-handling#{code}-")
    assert data["segment"] == 2


def test_flat():
    """A message of v0 has a status, no time stamp, and another name for codes."""
    flat = json.loads(messages.flat("error", messages.error("ih5004", "no", 2), "c", NOW))
    assert flat.pop("link").startswith("https://")
    assert flat == {"status": "error", "error_id": "ih5004", "message": "no", "segment": 2, "correlation_id": "c"}


@pytest.mark.parametrize(
    ("asked", "config"),
    [
        (([],), {"include": []}),
        ((messages.INCLUDE,), {"include": list(messages.INCLUDE)}),
        (([], "inter-2"), {"include": [], "model": "inter-2"}),
        (
            ([], "inter-2-audio", 16_000),
            {
                "include": [],
                "model": "inter-2-audio",
                "audio_format": {"encoding": "pcm_s16le", "sample_rate": 16_000, "channels": 1},
            },
        ),
    ],
)
def test_config(asked, config):
    """A config has the sections, and model and form of the sound only where they are chosen."""
    assert json.loads(messages.config(*asked)) == config


def test_ready_has_whole_seconds():
    """Limits are rounded up to whole seconds, as the vendor's client needs; no limit of a segment is null."""
    limits = messages.ready("local", idle_timeout_s=0.4, max_session_s=59.5)
    assert (limits["session_idle_timeout_seconds"], limits["session_max_duration_seconds"]) == (1, 60)
    assert limits["max_segment_duration_seconds"] is None
    assert messages.ready("local", max_segment_s=6.5)["max_segment_duration_seconds"] == 6.5
    assert "model" not in limits["supported_session_config_options"]
    assert messages.ready("local", messages.MODELS)["supported_session_config_options"]["model"] == list(
        messages.MODELS
    )


def test_the_modality_is_a_list_or_absent():
    """v1 names the track of a signal in a list; v2, which names none, has no such field."""
    assert messages.signal("interest", 1.0, "low", None, "video")["modality"] == ["video"]
    assert "modality" not in messages.signal("interest", 1.0, "low", None, None)


@given(st.sets(st.sampled_from(messages.INCLUDE)), st.floats(0, 100), st.floats(0, 100))
def test_quality_has_the_sections_requested(include, overall, period):
    """Law: each section is there if it was requested, with its own scores; what is measured is there in any case."""
    data = messages.quality(include, {"energy": overall}, {"energy": period}, (3.0, 6.0), ["energy"])
    assert data.pop("measured") == ["energy"]
    assert data.pop("overall", None) == ({"energy": overall} if messages.OVERALL in include else None)
    entry = {"start": 3.0, "end": 6.0, "values": {"energy": period}}
    assert data.pop("timeline", None) == ([entry] if messages.TIMELINE in include else None)
    assert not data


def test_coverage_has_a_reason_only_if_partial():
    """Media that were not analysed at all need no reason."""
    assert messages.coverage([(1.0, 2.0)]) == {"ranges": [{"start": 1.0, "end": 2.0}]}
    assert messages.coverage([], "video_gap") == {"ranges": [], "reason": "video_gap"}
