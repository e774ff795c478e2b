"""Conversations of the real client with the local server, inside one loop: what was heard, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from emotoolkit.apis.base.events import Event, Heard, Report
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.apis.emotion_logic.server.options import Options, Variant
from emotoolkit.errors import ReplayError
from emotoolkit.tables import from_events


@dataclass
class Outcome:
    """What a client heard, as text and as events, and the error that ended it, if one did."""

    raw: list[str]
    events: list[Event]
    error: ReplayError | None

    @property
    def kinds(self) -> list[str]:
        """Names of the messages, in order."""
        return [event.kind for event in self.events]

    @property
    def segments(self) -> pd.DataFrame:
        """The table of segments."""
        return from_events.segments([Heard(0, 0.0, event) for event in self.events], "x")

    @property
    def report(self):
        """The call report, or None."""
        return next((event.data["reports"] for event in self.events if isinstance(event, Report)), None)


async def converse(recording, *, variant=None, faults=None, api=EmotionLogic, seconds=30.0, **settings) -> Outcome:
    """Send the first seconds of a recording to a local server of this kind, as fast as it takes them."""
    raw, error = [], None
    async with app.serving(Options(variant=variant or Variant(), faults=faults or Faults())) as url:
        chosen = api(url=url, **{"timeout": 5.0, **settings})
        try:
            async with chosen.connect(raw.append) as session:
                for packet in chosen.packets(recording):
                    if packet.start < seconds:
                        await session.send(packet)
                await session.finish()
        except ReplayError as problem:
            error = problem
    decoder = chosen.decoder()
    return Outcome(raw, [decoder.decode(text) for text in raw], error)
