"""Commands of the notebook to the worker, and their encoding: a length of four bytes, then a pickle."""

from __future__ import annotations

import math
import pickle
from asyncio import IncompleteReadError
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from asyncio import StreamReader
    from pathlib import Path

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.media.recording import Recording

__all__ = [
    "Abandon",
    "Command",
    "IssueUrl",
    "Pause",
    "Play",
    "ReplayCommand",
    "Resume",
    "Seek",
    "SetSpeed",
    "StepForward",
    "Stop",
    "StreamSpec",
    "read_command",
    "write_command",
]

LENGTH_PREFIX_BYTES = 4
"""Bytes of the length in front of a command."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One recording through one API: its number, the recording, the settings of its sessions, and its journal."""

    number: int
    recording: Recording
    sessions: tuple[Api, ...]
    journal: Path


@dataclass(frozen=True, slots=True)
class Play:
    """Replay recordings through APIs on one clock: from media second `at` up to `until`, `loop` times."""

    player: int
    streams: tuple[StreamSpec, ...]
    speed: float
    _: KW_ONLY
    catch_up: float = 1.0
    at: float = 0.0
    until: float = math.inf
    loop: int = 1
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop media time; the sessions stay open."""

    player: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Let media time run on."""

    player: int


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Run at another speed from here on."""

    player: int
    speed: float


@dataclass(frozen=True, slots=True)
class Seek:
    """Continue at media second `to` in new sessions, since a session's positions count from its beginning."""

    player: int
    to: float


@dataclass(frozen=True, slots=True)
class StepForward:
    """While paused: send the next packet, and no more."""

    player: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Send no more; end the sessions by the protocol's own end, so that what was sent is answered."""

    player: int


@dataclass(frozen=True, slots=True)
class Abandon:
    """Drop everything at once."""

    player: int


@dataclass(frozen=True, slots=True)
class IssueUrl:
    """Create a URL, with `token` in it, by which a page controls a replay; it is reported as line number `reply_to`."""

    player: int
    token: str
    reply_to: int


ReplayCommand = Pause | Resume | SetSpeed | Seek | StepForward | Stop | Abandon
"""Commands to a replay under way."""

Command = Play | ReplayCommand | IssueUrl


def write_command(pipe: BinaryIO, command: Command) -> None:
    """Write a command to the worker's standard input."""
    data = pickle.dumps(command)
    pipe.write(len(data).to_bytes(LENGTH_PREFIX_BYTES, "big") + data)
    pipe.flush()


async def read_command(pipe: StreamReader) -> Command | None:
    """Read the next command; None when the notebook has ended."""
    try:
        size = int.from_bytes(await pipe.readexactly(LENGTH_PREFIX_BYTES), "big")
        return cast("Command", pickle.loads(await pipe.readexactly(size)))  # noqa: S301 - from our own parent
    except IncompleteReadError:
        return None
