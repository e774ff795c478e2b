"""What a local server is told to be: which profile, who may come in, what it refuses, its limits and its faults."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations

from msgspec import Struct

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server.profiles import PROFILES
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.utils.checks import check_choice

__all__ = ["REFUSABLE", "Limits", "Options"]

REFUSABLE = ("continuations", "restarts", "mp4v")
"""What a strict server may refuse: pieces that do not begin a container, a second container, MPEG-4 Part 2 (§2.2)."""


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
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
    >>> Limits(idle=2.0, sessions=1)
    Limits(idle=2.0, sessions=1)
    """

    idle: float = messages.IDLE_TIMEOUT_S
    longest: float = messages.MAX_SESSION_S
    largest: int = messages.MAX_MESSAGE_BYTES
    shortest: float = 0.0
    segment: float = 0.0
    sessions: int = 0
    behind: float = 0.0
    jobs: int = 0


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """All that a server is told; without any argument, what it does by itself.

    Parameters
    ----------
    profile : str
        Which kind of this server there has been it plays.
    keep : path or None
        Folder in which every received binary message is kept.
    keys : dict or None
        Scopes by the digest of a key that is let in (`auth.scopes_by_digest`); None lets everybody in.
    faults : Faults
        What it does wrong.
    refuse : tuple of str
        What it refuses with `ih5004`.
    limits : Limits
        Its limits.

    Raises
    ------
    SettingsError
        There is no such profile, or nothing of that name can be refused.
    """

    profile: str = next(iter(PROFILES))
    keep: Path | None = None
    keys: dict[str, tuple[str, ...]] | None = None
    faults: Faults = Faults()
    refuse: tuple[str, ...] = ()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        check_choice("profile", self.profile, PROFILES)
        for name in self.refuse:
            check_choice("refuse", name, REFUSABLE)

    @property
    def needs_probe(self) -> bool:
        """Whether the media of each message must be looked at before it is analysed (`probe.py`)."""
        faults = self.faults
        at_a_second = (faults.drop, faults.silent, faults.error_at or None)
        lengths = max(self.limits.shortest, self.limits.segment, self.limits.behind) > 0
        return any(second is not None for second in at_a_second) or "mp4v" in self.refuse or lengths
