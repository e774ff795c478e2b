"""Checks of single settings: what is not legal is met with a sentence."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, TypeGuard

from emotoolkit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["check_choice", "check_positive", "is_number"]


def check_choice(setting: str, value: object, legal: Collection[object]) -> None:
    """Raise `SettingsError` unless `value` is one of `legal`."""
    if value not in legal:
        rule = "it must be one of " + ", ".join(map(repr, legal))
        raise SettingsError(setting=setting, value=value, rule=rule)


def check_positive(setting: str, value: object) -> None:
    """Raise `SettingsError` unless `value` is a number above 0."""
    if not (is_number(value) and value > 0):
        raise SettingsError(setting=setting, value=value, rule="it must be a number above 0")


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number: those of numpy and pandas are, too; a string of digits is none."""
    return isinstance(value, Real)
