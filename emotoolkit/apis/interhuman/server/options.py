"""What a local server is told to be: which profile, who may come in, what it refuses, its limits and its faults."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server.profiles import PROFILES
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import check_choice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emotoolkit.apis.interhuman.server.auth import Keys

__all__ = ["REFUSABLE", "Limits", "Rules"]

REFUSABLE = ("continuations", "restarts", "mp4v")
"""What a strict server may refuse: pieces that do not begin a container, a second container, MPEG-4 Part 2 (§2.2)."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A server's limits (§6.2).

    Parameters
    ----------
    idle : float
        Seconds without a message after which a session ends (`ih6003`).
    longest : float
        Seconds that a session lasts at most (`ih6004`).
    largest : int
        Bytes of a binary message, at most (`ih6002`).
    shortest : float
        Seconds of media that a binary message must have (`ih5006`); 0 takes any.
    segment : float
        Seconds of media that a binary message may have at most (`ih4004`); 0 takes any.
    sessions : int
        Sessions that one credential may have at once (`ih3002`); 0 sets no limit.
    behind : float
        Seconds by which the analysis may fall behind a client that sends in real time, before it sheds a message
        (`coverage.dropped`); 0 sets no limit: the client waits.
    jobs : int
        Uploads of v2 that may be in progress at once (`ih1002`); 0 sets no limit.

    Examples
    --------
    >>> Limits.parse(["idle=2", "sessions=1"])
    Limits(idle=2.0, longest=3600, largest=33554432, shortest=0.0, segment=0.0, sessions=1, behind=0.0, jobs=0)
    """

    idle: float = messages.IDLE
    longest: float = messages.LONGEST
    largest: int = messages.LARGEST
    shortest: float = 0.0
    segment: float = 0.0
    sessions: int = 0
    behind: float = 0.0
    jobs: int = 0

    def words(self) -> list[str]:
        """Write what is not the default as `name=value` words: what `parse` reads."""
        return [
            f"{each.name}={getattr(self, each.name)}"
            for each in dataclasses.fields(self)
            if getattr(self, each.name) != each.default
        ]

    @classmethod
    def parse(cls, words: Iterable[str]) -> Limits:
        """Read `name=value` words, as they come from a shell.

        Raises
        ------
        SettingsError
            There is no such limit, or the value is no number.
        """
        read: dict[str, Any] = dict(_read(word) for word in words)
        return cls(**read)


_KINDS = {each.name: int if each.type == "int" else float for each in dataclasses.fields(Limits)}


def _read(word: str) -> tuple[str, float | int]:
    name, _, value = word.partition("=")
    if name not in _KINDS:
        raise SettingsError(setting="limits", value=word, rule=f"there are {', '.join(_KINDS)}")
    try:
        return name, _KINDS[name](value)
    except ValueError:
        raise SettingsError(setting="limits", value=word, rule=f"{name} takes a number") from None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything that a server is told.

    Raises
    ------
    SettingsError
        There is no such profile, or nothing of that name can be refused.
    """

    profile: str = next(iter(PROFILES))
    keep: Path | None = None
    keys: Keys | None = None
    faults: Faults = field(default_factory=Faults)
    refuse: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        check_choice("profile", self.profile, PROFILES)
        for name in self.refuse:
            check_choice("refuse", name, REFUSABLE)

    @property
    def looks_closely(self) -> bool:
        """Whether the media of each message must be looked at before it is analysed (`probe.py`)."""
        faults = self.faults
        at_a_second = (faults.drop, faults.silent, faults.error_at or None)
        lengths = max(self.limits.shortest, self.limits.segment, self.limits.behind) > 0
        return any(second is not None for second in at_a_second) or "mp4v" in self.refuse or lengths
