"""What a server said in a recorded session, and when: by media position, not by packet. Pure.

A message that came after media second t had been sent is said once the client has sent t. What came before any media is
said at the opening; what answers the client's own words, such as the end of the stream, waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from emotoolkit.apis.base.journal import Ended, Opened, Received, Record, Sent

__all__ = ["Moment", "ScheduledMessage", "Script", "Stage", "StageFunction", "build_script"]


class Stage(IntEnum):
    """How far a conversation is."""

    OPENING = 0
    MEDIA = 1
    AFTER_MEDIA = 2
    """The client has said something behind its media: the end mark, another config."""
    LAST = 3
    """The client has said its last word."""


StageFunction: TypeAlias = Callable[[str], Stage | None]
"""Takes a message; says which stage it belongs to if media came before it, or None if no stream says such a thing."""


@dataclass(frozen=True, order=True, slots=True)
class Moment:
    """A stage and, in the media, a second since the session's beginning."""

    stage: Stage
    second: float = 0.0


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A message, its moment, and how many seconds after that it was said."""

    moment: Moment
    wait: float
    raw: str


@dataclass(frozen=True, slots=True)
class Script:
    """What is said in a session, in order.

    Attributes
    ----------
    cues : tuple of Cue
        Their moments never go back.
    cut : Moment or None
        From when on the connection is cut, once all has been said; None where the session came to its own end.
    """

    messages: tuple[ScheduledMessage, ...]
    cut: Moment | None


def build_script(records: Iterable[Record], session: int, stage_of: StageFunction) -> Script:
    """Make the script of one session of a journal."""
    begin: float | None = None
    moment, since = Moment(Stage.OPENING), 0.0
    messages: list[ScheduledMessage] = []
    how = "finished"
    for record in records:
        match record:
            case Opened(session=of, at=at) if of == session:
                since = at
            case Sent(session=of) if of == session:
                begin = record.start if begin is None else begin
                moment = max(moment, Moment(Stage.MEDIA, record.end - begin))
                since = record.sent
            case Received(session=of) if of == session:
                stage = stage_of(record.raw)
                if begin is not None and stage is not None:
                    moment = max(moment, Moment(stage))
                messages.append(ScheduledMessage(moment, max(0.0, record.received - since), record.raw))
                since = record.received if moment.stage > Stage.MEDIA else since
            case Ended(session=of) if of == session:
                how = record.how
            case _:
                pass
    return Script(tuple(messages), _cut_moment(how, moment))


def _cut_moment(how: str, last: Moment) -> Moment | None:
    """Say when a session is cut that had no end of its own: where the server left it, or where the client gave up."""
    if how == "failed":
        return last
    return Moment(Stage.AFTER_MEDIA) if how == "stopped" and last.stage < Stage.AFTER_MEDIA else None
