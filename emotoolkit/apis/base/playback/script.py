"""The server's messages of a recorded session, scheduled by media position, not by packet. Pure.

A message that came after media second t had been sent is due once the client has sent t. A message from before any
media is due at the opening; an answer to a message of the client, such as the end mark, is due after that message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from emotoolkit.apis.base.journal import Ended, Opened, Received, Record, Sent

__all__ = ["Moment", "ScheduledMessage", "Script", "Stage", "StageFunction", "build_script"]


class Stage(IntEnum):
    """How far a session is."""

    OPENING = 0
    MEDIA = 1
    AFTER_MEDIA = 2
    """The client has sent a message after its media: the end mark, another config."""
    LAST = 3
    """The client has sent its last message."""


StageFunction: TypeAlias = Callable[[str], Stage | None]
"""Gives the stage that a message after media belongs to; None if it cannot be in a stream."""


@dataclass(frozen=True, order=True, slots=True)
class Moment:
    """A stage and, for media, the second since the session's beginning."""

    stage: Stage
    second: float = 0.0


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A message, the moment after which it is due, and the seconds by which it came later."""

    moment: Moment
    wait: float
    raw: str


@dataclass(frozen=True, slots=True)
class Script:
    """The messages of a session, in order.

    Attributes
    ----------
    messages : tuple of ScheduledMessage
        In order of their moments.
    cut : Moment or None
        Moment from which the connection is cut, once all messages are sent; None where the session came to its own end.
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
    """Find where a session without its own end is cut: where the server failed, or where the client stopped."""
    if how == "failed":
        return last
    return Moment(Stage.AFTER_MEDIA) if how == "stopped" and last.stage < Stage.AFTER_MEDIA else None
