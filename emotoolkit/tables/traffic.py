"""Make the tables of what was sent and received, and when: packets and messages. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.apis.base.events import span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Heard
    from emotoolkit.apis.base.journal import Sent

__all__ = ["MessageTimes", "PacketTimes", "events", "message_times", "packet_times", "packets"]

LATENESS_UNIT = "s"
EVENT_UNITS = {
    "start": "s of media time",
    "end": "s of media time",
    "received": "s since the replay began",
    "latency": "s: received − when the media second was due",
}
PACKET_UNITS = {
    "start": "s of media time",
    "end": "s of media time",
    "due": "s since the replay began",
    "sent": "s since the replay began",
    "lateness": LATENESS_UNIT,
    "bytes": "bytes",
}


@dataclass(frozen=True, eq=False)
class MessageTimes:
    """When messages arrived and which media time they are about; seconds, NaN where undefined."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    received: NDArray[np.float64]
    latencies: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PacketTimes:
    """When packets were due and sent, and which media time they hold; seconds, NaN where none was due."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    due: NDArray[np.float64]
    sent: NDArray[np.float64]

    @property
    def lateness(self) -> NDArray[np.float64]:
        """Delay of each packet: sent − due."""
        return self.sent - self.due


def message_times(messages: Sequence[Heard], due: Callable[[int, float], float]) -> MessageTimes:
    """Compute the times of messages, in order of arrival: the numeric columns of `events`."""
    spans = [span(each.event) for each in messages]
    ends = [end if end is not None else start for start, end in spans]
    dues = [np.nan if end is None else due(each.session, end) for each, end in zip(messages, ends, strict=True)]
    received = np.array([each.received for each in messages], float)
    return MessageTimes(
        np.array([start for start, _ in spans], float),
        np.array([end for _, end in spans], float),
        received,
        received - np.array(dues, float),
    )


def packet_times(sent: Sequence[Sent], start_time: float) -> PacketTimes:
    """Compute the times of packets, in the order given, relative to the replay's `start_time`."""
    return PacketTimes(
        np.array([each.start for each in sent], float),
        np.array([each.end for each in sent], float),
        np.array([np.nan if each.due is None else each.due - start_time for each in sent], float),
        np.array([each.sent - start_time for each in sent], float),
    )


def events(messages: Sequence[Heard], api: str, due: Callable[[int, float], float]) -> pd.DataFrame:
    """Make the table of the server's messages: a row each, in order of arrival.

    Parameters
    ----------
    messages : sequence of Heard
        All messages.
    api : str
        Name of the API.
    due : callable
        Takes a session and a media second; returns the seconds since the replay began at which that was due in that
        session, NaN where undefined.

    Returns
    -------
    pandas.DataFrame
        Index `session`, `message` (int). Columns `kind` (str), `start`, `end`, `received`, `latency` (float64, s; NaN
        where the message is about no span of time), `raw` (str, the JSON), `api` (str).
    """
    times = message_times(messages, due)
    table = pd.DataFrame(
        {
            "kind": pd.Series([each.event.kind for each in messages], dtype="str"),
            "start": times.starts,
            "end": times.ends,
            "received": times.received,
            "latency": times.latencies,
            "raw": pd.Series([each.event.raw for each in messages], dtype="str"),
            "api": pd.Series([api] * len(messages), dtype="str"),
        }
    )
    sessions = np.array([each.session for each in messages], np.int64)
    table.index = pd.MultiIndex.from_arrays([sessions, np.arange(len(messages))], names=["session", "message"])
    table.attrs["units"] = EVENT_UNITS
    return table


def packets(sent: Sequence[Sent], start_time: float) -> pd.DataFrame:
    """Make the table of packets sent: a row each, session by session.

    Returns
    -------
    pandas.DataFrame
        Index `session`, `packet` (int, from 0 in each session). Columns `start`, `end` (media time), `due`,
        `sent` (since the replay began), `lateness` (all float64, s; `due` and `lateness` are NaN at infinite speed),
        `bytes` (int64).
    """
    sent = sorted(sent, key=lambda each: each.session)
    times = packet_times(sent, start_time)
    table = pd.DataFrame(
        {
            "start": times.starts,
            "end": times.ends,
            "due": times.due,
            "sent": times.sent,
            "lateness": times.lateness,
            "bytes": np.array([each.bytes for each in sent], np.int64),
        }
    )
    sessions = pd.Series([each.session for each in sent], dtype="int64")
    table.index = pd.MultiIndex.from_arrays(
        [sessions, sessions.groupby(sessions).cumcount()], names=["session", "packet"]
    )
    table.attrs["units"] = PACKET_UNITS
    return table
