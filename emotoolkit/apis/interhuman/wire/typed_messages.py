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
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S
from emotoolkit.apis.base.result_columns import SCORE_NAMES

if TYPE_CHECKING:
    from emotoolkit.apis.base.events import Event

__all__ = ["read"]


Seconds = Annotated[float, Meta(ge=-MAX_MEDIA_TIME_S, le=MAX_MEDIA_TIME_S)]
"""A time; see `parsing.is_moment`."""


class MessageData(Struct, gc=False):
    """What is under `data`."""


class SignalDetectedData(MessageData):
    """A signal begins (§3.4, shape L) or, with an `end`, is told of as a whole (shape F)."""

    signal_type: str
    start: Seconds
    probability: str | None = None
    rationale: str | None = None
    end: Seconds | None = None
    signals: UnsetType = UNSET
    """Shape B has these; it is not usual."""


class SignalUpdatedData(MessageData):
    """A signal goes on, stronger or weaker (§3.4)."""

    signal_type: str
    start: Seconds
    probability: str | None = None
    rationale: str | None = None


class SignalEndedData(MessageData):
    """A signal ends (§3.4)."""

    signal_type: str
    end: Seconds


class EngagementData(MessageData):
    """A state of engagement begins, or had a window (§3.5)."""

    state: str
    start: Seconds
    end: Seconds | None = None


ScoreName = Literal["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


class ScoreValues(MessageData, forbid_unknown_fields=True):
    """The scores that there are (§4.4); None where one is not given."""

    quality_index: float | None = None
    clarity: float | None = None
    authority: float | None = None
    energy: float | None = None
    rapport: float | None = None
    learning: float | None = None


class PeriodData(MessageData):
    """Scores of a period (§3.6)."""

    start: Seconds
    end: Seconds
    values: ScoreValues
    measured: list[ScoreName] | UnsetType | None = UNSET


class QualityData(MessageData):
    """Conversation quality (§3.6)."""

    overall: ScoreValues | None = None
    timeline: list[PeriodData] | None = None
    measured: list[ScoreName] | None = None

    def __post_init__(self) -> None:
        """Leave it to `messages` to tell what says nothing from what is told in other words."""
        if self.overall is None and self.timeline is None:
            raise ValueError("not usual")


class TypedMessage(Struct, gc=False, tag_field="type", kw_only=True):
    """What is around it."""

    timestamp: Any = None

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        raise NotImplementedError


class SignalDetectedMessage(TypedMessage, tag="signal.detected"):
    """See `SignalDetectedData`."""

    data: SignalDetectedData

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        one = self.data
        if one.end is None:
            return SignalDetected("signal.detected", raw, one.signal_type, one.start, one.probability, one.rationale)
        span = SignalSpan(one.signal_type, one.start, one.end, one.probability, one.rationale)
        return SignalSpans("signal.detected", raw, (span,))


class SignalUpdatedMessage(TypedMessage, tag="signal.updated"):
    """See `SignalUpdatedData`."""

    data: SignalUpdatedData

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        one = self.data
        return SignalUpdated("signal.updated", raw, one.signal_type, one.start, one.probability, one.rationale)


class SignalEndedMessage(TypedMessage, tag="signal.ended"):
    """See `SignalEndedData`."""

    data: SignalEndedData

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        return SignalEnded("signal.ended", raw, self.data.signal_type, self.data.end)


class EngagementMessage(TypedMessage, tag="engagement.updated"):
    """See `EngagementData`."""

    data: EngagementData

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        return Engagement("engagement.updated", raw, self.data.state, self.data.start, self.data.end)


class QualityMessage(TypedMessage, tag="conversation_quality.updated"):
    """See `QualityData`."""

    data: QualityData

    def event(self, raw: str) -> Event:
        """Say what the message says."""
        quality = self.data
        overall = None if quality.overall is None else _measured_scores(quality.overall, quality.measured)
        periods = tuple(
            Scores(
                each.start,
                each.end,
                _measured_scores(each.values, quality.measured if each.measured is UNSET else each.measured),
            )
            for each in quality.timeline or ()
        )
        return Quality("conversation_quality.updated", raw, overall, periods)


SCORE_GETTER = attrgetter(*SCORE_NAMES)

_DECODER: Decoder[TypedMessage] = Decoder(
    SignalDetectedMessage | SignalUpdatedMessage | SignalEndedMessage | EngagementMessage | QualityMessage
)

read = _DECODER.decode
"""Read a message. Raises ValueError or RecursionError where it has not the usual shape."""


def _measured_scores(values: ScoreValues, measured: list[ScoreName] | None) -> dict[str, float]:
    """Leave out the wire's "no evidence" 50s, where the server says which are measured."""
    return {
        name: value
        for name, value in zip(SCORE_NAMES, SCORE_GETTER(values), strict=True)
        if value is not None and (measured is None or name in measured)
    }
