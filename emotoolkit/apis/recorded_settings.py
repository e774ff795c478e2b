"""The settings in a journal, which may be anybody's file, as settings of the registered API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.registry import APIS
from emotoolkit.errors import EmotoolkitError

if TYPE_CHECKING:
    from emotoolkit.apis.base.journal import Began
    from emotoolkit.apis.base.protocols import RegisteredApi

__all__ = ["recorded_settings"]

TEXT_SETTINGS = ("url", "path", "consent")
"""Settings that no API checks when it is made, and that are text or nothing."""


def recorded_settings(began: Began) -> list[RegisteredApi]:
    """Make the settings of each session of a journal, by the class that is registered for its API.

    Raises
    ------
    UnknownApi, ApiBroken
        The API is not installed, or broken.
    ValueError
        They are no settings of this API.
    """
    kind = APIS[began.api]
    made = []
    for settings in began.sessions:
        for name in TEXT_SETTINGS:
            if not isinstance(settings.get(name), str | None):
                raise ValueError(f"line 1: its setting {name}={settings[name]!r} is no text")  # noqa: TRY004
        try:
            made.append(kind(**settings))
        except (EmotoolkitError, TypeError, ValueError, AttributeError) as problem:
            raise ValueError(f"line 1: its settings are none of {kind.__name__} ({problem})") from problem
    return made
