"""Checks of single settings, which raise `SettingsError` with a sentence."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, TypeGuard

from emotoolkit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["check_choice", "check_positive", "is_number"]


def check_choice(setting: str, value: object, choices: Collection[object]) -> None:
    """Raise `SettingsError` unless `value` is one of `choices`."""
    if value not in choices:
        rule = "it must be one of " + ", ".join(map(repr, choices))
        raise SettingsError(setting=setting, value=value, rule=rule)


def check_positive(setting: str, value: object) -> None:
    """Raise `SettingsError` unless `value` is a number above 0."""
    if not (is_number(value) and value > 0):
        raise SettingsError(setting=setting, value=value, rule="it must be a number above 0")


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a real number, also of numpy or pandas; a string of digits is not."""
    return isinstance(value, Real)
