"""Decode the frequent messages in their common shape, in one step.

Each class is the shape of a message, with only the fields that are used. A message of that shape becomes the same event
as in `decoder`, which reads it field by field, at a tenth of the cost. A message that differs in any way, such as a
text in place of a number, is rejected here and left to `decoder`. Section numbers refer to the contract page.
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
"""A media time; see `message_text.is_media_time`."""


class MessageData(Struct, gc=False):
    """The `data` of a message."""


class SignalDetectedData(MessageData):
    """A signal begins (§3.4, shape L) or, with an `end`, is reported as a whole (shape F)."""

    signal_type: str
    start: Seconds
    probability: str | None = None
    rationale: str | None = None
    end: Seconds | None = None
    signals: UnsetType = UNSET
    """Shape B has these; it is left to `decoder`."""


class SignalUpdatedData(MessageData):
    """An active signal becomes stronger or weaker (§3.4)."""

    signal_type: str
    start: Seconds
    probability: str | None = None
    rationale: str | None = None


class SignalEndedData(MessageData):
    """A signal ends (§3.4)."""

    signal_type: str
    end: Seconds


class EngagementData(MessageData):
    """An engagement state begins, or is that of a window (§3.5)."""

    state: str
    start: Seconds
    end: Seconds | None = None


ScoreName = Literal["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


class ScoreValues(MessageData, forbid_unknown_fields=True):
    """The scores (§4.4); None where one is not given."""

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
        """Leave data without either section to `decoder`, which checks whether it has other fields."""
        if self.overall is None and self.timeline is None:
            raise ValueError("neither overall nor timeline")


class TypedMessage(Struct, gc=False, tag_field="type", kw_only=True):
    """The envelope of a message."""

    timestamp: Any = None

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
        raise NotImplementedError


class SignalDetectedMessage(TypedMessage, tag="signal.detected"):
    """See `SignalDetectedData`."""

    data: SignalDetectedData

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
        data = self.data
        if data.end is None:
            return SignalDetected(
                "signal.detected", raw, data.signal_type, data.start, data.probability, data.rationale
            )
        span = SignalSpan(data.signal_type, data.start, data.end, data.probability, data.rationale)
        return SignalSpans("signal.detected", raw, (span,))


class SignalUpdatedMessage(TypedMessage, tag="signal.updated"):
    """See `SignalUpdatedData`."""

    data: SignalUpdatedData

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
        data = self.data
        return SignalUpdated("signal.updated", raw, data.signal_type, data.start, data.probability, data.rationale)


class SignalEndedMessage(TypedMessage, tag="signal.ended"):
    """See `SignalEndedData`."""

    data: SignalEndedData

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
        return SignalEnded("signal.ended", raw, self.data.signal_type, self.data.end)


class EngagementMessage(TypedMessage, tag="engagement.updated"):
    """See `EngagementData`."""

    data: EngagementData

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
        return Engagement("engagement.updated", raw, self.data.state, self.data.start, self.data.end)


class QualityMessage(TypedMessage, tag="conversation_quality.updated"):
    """See `QualityData`."""

    data: QualityData

    def event(self, raw: str) -> Event:
        """Make the event of this message."""
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
"""Decode a message. Raises ValueError or RecursionError if it does not have the common shape."""


def _measured_scores(values: ScoreValues, measured: list[ScoreName] | None) -> dict[str, float]:
    """Leave out the "no evidence" 50s, if the server says which scores are measured."""
    return {
        name: value
        for name, value in zip(SCORE_NAMES, SCORE_GETTER(values), strict=True)
        if value is not None and (measured is None or name in measured)
    }
