"""One session's findings in the words of three generations of servers: the same facts, said at different times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server.analysis import (
    DetectedSignal,
    EndedSignal,
    EngagementState,
    QualityPeriod,
    UpdatedSignal,
)
from emotoolkit.apis.interhuman.server.coverage import Gap
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.server.reporting import BatchReporter, FlatReporter, LifecycleReporter

OVERALL, TIMELINE = "conversation_quality_overall", "conversation_quality_timeline"
BEGUN = DetectedSignal("interest", 1.0, "low", "looks up", "video")
CHANGED = UpdatedSignal("interest", 1.0, "high", "leans in", "video")
OVER = EndedSignal("interest", 9.5)
SPAN = {"type": "interest", "start": 1.0, "end": 9.5, "probability": "high", "rationale": "leans in"}


def period(start: float, end: float, energy: float = 60.0) -> QualityPeriod:
    """A period in which nothing but energy was measured."""
    return QualityPeriod(start, end, {"energy": energy}, {"energy": 55.0}, ("energy",))


def said(reporter, findings, include=(), number=1):
    """What is said of some findings, message by message."""
    return list(reporter.report(findings, include, number))


def kinds(messages) -> list[str]:
    """The types of messages alone."""
    return [kind for kind, _ in messages]


def test_a_life_is_said_step_by_step():
    """Where signals have lives, each finding is a message of its own, in the order in which they were found."""
    findings = [BEGUN, EngagementState("engaged", 0.0), CHANGED, OVER]
    described = {"signal_type": "interest", "start": 1.0, "probability": "low", "rationale": "looks up"}
    assert said(LifecycleReporter(modality=False), findings) == [
        ("signal.detected", described),
        ("engagement.updated", {"state": "engaged", "start": 0.0}),
        ("signal.updated", described | {"probability": "high", "rationale": "leans in"}),
        ("signal.ended", {"signal_type": "interest", "end": 9.5}),
    ]


@pytest.mark.parametrize("modality", [False, True])
def test_the_modality_is_said_only_where_the_version_has_it(modality):
    """A list with the one modality, or nothing by that name; never where a signal ends."""
    messages = said(LifecycleReporter(modality=modality), [BEGUN, CHANGED, OVER])
    assert [data.get("modality") for _, data in messages] == [["video"] if modality else None] * 2 + [None]
    assert ["modality" in data for _, data in messages] == [modality, modality, False]


@pytest.mark.parametrize("reporter", [LifecycleReporter(modality=False), BatchReporter()])
def test_quality_is_said_only_if_asked_for(reporter):
    """Without `include` there is no word of quality; with it there are the sections asked for and no other."""
    assert "conversation_quality.updated" not in kinds(said(reporter, [period(0.0, 8.0)]))
    ((kind, data),) = said(reporter, [period(3.0, 11.0)], [OVERALL])
    assert (kind, data) == ("conversation_quality.updated", {"measured": ["energy"], "overall": {"energy": 55.0}})
    ((_, data),) = said(reporter, [period(6.0, 14.0)], [TIMELINE])
    assert data["timeline"] == [{"start": 6.0, "end": 14.0, "values": {"energy": 60.0}}]
    assert "overall" not in data


@pytest.mark.parametrize("reporter", [LifecycleReporter(modality=False), BatchReporter()])
def test_gaps_are_dropped_or_degraded(reporter):
    """Media that are missing were dropped; where there is sound without pictures, the reason is the pictures."""
    gaps = [Gap(3.0, 4.0, has_sound=True), Gap(4.0, 6.0, has_sound=False)]
    assert said(reporter, gaps) == [
        ("coverage.degraded", {"ranges": [{"start": 3.0, "end": 4.0}], "reason": "video_gap"}),
        ("coverage.dropped", {"ranges": [{"start": 4.0, "end": 6.0}]}),
    ]


@pytest.mark.parametrize("reporter", [LifecycleReporter(modality=True), BatchReporter(), FlatReporter()])
def test_an_error_names_the_message_it_is_about(reporter):
    """Code, sentence and the number of the binary message are those of the trouble, in every generation."""
    ((kind, data),) = said(reporter, [ErrorReport("ih4005", "it cannot be read")], number=7)
    assert kind == "error"
    assert (data["code"], data["message"], data["segment"]) == ("ih4005", "it cannot be read", 7)


@pytest.mark.parametrize("reporter", [LifecycleReporter(modality=True), BatchReporter()])
def test_only_the_first_version_confirms_messages(reporter):
    """Later versions say nothing when a message comes; the first one says how large it was."""
    assert list(reporter.receive(3, 1000)) == []
    assert list(FlatReporter().receive(3, 1000)) == [("processing", {"segment": 3, "bytes": 1000})]


def test_batched_signals_wait_for_their_end():
    """A signal without an end is not said; with it, it is said once, with what was last known of it."""
    reporter = BatchReporter()
    assert kinds(said(reporter, [EngagementState("neutral", 0.0), BEGUN, period(0.0, 8.0)])) == ["engagement.updated"]
    assert said(reporter, [CHANGED, OVER]) == [("signal.detected", {"signals": [SPAN]})]
    assert said(reporter, []) == []


def test_batched_signals_of_a_window_stand_before_its_state():
    """What ended in a window is one message, ahead of the window's engagement and quality."""
    findings = [
        EngagementState("engaged", 0.0),
        BEGUN,
        DetectedSignal("doubt", 2.0, "low", "", "audio"),
        EndedSignal("doubt", 4.0),
    ]
    messages = said(BatchReporter(), [*findings, CHANGED, OVER, period(3.0, 11.0)], [TIMELINE])
    assert kinds(messages) == ["signal.detected", "engagement.updated", "conversation_quality.updated"]
    assert [each["type"] for each in messages[0][1]["signals"]] == ["doubt", "interest"]


