"""The API as emotoolkit knows it: applies the settings to a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.errors import NoSound
from emotoolkit.media import audio
from emotoolkit_loudness.client.session import connect
from emotoolkit_loudness.settings import LoudnessSettings
from emotoolkit_loudness.wire import stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from typing import Self

    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording
    from emotoolkit_loudness.client.session import LoudnessSession

UNIT = "dBFS, 0 is full scale"


@dataclass(frozen=True, kw_only=True, repr=False, init=False)
class Loudness(LoudnessSettings):
    """Settings of the loudness service.

    Parameters
    ----------
    url, timeout, consent
        See `emotoolkit.apis.base.defaults.ApiDefaults`; without `url` the environment's `LOUDNESS_URL`, or a local
        server.
    sampling_rate : int
        Samples per second on the wire, in Hz: 8000, 16000 or 48000.
    stretch : float
        Seconds that each level is measured over.
    floor : float
        Level in dBFS below which a stretch is silence, for which nothing is reported.
    packet : float
        Seconds of sound per packet.
    """

    stage = staticmethod(stages.stage)

    def sessions(self, recording: Recording) -> tuple[Self, ...]:
        """Use one session. Raises `NoSound` for a recording without sound."""
        if recording.audio is None:
            raise NoSound(file=recording.file, api=self.title)
        return (self,)

    def bytes_per_second(self, recording: Recording) -> float:
        """Compute the bytes that a session sends per second of media: 16 bits a sample."""
        return 2.0 * self.sampling_rate

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the mean of the recording's channels into packets, from media time `start` on."""
        return audio.packets(recording, sampling_rate=self.sampling_rate, length=self.packet, start=start)

    def connect(self, on_message: Callable[[str], None]) -> AbstractAsyncContextManager[LoudnessSession]:
        """Open a session; each message goes to `on_message` first."""
        return connect(self, on_message)

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Give the unit of each column, the same for every server."""
        return {"level": UNIT}

    @staticmethod
    def measures() -> Iterator[Measure]:
        """List what the local server measures and sends, a row each."""
        from emotoolkit.measure.catalogue import Measure

        formula, limits = "10·log10(mean square of the samples / full scale²)", "the recording level"
        yield Measure("level", "Loudness column", "how loud a stretch is", formula, UNIT, "definition", limits)
