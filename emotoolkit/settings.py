"""What the settings of all APIs have in common: where the server is, and whether media may go there."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from emotoolkit.errors import ConsentMissing, SettingsError, UnknownSetting
from emotoolkit.local_server import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["check_choice", "check_positive", "named", "require_consent"]

Settings = TypeVar("Settings")


def named(kind: type[Settings]) -> type[Settings]:
    """Make a settings dataclass explain unknown keywords, with a hint at the likely spelling."""
    plain = kind.__init__
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]

    @functools.wraps(plain)
    def checked(self: Settings, **settings: Any) -> None:
        for name in settings:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise UnknownSetting(owner=kind.__name__, setting=name, hint=hint, known=", ".join(known))
        plain(self, **settings)

    kind.__init__ = checked  # type: ignore[assignment,method-assign]
    return kind


def check_choice(setting: str, value: object, legal: Collection[object]) -> None:
    """Raise `SettingsError` unless `value` is one of `legal`."""
    if value not in legal:
        rule = "it must be one of " + ", ".join(map(repr, legal))
        raise SettingsError(setting=setting, value=value, rule=rule)


def check_positive(setting: str, value: float) -> None:
    """Raise `SettingsError` unless `value` is a number above 0."""
    if not value > 0:
        raise SettingsError(setting=setting, value=value, rule="it must be a number above 0")


def require_consent(api: str, url: str, consent: str | None) -> None:
    """Raise `ConsentMissing` if `url` is not on this machine and no basis for sending media there is stated."""
    host = urlsplit(url).hostname
    if not is_loopback(host) and not (consent or "").strip():
        raise ConsentMissing(api=api, host=host, setting="consent")