def test_windows_overlap_as_they_were_looked_at():
    """Each window, 3 s after the one before, has the state that holds when it closes, also where none is new."""
    windows = [
        EngagementState("engaged", 0.0),
        period(0.0, 8.0),
        period(8.0, 11.0),
        EngagementState("neutral", 11.0),
        period(11.0, 14.0),
    ]
    expected = [("engaged", 0.0, 8.0), ("engaged", 3.0, 11.0), ("neutral", 6.0, 14.0)]
    named = [{"state": state, "start": start, "end": end} for state, start, end in expected]
    assert [data for _, data in said(BatchReporter(), windows)] == named
    assert said(FlatReporter(), windows)[0][1]["engagement_state"] == named


@pytest.mark.parametrize("kind", [BatchReporter, FlatReporter])
def test_windows_of_messages_follow_each_other(kind):
    """Where each message is a window, its state is that of its own seconds."""
    windows = [EngagementState("engaged", 0.0), period(0.0, 2.8), EngagementState("neutral", 2.8), period(2.8, 5.8)]
    messages = said(kind(per_message=True), windows)
    found = [data for _, data in messages] if kind is BatchReporter else messages[0][1]["engagement_state"]
    assert found == [
        {"state": "engaged", "start": 0.0, "end": 2.8},
        {"state": "neutral", "start": 2.8, "end": 5.8},
    ]


def test_a_window_without_a_state_is_not_said_but_counted():
    """Nothing is said of engagement before it was judged; the next window still begins 3 s later."""
    messages = said(BatchReporter(), [period(0.0, 8.0), EngagementState("engaged", 8.0), period(8.0, 11.0)])
    assert messages == [("engagement.updated", {"state": "engaged", "start": 3.0, "end": 11.0})]


def test_the_first_version_answers_with_a_result_and_its_completion():
    """A result numbered as its message, then the completion; signals have both ends, quality only if asked for."""
    (result, data), completed = said(FlatReporter(), [BEGUN, CHANGED, OVER, period(0.0, 8.0)], number=4)
    assert result == "result"
    assert data == {"segment": 4, "signals": [SPAN], "engagement_state": []}
    assert completed == ("completed", {"segment": 4})


def test_what_was_found_beside_an_error_is_said_with_the_next_result():
    """An error is said alone, and nothing is lost over it, nor said twice."""
    reporter = FlatReporter()
    found = [EngagementState("engaged", 0.0), BEGUN, CHANGED, OVER, period(0.0, 8.0)]
    assert kinds(said(reporter, [*found, ErrorReport("ih4005", "broken")], number=1)) == ["error"]
    _, data = said(reporter, [], [OVERALL], number=2)[0]
    assert data["signals"] == [SPAN]
    assert data["engagement_state"] == [{"state": "engaged", "start": 0.0, "end": 8.0}]
    assert data["conversation_quality"]["overall"] == {"energy": 55.0}
    assert said(reporter, [], [OVERALL], number=3)[0][1] == {"segment": 3, "signals": [], "engagement_state": []}


def test_several_periods_in_one_result_are_one_timeline():
    """All periods one behind the other, each saying what it measured, under the last overall."""
    first, second = period(0.0, 8.0, 60.0), QualityPeriod(8.0, 11.0, {"energy": 50.0}, {"energy": 58.0}, ())
    quality = said(FlatReporter(), [first, second], [OVERALL, TIMELINE])[0][1]["conversation_quality"]
    assert quality["overall"] == {"energy": 58.0}
    assert [(each["start"], each["values"]["energy"], each["measured"]) for each in quality["timeline"]] == [
        (0.0, 60.0, ["energy"]),
        (8.0, 50.0, []),
    ]


@st.composite
def lives(draw) -> list[DetectedSignal | UpdatedSignal | EndedSignal | QualityPeriod]:
    """Signals that begin, change and end one after another, with windows that close in between."""
    findings, active = [], {}
    for moment in range(draw(st.integers(0, 20))):
        name = draw(st.sampled_from(["a", "b", "window"]))
        if name == "window":
            findings.append(period(moment, moment + 8.0))
        elif name not in active:
            active[name] = float(moment)
            findings.append(DetectedSignal(name, float(moment), "low", f"since {moment}", "video"))
        elif draw(st.booleans()):
            findings.append(UpdatedSignal(name, active[name], "high", f"at {moment}", "video"))
        else:
            del active[name]
            findings.append(EndedSignal(name, float(moment)))
    return findings


@given(lives(), st.integers(1, 4))
def test_all_generations_say_the_same_lives(findings, size):
    """Law: the spans of the batched and of the flat version are the lives that ended, however findings are grouped."""
    groups = [findings[at : at + size] for at in range(0, len(findings), size)]
    words: dict[str, list] = {}
    for reporter in (LifecycleReporter(modality=False), BatchReporter(), FlatReporter()):
        words[type(reporter).__name__] = [message for group in groups for message in said(reporter, group)]
    expected, active = [], {}
    for kind, data in words["LifecycleReporter"]:
        if kind == "signal.ended":
            expected.append(active.pop(data["signal_type"]) | {"end": data["end"]})
        else:
            name = data["signal_type"]
            active[name] = {"type": name} | {key: data[key] for key in ("start", "probability", "rationale")}
    spans = [each for kind, data in words["BatchReporter"] if kind == "signal.detected" for each in data["signals"]]
    assert spans == expected
    assert [each for kind, data in words["FlatReporter"] if kind == "result" for each in data["signals"]] == expected
