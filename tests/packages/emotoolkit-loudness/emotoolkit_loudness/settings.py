"""The settings: what can be chosen, and which values are valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emotoolkit.apis.base.defaults import ApiDefaults
from emotoolkit.apis.base.settings import explain_unknown_settings
from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import check_choice, check_positive
from emotoolkit_loudness.wire import messages


@explain_unknown_settings
@dataclass(frozen=True, kw_only=True, repr=False)
class LoudnessSettings(ApiDefaults):
    """The settings of the loudness service. `Loudness` documents each of them."""

    sampling_rate: int = 16_000
    stretch: float = 1.0
    floor: float = -60.0
    packet: float = 0.25

    name: ClassVar[str] = "loudness"
    title: ClassVar[str] = "Loudness"
    server: ClassVar[str] = "emotoolkit_loudness.server.app"
    playback_server: ClassVar[str] = "emotoolkit_loudness.server.playback"
    tables: ClassVar[tuple[str, ...]] = ("segments",)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("sampling_rate", self.sampling_rate, messages.SAMPLING_RATES)
        check_positive("stretch", self.stretch)
        check_positive("packet", self.packet)
        if not self.floor <= 0:
            raise SettingsError(setting="floor", value=self.floor, rule="it must be a level in dBFS, 0 or less")

    def decoder(self) -> messages.Decoder:
        """Make a reader for the messages of one session."""
        return messages.Decoder()
