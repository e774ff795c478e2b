"""Settings of Interhuman's real-time API: which values are legal, and where the server is."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import warnings
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from emotoolkit.apis.base.local_server import is_shared
from emotoolkit.apis.base.settings import (
    ADDED_LATER,
    MAX_MESSAGE_MB,
    check_max_message,
    configured_address,
    explain_unknown_settings,
    require_encryption,
    resolve_address,
    settings_repr,
)
from emotoolkit.apis.interhuman.wire import decoder as wire_decoder
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import KeyWithheldWarning, NoFacesWarning, SettingsError
from emotoolkit.utils import addresses
from emotoolkit.utils.checks import check_choice, check_positive
from emotoolkit.utils.redaction import secrets_in_address

if TYPE_CHECKING:
    from typing import Self

    from emotoolkit.utils.addresses import Address

__all__ = ["MIN_SEGMENT_S", "InterhumanSettings", "stream_address"]

MIN_SEGMENT_S = 3.0
"""Seconds. The shortest segment, and so the shortest recording, that every version of the service accepts (§2.2)."""

SECRET_FIELDS = ("key", "key_id", "key_secret")
"""Settings that are sent to the server and never shown."""

ENVIRONMENT_VARIABLES = dict(
    zip(SECRET_FIELDS, ("INTERHUMAN_API_KEY", "INTERHUMAN_KEY_ID", "INTERHUMAN_KEY_SECRET"), strict=True)
)
"""The environment variable of each."""

VENDOR_HOST = "api.interhuman.ai"
"""Host of the service itself, for which a key in the environment is meant."""


@explain_unknown_settings
@dataclass(frozen=True, kw_only=True)
class InterhumanSettings:
    """Settings of Interhuman's streaming API, its address, and what the client needs to know about it.

    `Interhuman` documents each setting.
    """

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    key_id: str | None = field(default=None, repr=False)
    key_secret: str | None = field(default=None, repr=False)
    include: tuple[str, ...] = messages.INCLUDE
    model: Literal["inter-2", "inter-2-audio"] | None = None
    framing: Literal["continuous", "complete", "auto"] = "continuous"
    segment: float = MIN_SEGMENT_S
    time_base: Literal["session", "segment", "auto"] = "session"
    encode: bool | None = None
    timeout: float = 10.0
    warm_up: float = 60.0
    consent: str | None = None
    insecure: bool = False
    max_message_mb: float = field(default=MAX_MESSAGE_MB, metadata=ADDED_LATER)

    name = "interhuman"
    title: ClassVar[str] = "Interhuman"
    server: ClassVar[str] = "emotoolkit.apis.interhuman.server.app"

    def __post_init__(self) -> None:
        include: object = self.include
        if isinstance(include, str):
            rule = "it is a list of names, or () for signals and engagement alone"
            raise SettingsError(setting="include", value=include, rule=rule)
        object.__setattr__(self, "include", tuple(self.include))
        for section in self.include:
            check_choice("include", section, messages.INCLUDE)
        check_choice("model", self.model, (None, *messages.MODELS))
        check_choice("framing", self.framing, ("continuous", "complete", "auto"))
        check_choice("time_base", self.time_base, ("session", "segment", "auto"))
        check_choice("encode", self.encode, (None, True))
        check_positive("timeout", self.timeout)
        check_positive("warm_up", self.warm_up)
        check_max_message(self.max_message_mb)
        if not self.segment >= MIN_SEGMENT_S:
            raise SettingsError(
                setting="segment", value=self.segment, rule=f"it must be {MIN_SEGMENT_S:g} seconds or more"
            )

    def __repr__(self) -> str:
        return settings_repr(self, SECRET_FIELDS)

    @property
    def address(self) -> str:
        """The server's address; empty before `located()`."""
        return self.url or ""

    def located(self) -> Self:
        """Fill in address and credentials: from arguments, the environment, or a local server.

        Warns
        -----
        KeyWithheldWarning
            The environment has a key that is not meant for this address.
        NoFacesWarning
            The server is a local one, which detects faces with OpenCV, and OpenCV is not installed.

        Raises
        ------
        AddressRefused
            The address is ambiguous.
        ConsentMissing
            The server is not on this machine and `consent` is not given.
        KeyInClear
            The key would go to another machine without encryption, and `insecure` is not given.
        """
        is_local = not (self.url or os.environ.get("INTERHUMAN_URL")) and self.model != messages.AUDIO_MODEL
        if is_local and importlib.util.find_spec("cv2") is None:
            warnings.warn(NoFacesWarning.sentence, NoFacesWarning, stacklevel=2)
        found = resolve_address(
            self,
            "INTERHUMAN_URL",
            self.server,
            partial(_complete_address, model=self.model),
            **self._credentials(),
        )
        require_encryption(self.title, found.address, found.secrets(), insecure=self.insecure)
        return found

    def _credentials(self) -> dict[str, str | None]:
        """The credentials given, else those of the environment if they are meant for this address."""
        given = {name: getattr(self, name) for name in SECRET_FIELDS}
        in_environment = {name: os.environ.get(variable) or None for name, variable in ENVIRONMENT_VARIABLES.items()}
        address = configured_address(self.url, "INTERHUMAN_URL")
        if address is None or is_shared(self.address):  # our own local server, which needs none
            return given
        if not self.url or address.host == VENDOR_HOST:
            return {name: given[name] or in_environment[name] for name in SECRET_FIELDS}
        if not any(given.values()) and any(in_environment.values()):
            warnings.warn(KeyWithheldWarning(address.host), stacklevel=3)
        return given

    def settings(self) -> dict[str, Any]:
        """The settings as JSON values, without the credentials."""
        values = {name: value for name, value in dataclasses.asdict(self).items() if name not in SECRET_FIELDS}
        return {**values, "include": list(self.include)}

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be stored or shown: the credentials, and secrets in the address."""
        credentials = (getattr(self, name) for name in SECRET_FIELDS)
        return (*filter(None, credentials), *secrets_in_address(self.address))

    @property
    def samples(self) -> int | None:
        """Sampling rate of raw sound, in Hz; None where containers are sent."""
        return messages.SAMPLING_RATES[0] if self.model == messages.AUDIO_MODEL else None

    def decoder(self) -> wire_decoder.Decoder:
        """Make a decoder for the messages of one session."""
        return wire_decoder.Decoder(self.time_base)


def stream_address(url: str, model: str | None = None) -> str:
    """Complete a base address: a WebSocket scheme, and the stream's path if it has none.

    With a model, the path is that of the service's second version, and the query names the model.

    Raises
    ------
    AddressRefused
        The address is ambiguous.

    Examples
    --------
    >>> stream_address("https://api.interhuman.ai")
    'wss://api.interhuman.ai/v1/stream/analyze'
    >>> stream_address("api.interhuman.ai", "inter-2")
    'wss://api.interhuman.ai/v2/stream/analyze?model=inter-2'
    """
    return _complete_address(addresses.read(url), model=model)


def _complete_address(address: Address, model: str | None) -> str:
    path = address.path.rstrip("/") or messages.PATHS[0 if model is None else 1]
    query = address.query
    if model is not None and "model=" not in query:
        query += ("&" if query else "") + f"model={model}"
    return dataclasses.replace(address, path=path, query=query).text("ws", "wss")
