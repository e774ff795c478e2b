"""Versions of the service that the local server emulates, as data (contract page §8, "Profiles of the local server").

How each of them reports findings is in `reporting.py`; all other differences are fields here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server.reporting import BatchReporter, FlatReporter, LifecycleReporter
from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from emotoolkit.apis.interhuman.server.reporting import Reporter

__all__ = ["PROFILES", "Profile", "find"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Behaviour of one version of the service.

    Attributes
    ----------
    path : str
        Path of the stream.
    reporter : callable
        Makes the reporter of a session, which turns findings into messages.
    wrap : callable
        Makes a message from its type, data, session id and time.
    announces_session : bool
        Whether `session.ready` and `session.updated` are sent; `session.close` is answered in any case.
    configured : bool
        Whether a config is accepted; if not, the address has the sections requested.
    models : tuple of str
        Models that a client may choose; the first is the default.
    per_message : bool
        Whether each binary message is analysed as a window of its own, and so answered, instead of windows of 8 s that
        advance by 3 s.
    """

    path: str
    reporter: Callable[[], Reporter]
    wrap: Callable[[str, Mapping[str, Any], str, datetime], str] = messages.envelope
    announces_session: bool = True
    configured: bool = True
    models: tuple[str, ...] = ()
    per_message: bool = False


V1, V2, V0 = messages.PATHS

PROFILES = {
    "reference": Profile(path=V1, reporter=partial(LifecycleReporter, modality=True)),
    "quickstart": Profile(
        path=V1, reporter=partial(BatchReporter, per_message=True), announces_session=False, per_message=True
    ),
    "v2": Profile(path=V2, reporter=partial(LifecycleReporter, modality=False), models=messages.MODELS),
    "v0": Profile(
        path=V0,
        reporter=partial(FlatReporter, per_message=True),
        wrap=messages.flat,
        announces_session=False,
        configured=False,
        per_message=True,
    ),
}
"""Profiles by name; the first is the default."""


def find(path: str, chosen: str) -> Profile | None:
    """Find the profile of a path: the chosen one if it has that path, else the first that has it; None if none has."""
    candidates = [profile for profile in (PROFILES[chosen], *PROFILES.values()) if profile.path == path]
    return candidates[0] if candidates else None
