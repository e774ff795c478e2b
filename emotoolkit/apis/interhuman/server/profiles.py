"""What kinds of this server there have been, as data (contract page §8, "Profiles of the local server").

What each of them says when something was found is in `telling.py`; everything else that differs is a field here.
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
    """How one kind of server behaves.

    Attributes
    ----------
    path : str
        Where it is.
    telling : callable
        Makes what puts a session's findings into words.
    wrap : callable
        Makes a message of its kind, data, session id and time.
    steps : bool
        Whether `session.ready` and `session.updated` are said; `session.close` is answered in any case.
    configured : bool
        Whether a config is understood; if not, wishes are in the address.
    models : tuple of str
        Models that a client may choose from; the first is the default.
    """

    path: str
    reporter: Callable[[], Reporter]
    wrap: Callable[[str, Mapping[str, Any], str, datetime], str] = messages.envelope
    announces_session: bool = True
    configured: bool = True
    models: tuple[str, ...] = ()


V1, V2, V0 = messages.PATHS

PROFILES = {
    "reference": Profile(path=V1, reporter=partial(LifecycleReporter, modality=True)),
    "quickstart": Profile(path=V1, reporter=BatchReporter, announces_session=False),
    "v2": Profile(path=V2, reporter=partial(LifecycleReporter, modality=False), models=messages.MODELS),
    "v0": Profile(path=V0, reporter=FlatReporter, wrap=messages.flat, announces_session=False, configured=False),
}
"""By name; the first is the default."""


def find(path: str, chosen: str) -> Profile | None:
    """Find the profile at a path: the chosen one where it is at home, else the first of that path. None: nothing."""
    candidates = [profile for profile in (PROFILES[chosen], *PROFILES.values()) if profile.path == path]
    return candidates[0] if candidates else None
