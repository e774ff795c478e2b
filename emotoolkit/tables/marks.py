"""Marks: where a replay has gaps, stalls or errors, as one table. Pure: journal records and messages in, rows out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.apis.base.events import Fault, span
from emotoolkit.apis.base.schedule import position
from emotoolkit.tables.from_events import segmented_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotoolkit.apis.base.events import Heard
    from emotoolkit.apis.base.journal import Ended, Reference, Sent
    from emotoolkit.errors import NoticeWarning

    Mark = tuple[float, float, str, str]

__all__ = ["KINDS", "marks"]

KINDS = ["not analysed", "not sent", "stall", "error", "past the end", "notice"]

TOLERANCE_S = 0.1
"""Seconds by which a result may end after the recording: packets and periods are rounded."""


def marks(
    file: str,
    duration: float,
    references: Sequence[Reference],
    sent: Sequence[Sent],
    ended: Sequence[Ended],
    messages: Sequence[Heard],
    coverage: pd.DataFrame,
    notices: Sequence[NoticeWarning] = (),
) -> pd.DataFrame:
    """Make the table of everything that is missing or went wrong in a replay.

    Parameters
    ----------
    file, duration
        The recording, and its length in seconds.
    references, sent, ended
        The journal's records of the clock, of packets and of the sessions' ends.
    messages : sequence of Heard
        All messages.
    coverage : pandas.DataFrame
        See `emotoolkit.tables.from_events.coverage`.
    notices : sequence of NoticeWarning
        What nobody would expect of the replay.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end` (equal for a moment). Columns `kind` (category), `text` (str):

        ============ ===============================================================
        kind         meaning
        ============ ===============================================================
        not analysed the server reports it, and why
        not sent     the replay broke off before the recording's end
        stall        the sender was held up, and everything after it is due later
        error        of the server or a session, at the media second sent by then
        past the end results whose time is after the recording's end
        notice       what nobody would expect, over what it is about; see `emotoolkit.notices`
        ============ ===============================================================
    """
    found = sorted(
        [
            *_not_analysed(coverage),
            *_not_sent(duration, sent, ended),
            *_stalls(references),
            *_errors(references, max((each.end for each in sent), default=0.0), ended, messages),
            *_past_end(duration, messages),
            *((*(each.span or (0.0, duration)), "notice", str(each)) for each in notices),
        ]
    )
    table = pd.DataFrame(
        {
            "kind": pd.Categorical([kind for *_, kind, _ in found], KINDS),
            "text": pd.Series([text for *_, text in found], dtype="str"),
        }
    )
    table.index = segmented_index(file, [start for start, *_ in found], [end for _, end, *_ in found])
    return table


def _not_analysed(coverage: pd.DataFrame) -> Iterator[Mark]:
    starts, ends = (pd.TimedeltaIndex(coverage.index.get_level_values(level)) for level in ("start", "end"))
    for start, end, reason in zip(starts.total_seconds(), ends.total_seconds(), coverage["reason"], strict=True):
        yield float(start), float(end), "not analysed", str(reason)


def _not_sent(duration: float, sent: Sequence[Sent], ended: Sequence[Ended]) -> Iterator[Mark]:
    broken = any(end.how == "failed" for end in ended) or not ended
    last = max((each.end for each in sent), default=0.0)
    if broken and duration - last > TOLERANCE_S:
        yield last, duration, "not sent", "the replay broke off here"


def _stalls(references: Sequence[Reference]) -> Iterator[Mark]:
    for before, after in pairwise(references):
        if after.why == "stall" and before.speed:
            seconds = (position(before, after.at) - after.media) / before.speed
            yield after.media, after.media, "stall", f"held up for {seconds:.1f} s"


def _errors(
    references: Sequence[Reference], last: float, ended: Sequence[Ended], messages: Sequence[Heard]
) -> Iterator[Mark]:
    origin = references[0].at if references else 0.0
    for each in messages:
        if isinstance(each.event, Fault):
            at = min(_media_time(references, each.received + origin), last)
            yield at, at, "error", ": ".join(filter(None, [each.event.code, each.event.message]))
    for end in ended:
        if end.error is not None:
            at = min(_media_time(references, end.at), last)
            yield at, at, "error", end.error


def _past_end(duration: float, messages: Sequence[Heard]) -> Iterator[Mark]:
    ends = [
        last for each in messages for last in span(each.event) if last is not None and last > duration + TOLERANCE_S
    ]
    if ends:
        text = f"{len(ends)} times, up to {max(ends):.1f} s, behind the recording's end at {duration:.1f} s"
        yield duration, duration, "past the end", text


def _media_time(references: Sequence[Reference], at: float) -> float:
    """Return the media second that was due at a wall time."""
    before = [each for each in references if each.at <= at]
    return position(before[-1], at) if before else 0.0
