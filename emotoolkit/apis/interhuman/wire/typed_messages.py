"""The messages that come by the thousand, in the shape in which they usually come, read in one go.

Each class is a message's shape, with only the fields that we read: what has that shape is what `messages` would make of
it field by field, and costs a tenth. Whatever differs, if only by a word where a number belongs, is not of that shape,
and is left to `messages`. Section numbers refer to the contract page.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Decoder

from emotoolkit.apis.base.events import (
    Engagement,
    Quality,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
)
from emotoolkit.apis.base.message_text import LONGEST
from emotoolkit.apis.base.result_columns import SCORES

if TYPE_CHECKING:
    from emotoolkit.apis.base.events import Event

__all__ = ["read"]


Moment = Annotated[float, Meta(ge=-LONGEST, le=LONGEST)]
"""A time; see `parsing.is_moment`."""


class Data(Struct, gc=False):
    """What is under `data`."""


class Began(Data):
    """A signal begins (§3.4, shape L) or, with an `end`, is told of as a whole (shape F)."""

    signal_type: str
    start: Moment
    probability: str | None = None
    rationale: str | None = None
    end: Moment | None = None
    signals: UnsetType = UNSET
    """Shape B has these; it is not usual."""


class Changed(Data):
    """A signal goes on, stronger or weaker (§3.4)."""

    signal_type: str
    start: Moment
    probability: str | None = None
    rationale: str | None = None


class Stopped(Data):
    """A signal ends (§3.4)."""

    signal_type: str
    end: Moment


class State(Data):
    """A state of engagement begins, or had a window (§3.5)."""

    state: str
    start: Moment
    end: Moment | None = None


Score = Literal["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


class Values(Data, forbid_unknown_fields=True):
    """The scores that there are (§4.4); None where one is not given."""

    quality_index: float | None = None
    clarity: float | None = None
    authority: float | None = None
    energy: float | None = None
    rapport: float | None = None
    learning: float | None = None


class Period(Data):
    """Scores of a period (§3.6)."""

    start: Moment
    end: Moment
    values: Values
    measured: list[Score] | UnsetType | None = UNSET


class Told(Data):
    """Conversation quality (§3.6)."""

    overall: Values | None = None
    timeline: list[Period] | None = None
    measured: list[Score] | None = None

    def __post_init__(self) -> None:
        """Leave it to `messages` to tell what says nothing from what is told in other words."""
        if self.overall is None and self.timeline is None:
            raise ValueError("not usual")


class Message(Struct, gc=False, tag_field="type", kw_only=True):
    """What is around it."""

    timestamp: Any = None

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        raise NotImplementedError


class Detected(Message, tag="signal.detected"):
    """See `Began`."""

    data: Began

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        one = self.data
        if one.end is None:
            return SignalDetected("signal.detected", raw, one.signal_type, one.start, one.probability, one.rationale)
        span = SignalSpan(one.signal_type, one.start, one.end, one.probability, one.rationale)
        return SignalSpans("signal.detected", raw, (span,))


class GoneOn(Message, tag="signal.updated"):
    """See `Changed`."""

    data: Changed

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        one = self.data
        return SignalUpdated("signal.updated", raw, one.signal_type, one.start, one.probability, one.rationale)


class Ended(Message, tag="signal.ended"):
    """See `Stopped`."""

    data: Stopped

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        return SignalEnded("signal.ended", raw, self.data.signal_type, self.data.end)


class Engaged(Message, tag="engagement.updated"):
    """See `State`."""

    data: State

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        return Engagement("engagement.updated", raw, self.data.state, self.data.start, self.data.end)


class Scored(Message, tag="conversation_quality.updated"):
    """See `Told`."""

    data: Told

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        told = self.data
        overall = None if told.overall is None else _scores(told.overall, told.measured)
        periods = tuple(
            Scores(
                each.start,
                each.end,
                _scores(each.values, told.measured if each.measured is UNSET else each.measured),
            )
            for each in told.timeline or ()
        )
        return Quality("conversation_quality.updated", raw, overall, periods)


SCORES_OF = attrgetter(*SCORES)

_DECODER: Decoder[Message] = Decoder(Detected | GoneOn | Ended | Engaged | Scored)

read = _DECODER.decode
"""Read a message. Raises ValueError or RecursionError where it has not the usual shape."""


def _scores(values: Values, measured: list[Score] | None) -> dict[str, float]:
    """Leave out the wire's "no evidence" 50s, where the server says which are measured."""
    return {
        name: value
        for name, value in zip(SCORES, SCORES_OF(values), strict=True)
        if value is not None and (measured is None or name in measured)
    }
