"""Base class of an API's settings, with those members of `RegisteredApi` that are alike in most services.

A package that adds an API begins here (`docs/adding_an_api.md`). It adds its names, its servers, how a recording is cut
into packets, how a session is opened, how a message is read, and what its numbers mean.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from emotoolkit.apis.base.settings import (
    MAX_MESSAGE_MB,
    check_max_message,
    require_encryption,
    resolve_address,
    settings_repr,
)
from emotoolkit.utils.checks import check_positive
from emotoolkit.utils.redaction import secrets_in_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from typing import Self

    from emotoolkit.apis.base.result_columns import MessageColumns, ResultColumns
    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.recording import Recording

__all__ = ["ApiDefaults"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ApiDefaults:
    """Base of an API's settings: one session per recording, no upload, messages read one after another.

    Parameters
    ----------
    url : str or None
        Address of the server. None takes the environment's `<NAME>_URL`, and without that a local server.
    timeout : float
        Seconds to wait for each step of a session.
    consent : str or None
        On what basis the recorded people's data may leave this machine, in your words.
    insecure : bool
        Whether secrets may go to another machine without encryption.
    max_message_mb : float
        MB of a message of the server, at most: a larger one is not read, and ends the replay by `MessageTooLarge`.
    """

    url: str | None = None
    timeout: float = 10.0
    consent: str | None = None
    insecure: bool = False
    max_message_mb: float = MAX_MESSAGE_MB

    name: ClassVar[str]
    title: ClassVar[str]
    server: ClassVar[str]
    schemes: ClassVar[tuple[str, str]] = ("ws", "wss")
    """Schemes of the address: without encryption, and with it."""

    secret: ClassVar[tuple[str, ...]] = ()
    """Names of the settings that are never written down, such as a key."""

    takes_files: ClassVar[bool] = False
    answers_after: ClassVar[float] = 0.0
    longest: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        check_positive("timeout", self.timeout)
        check_max_message(self.max_message_mb)

    def __repr__(self) -> str:
        return settings_repr(self, self.secret)

    @property
    def address(self) -> str:
        """The server's address; empty before `located()`."""
        return self.url or ""

    def located(self) -> Self:
        """Fill in the address: the argument's, the environment's, or a local server's, started if need be."""
        found = resolve_address(
            self, f"{self.name.upper()}_URL", self.server, lambda address: address.text(*self.schemes)
        )
        require_encryption(self.title, found.address, found.secrets(), insecure=self.insecure)
        return found

    def sessions(self, recording: Recording) -> tuple[Self, ...]:  # noqa: ARG002 - subclasses use it
        """Use one session, with these settings."""
        return (self,)

    def settings(self) -> dict[str, Any]:
        """The settings as JSON-ready values, without secrets."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name not in self.secret}

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be written down: the secret settings, and the secrets in the address."""
        values = (getattr(self, name) for name in self.secret)
        return (*(str(value) for value in values if value), *secrets_in_address(self.address))

    def posts(self, recording: Recording, on_sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Refuse: whole files cannot be uploaded."""
        raise NotImplementedError

    @staticmethod
    def together(
        messages: MessageColumns,  # noqa: ARG004 - subclasses use it
        decoders: Mapping[int, Any],  # noqa: ARG004 - subclasses use it
    ) -> ResultColumns | None:
        """Return None: messages are read one after another."""
        return None

    @staticmethod
    def measures() -> Iterable[Measure]:
        """List no measures."""
        return ()

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:  # noqa: ARG004 - subclasses use it
        """Give no units."""
        return {}

    def played_at(self, url: str, query: str) -> Self:
        """Point these settings at a local server that plays journals, with a query for it."""
        return dataclasses.replace(self, url=f"{url}/?{query}")
