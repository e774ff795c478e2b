"""Notices that a replay's messages show without the recording: what is missing, unread, or has times that cannot be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.apis.base.events import Fault
from emotoolkit.apis.base.journal import Ended, Received
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import (
    ImpossibleTimesWarning,
    NothingAnsweredWarning,
    ReportMissingWarning,
    SamplesWarning,
    SegmentTimesWarning,
    SilentTrackWarning,
    UnheardWarning,
    UnreadWarning,
)
from emotoolkit.utils.checks import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotoolkit.apis.base.events import Unread
    from emotoolkit.apis.base.journal import Began
    from emotoolkit.errors import NoticeWarning
    from emotoolkit.replays.decoded_journal import DecodedJournal
    from emotoolkit.tables.impossible_times import ImpossibleTimes

__all__ = ["extend"]

MAX_SHOWN_CHARS = 200
"""Characters that a notice shows of a message that could not be read."""

UNREAD_REPORT = "what came in its place could not be read"
"""Why there is no report, where one came."""

EXPLANATIONS = {UnreadWarning, UnheardWarning, NothingAnsweredWarning, SilentTrackWarning}
"""Notices that explain tables without a row; so does that of silent samples."""


class Answers(Protocol):
    """What is asked of a replay here."""

    @property
    def file(self) -> str: ...
    @property
    def api(self) -> str: ...
    @property
    def began(self) -> Began: ...
    @property
    def duration(self) -> float: ...
    @property
    def complete(self) -> bool: ...
    @property
    def parallel_sessions(self) -> int: ...
    @property
    def unread(self) -> Sequence[Unread]: ...
    @property
    def impossible_times(self) -> Sequence[ImpossibleTimes]: ...


def extend(found: Sequence[NoticeWarning], replay: Answers, decoded: DecodedJournal) -> list[NoticeWarning]:
    """Return the notices that were found, and those of other kinds that the messages show."""
    notices = [*found]
    kinds = {type(each) for each in found}
    if UnreadWarning not in kinds and replay.unread:
        notices.append(_unread(replay))
    if not any(map(_is_explanation, notices)) and _is_unanswered(replay, decoded):
        notices.append(_nothing_answered(replay, decoded))
    if ReportMissingWarning not in kinds:
        notices += _missing_report(replay, decoded)
    if SegmentTimesWarning not in kinds and decoded.is_known:
        notices += [SegmentTimesWarning(file=replay.file, api=replay.api, **each) for each in decoded.segment_notes[:1]]
    if ImpossibleTimesWarning not in kinds and decoded.is_known:
        found_times = replay.impossible_times
        notices += [ImpossibleTimesWarning(file=replay.file, api=replay.api, **each) for each in found_times]
    return notices


def _is_explanation(notice: NoticeWarning) -> bool:
    """Whether a notice explains tables without a row."""
    return type(notice) in EXPLANATIONS or (isinstance(notice, SamplesWarning) and notice.how == "silent")


def _unread(replay: Answers) -> UnreadWarning:
    first = replay.unread[0].raw
    short = first if len(first) <= MAX_SHOWN_CHARS else f"{first[:MAX_SHOWN_CHARS]}…"
    kinds = Counter(each.kind for each in replay.unread)
    return UnreadWarning(file=replay.file, api=replay.api, kinds=kinds, first=short)


def _is_unanswered(replay: Answers, decoded: DecodedJournal) -> bool:
    """Whether media were sent, every session ended in order, and no table of results has a row."""
    if not (decoded.is_known and replay.complete and decoded.sent):
        return False
    return not any(len(getattr(replay, name)) for name in APIS[replay.api].tables if name != "coverage")


def _nothing_answered(replay: Answers, decoded: DecodedJournal) -> NothingAnsweredWarning:
    sent = sum(each.end - each.start for each in decoded.sent) / replay.parallel_sessions
    messages, instead = len(decoded.records_of(Received)), _other_setting(replay.began.sessions[0])
    return NothingAnsweredWarning(file=replay.file, api=replay.api, sent=sent, messages=messages, instead=instead)


def _other_setting(settings: dict[str, Any]) -> str:
    """Name the setting to try where nothing was answered: less is called noise, or the server is waited for."""
    noise = settings.get("background_noise")
    if is_number(noise) and noise > 0:
        return f"background_noise={noise / 10:g}"
    for name in ("warm_up", "timeout"):
        seconds = settings.get(name)
        if is_number(seconds):
            return f"{name}={2 * seconds:g}"
    return ""


def _missing_report(replay: Answers, decoded: DecodedJournal) -> list[NoticeWarning]:
    """Find out whether a report was wanted and did not come from a session that has ended in order."""
    if not (replay.complete and any(settings.get("report") for settings in replay.began.sessions)):
        return []
    reported = {each.session for each in decoded.events_by_table["report"]}
    finished = {each.session for each in decoded.records_of(Ended) if each.how == "finished"}
    if finished <= reported:
        return []
    missing = finished - reported
    faults = {each.session: each.event for each in decoded.received_events if isinstance(each.event, Fault)}
    fault = next((faults[session] for session in sorted(missing) if session in faults), None)
    unread = any("report" in each.kind for each in replay.unread)
    reason = fault.message if fault else UNREAD_REPORT if unread else None
    code = fault.code if fault else None
    return [ReportMissingWarning(file=replay.file, api=replay.api, reason=reason, code=code, count=len(missing))]
