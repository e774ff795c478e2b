"""Options of a local server: profile, credentials, rejections, limits and faults."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations

from msgspec import Struct

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.kept_media import DEFAULT_KEPT_BYTES
from emotoolkit.apis.interhuman.server.profiles import PROFILES
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.utils.checks import check_choice

__all__ = ["REFUSABLE", "Limits", "Options"]

REFUSABLE = ("continuations", "restarts", "mp4v")
"""Media that a strict server may reject: continuations of a container, a second container, MPEG-4 Part 2 (§2.2)."""


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Limits of a server (§6.2).

    Parameters
    ----------
    idle : float
        Seconds without a message after which a session ends (`ih6003`).
    longest : float
        Longest duration of a session, in seconds (`ih6004`).
    largest : int
        Largest binary message, in bytes (`ih6002`).
    shortest : float
        Shortest binary message, in seconds of media (`ih5006`); 0 sets no limit.
    segment : float
        Longest binary message, in seconds of media (`ih4004`); 0 sets no limit.
    sessions : int
        Concurrent sessions of one credential (`ih3002`); 0 sets no limit.
    behind : float
        Seconds by which the analysis may fall behind a client that sends in real time before it sheds a message
        (`coverage.dropped`); 0 sets no limit, so that the client has to wait.
    jobs : int
        Concurrent jobs of v2's uploads (`ih1002`); 0 sets no limit.
    kept : int
        Bytes that are stored in the folder of `keep`, in all; what comes then is analysed, but not stored.

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
    kept: int = DEFAULT_KEPT_BYTES


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Options of a server.

    Parameters
    ----------
    profile : str
        Version of the service to emulate; a key of `profiles.PROFILES`.
    keep : path or None
        Folder in which every received binary message is stored, up to `limits.kept` bytes.
    keys : dict or None
        Scopes by the digest of each accepted key (`auth.scopes_by_digest`); None accepts every client.
    faults : Faults
        Faults to inject.
    refuse : tuple of str
        Media to reject with `ih5004`; of `REFUSABLE`.
    limits : Limits
        Limits of sessions and messages.

    Raises
    ------
    SettingsError
        There is no such profile, or no rejection of that name.
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
        """Whether duration and codec of each message must be known before it is analysed (`probe.py`)."""
        faults = self.faults
        fault_times = (faults.drop, faults.silent, faults.error_at or None)
        has_limits = max(self.limits.shortest, self.limits.segment, self.limits.behind) > 0
        return any(time is not None for time in fault_times) or "mp4v" in self.refuse or has_limits
