"""Checks of a player's arguments: speed, catch-up, counts and media times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import is_number

if TYPE_CHECKING:
    from emotoolkit.media.recording import Recording

__all__ = ["check_catch_up", "check_count", "check_moment", "check_speed"]

MIN_SPEED = 0.25
"""Lowest speed: below it a server's own timeouts would decide the outcome."""

MAX_CATCH_UP = 1.1
"""Highest factor on the speed while a stall is caught up: a tenth faster is hardly audible, and never a burst."""


def check_speed(speed: object) -> None:
    """Raise `SettingsError` unless media can be replayed at this speed.

    Examples
    --------
    >>> check_speed("2")
    Traceback (most recent call last):
    emotoolkit.errors.SettingsError: speed='2' is not legal here: it must be a number from 0.25 on.
    """
    if not (is_number(speed) and speed >= MIN_SPEED):
        raise SettingsError(setting="speed", value=speed, rule=f"it must be a number from {MIN_SPEED} on")


def check_catch_up(catch_up: object) -> None:
    """Raise `SettingsError` unless a stall may be caught up at this factor on the speed."""
    if not (is_number(catch_up) and 1 <= catch_up <= MAX_CATCH_UP):
        raise SettingsError(setting="catch_up", value=catch_up, rule=f"it must be a number from 1 to {MAX_CATCH_UP}")


def check_count(setting: str, count: object) -> None:
    """Raise `SettingsError` unless `count` is a whole number from 1 on."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise SettingsError(setting=setting, value=count, rule="it must be a whole number from 1 on")


def check_moment(setting: str, moment: object, recording: Recording, until: float) -> None:
    """Raise `SettingsError` unless a replay can begin or continue at this media second."""
    if not (is_number(moment) and 0 <= moment < recording.duration):
        rule = f"it must lie in the recording, from 0 to {recording.duration:.2f} s"
        raise SettingsError(setting=setting, value=moment, rule=rule)
    if moment >= until:
        raise SettingsError(setting=setting, value=moment, rule=f"it must come before the end, until={until:g}")
