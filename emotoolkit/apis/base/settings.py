"""What the settings of all APIs share: their repr, the server's address, consent and encryption."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import os
import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from emotoolkit.apis.base.local_server import get_shared
from emotoolkit.errors import ConsentMissing, KeyInClear, SettingsError, UnknownSetting
from emotoolkit.utils import addresses
from emotoolkit.utils.checks import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from emotoolkit.utils.addresses import Address

__all__ = [
    "ADDED_LATER",
    "MAX_MESSAGE_MB",
    "added_later",
    "check_max_message",
    "configured_address",
    "explain_unknown_settings",
    "require_consent",
    "require_encryption",
    "resolve_address",
    "settings_repr",
    "upload_by_method",
]

ADDED_LATER = {"added_later": True}
"""Metadata of a setting that earlier versions did not have: its default asks for what they asked for."""

MAX_MESSAGE_MB = 64.0
"""MB of a server's message that are read, by default: real ones have some kB, and each is held several times."""

MAX_MAX_MESSAGE_MB = 150.0
"""MB of the largest such bound: a line of a journal, where each character may take six, could not be read again."""

SettingsT = TypeVar("SettingsT")
WithUrlT = TypeVar("WithUrlT", bound="_WithUrl")


class _WithUrl(Protocol):
    """Settings with the address of a server."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    title: ClassVar[str]

    @property
    def url(self) -> str | None: ...

    @property
    def consent(self) -> str | None: ...


def explain_unknown_settings(cls: type[SettingsT]) -> type[SettingsT]:
    """Make a settings dataclass explain unknown keywords, with a hint at the likely spelling."""
    original = cls.__init__
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]

    @functools.wraps(original)
    def checked(self: SettingsT, **settings: Any) -> None:
        for name in settings:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise UnknownSetting(owner=type(self).__name__, setting=name, hint=hint, known=", ".join(known))
        original(self, **settings)

    cls.__init__ = checked  # type: ignore[assignment,method-assign]
    return cls


def added_later(settings: Any) -> set[str]:
    """Name the settings that earlier versions did not have and that are at their default here."""
    fields = dataclasses.fields(settings) if dataclasses.is_dataclass(settings) else ()
    return {
        field.name
        for field in fields
        if "added_later" in field.metadata and getattr(settings, field.name) == field.default
    }


def settings_repr(settings: Any, secret: Collection[str] = ()) -> str:
    """Write a settings dataclass as code, without defaults; secrets, also those in an address, become "…"."""
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    if isinstance(values.get("url"), str):
        values["url"] = addresses.masked(values["url"])
    defaults = {field.name: field.default for field in dataclasses.fields(settings)}
    arguments = [
        f"{name}={('…' if name in secret else value)!r}" for name, value in values.items() if value != defaults[name]
    ]
    return f"{type(settings).__name__}({', '.join(arguments)})"


def resolve_address(
    settings: WithUrlT, variable: str, server: str, complete: Callable[[Address], str], **more: Any
) -> WithUrlT:
    """Fill in the server's address: the argument, an environment variable, or a local server, started if need be.

    Parameters
    ----------
    settings : dataclass
        Has `title`, `url` and `consent`.
    variable : str
        Name of the environment variable.
    server : str
        Module of the local server.
    complete : callable
        Turns the parsed address into a complete one.
    **more
        Other settings to fill in.

    Raises
    ------
    AddressRefused
        The address is ambiguous.
    ConsentMissing
        The server is not on this machine and `consent` is not given.
    """
    address = configured_address(settings.url, variable)
    if address is None:
        address = addresses.read(get_shared(server).url)
    url = complete(address)
    require_consent(settings.title, url, settings.consent)
    return dataclasses.replace(settings, url=url, **more)


def configured_address(url: str | None, variable: str) -> Address | None:
    """Read the address from the argument, else from the environment; None if there is neither.

    Raises
    ------
    AddressRefused
        The address is ambiguous.
    """
    if url:
        return addresses.read(url)
    from_environment = os.environ.get(variable)
    return addresses.read(from_environment, variable) if from_environment else None


def check_max_message(value: object) -> None:
    """Raise `SettingsError` unless `value` can be the setting `max_message_mb`."""
    if not (is_number(value) and 0 < value <= MAX_MAX_MESSAGE_MB):
        rule = f"it must be a number of MB above 0, and {MAX_MAX_MESSAGE_MB:g} at most"
        raise SettingsError(setting="max_message_mb", value=value, rule=rule)


def require_consent(api: str, url: str, consent: str | None) -> None:
    """Raise `ConsentMissing` if `url` is not on this machine and `consent` is not given."""
    address = addresses.read(url)
    if not address.local and not (consent or "").strip():
        raise ConsentMissing(api=api, host=address.host, setting="consent")


def require_encryption(api: str, url: str, secrets: Collection[str], *, insecure: bool) -> None:
    """Raise `KeyInClear` if a secret would go to another machine unencrypted, unless `insecure` allows it."""
    address = addresses.read(url)
    if secrets and not (address.secure or address.local or insecure):
        secure = addresses.masked(url.replace("://", "s://", 1))
        raise KeyInClear(api=api, host=address.host, scheme=address.scheme, setting="url", secure=secure)


def upload_by_method(settings: Any, recording: Any, journal: Any) -> Any:
    """Upload by a method of the settings, as in version 0.1; deprecated, to go with the release after the next."""
    sentence = "api.upload(recording) will go: call emo.upload(recording, api) instead."
    warnings.warn(sentence, DeprecationWarning, stacklevel=3)
    # Imported by name at call time: this package must not depend on `replays`.
    return importlib.import_module("emotoolkit.replays.upload").upload(recording, settings, journal=journal)
