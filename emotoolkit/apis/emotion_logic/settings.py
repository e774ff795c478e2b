"""The settings of Emotion Logic's real-time API: their valid values, and the server's address."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from emotoolkit.apis.base.settings import (
    ADDED_LATER,
    MAX_MESSAGE_MB,
    check_max_message,
    explain_unknown_settings,
    require_encryption,
    resolve_address,
    settings_repr,
)
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder
from emotoolkit.errors import SettingsError
from emotoolkit.media.envelope import FULL_SCALE
from emotoolkit.utils.checks import check_choice, check_positive, is_number
from emotoolkit.utils.redaction import secrets_in_address

if TYPE_CHECKING:
    from typing import Self

    from emotoolkit.utils.addresses import Address

__all__ = ["EmotionLogicSettings"]


@explain_unknown_settings
@dataclass(frozen=True, kw_only=True)
class EmotionLogicSettings:
    """The settings that the client of Emotion Logic's real-time API needs.

    `EmotionLogic` documents each setting.
    """

    url: str | None = None
    path: str = "socket.io"
    sampling_rate: int | None = 11_025
    channels: Literal["mono", "both", "separate"] | int = "mono"
    packet: float = 0.3
    background_noise: float = 1000
    bits: Literal[8, 16] = dataclasses.field(default=16, metadata=ADDED_LATER)
    output: Literal["json", "text"] = dataclasses.field(default="json", metadata=ADDED_LATER)
    report: bool = True
    fetch_segments: bool = dataclasses.field(default=False, metadata=ADDED_LATER)
    timeout: float = 10.0
    warm_up: float = dataclasses.field(default=60.0, metadata=ADDED_LATER)
    consent: str | None = None
    insecure: bool = dataclasses.field(default=False, metadata=ADDED_LATER)
    max_message_mb: float = dataclasses.field(default=MAX_MESSAGE_MB, metadata=ADDED_LATER)

    name = "emotion_logic"
    title: ClassVar[str] = "Emotion Logic"
    server: ClassVar[str] = "emotoolkit.apis.emotion_logic.server.app"

    def __post_init__(self) -> None:
        if self.sampling_rate is not None:
            check_choice("sampling_rate", self.sampling_rate, messages.SAMPLING_RATES)
        if not isinstance(self.channels, int) or isinstance(self.channels, bool) or self.channels < 0:
            check_choice("channels", self.channels, ("mono", "both", "separate", 0, 1))
        check_choice("bits", self.bits, messages.BITS)
        check_choice("output", self.output, messages.OUTPUT_TYPES)
        check_choice("fetch_segments", self.fetch_segments, (True, False))
        check_positive("packet", self.packet)
        check_positive("timeout", self.timeout)
        check_positive("warm_up", self.warm_up)
        check_choice("insecure", self.insecure, (True, False))
        check_max_message(self.max_message_mb)
        if not (is_number(self.background_noise) and self.background_noise >= 0):
            raise SettingsError(
                setting="background_noise", value=self.background_noise, rule="it must be a number, 0 or more"
            )

    def __repr__(self) -> str:
        return settings_repr(self)

    @property
    def address(self) -> str:
        """The server's address; empty before `located()`."""
        return self.url or ""

    @property
    def threshold(self) -> float:
        """Level (dBFS) that `background_noise` stands for: all below is noise; −inf where the server chooses."""
        return 20 * math.log10(self.background_noise / FULL_SCALE) if self.background_noise else -math.inf

    @staticmethod
    def noise_of(threshold: float) -> float:
        """Give the `background_noise` for a threshold (dBFS), to two digits."""
        return float(f"{max(1.0, FULL_SCALE * 10 ** (threshold / 20)):.2g}")

    def located(self) -> Self:
        """Fill in the address (argument, environment, local server).

        Raises
        ------
        AddressRefused
            The address is ambiguous.
        ConsentMissing
            The server is not on this machine and `consent` is not given.
        KeyInClear
            A password or token in the address would go to another machine without encryption, and `insecure` is not
            given.
        """
        found = resolve_address(self, "EMOTION_LOGIC_URL", self.server, _address)
        require_encryption(self.title, found.address, found.secrets(), insecure=self.insecure)
        return found

    def settings(self) -> dict[str, Any]:
        """The settings as JSON-ready values, for the journal."""
        return dataclasses.asdict(self)

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be written down: the secrets in the address."""
        return secrets_in_address(self.address)

    def handshake(self) -> dict[str, Any]:
        """The session's handshake message."""
        assert self.sampling_rate is not None
        return messages.handshake(
            channels=2 if self.channels == "both" else 1,
            background_noise=self.background_noise,
            bits=self.bits,
            sampling_rate=self.sampling_rate,
            output=self.output,
        )

    def report_request(self) -> dict[str, Any]:
        """The request for the report."""
        return messages.report_request(fetch_segments=self.fetch_segments, output=self.output)

    def decoder(self) -> Decoder:
        """Make a reader for the messages of one session."""
        return Decoder(self.channels if isinstance(self.channels, int) else None)


def _address(address: Address) -> str:
    return address.text("http", "https")
