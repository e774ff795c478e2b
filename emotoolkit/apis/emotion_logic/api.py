"""Emotion Logic as an API of the toolkit: applies its settings to a recording."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from emotoolkit.apis.base.settings import upload_by_method
from emotoolkit.apis.emotion_logic.settings import EmotionLogicSettings
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import NoSound
from emotoolkit.media import audio
from emotoolkit.utils.checks import check_choice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Self

    from emotoolkit.apis.base.playback.script import Stage
    from emotoolkit.apis.base.result_columns import MessageColumns, ResultColumns
    from emotoolkit.apis.emotion_logic.client.session import EmotionLogicSession
    from emotoolkit.apis.emotion_logic.wire.decoder import Decoder
    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["EmotionLogic"]


@dataclass(frozen=True, kw_only=True, repr=False, init=False)
class EmotionLogic(EmotionLogicSettings):
    """Settings of Emotion Logic's real-time API: what is sent, how, and where to.

    Parameters
    ----------
    url : str or None
        Address of the analysis container, such as `"http://lab-server:2259"`. Without a scheme it is `https://`, on
        this machine `http://`. None takes the environment's `EMOTION_LOGIC_URL`, and without that a local server,
        started when first needed.
    path : str
        socket.io path of the server.
    sampling_rate : int or None
        Samples per second on the wire, in Hz: 6000, 8000, 11025, 16000, 22050, 44100 or 48000. The default is the
        engine's native rate; others make it several times slower. None keeps the recording's own, which must be one of
        these.
    channels : {"mono", "both", "separate"} or int
        `"mono"` sends the mean of all channels; `"both"` the first two, interleaved in one session; `"separate"` one
        session per channel; a number that channel alone (from 0).
    packet : float
        Seconds of sound per packet; the vendor recommends 0.3.
    background_noise : float
        The wire's `backgroundNoise`, 0 or more; 1000 is standard, noisier recordings have more, softer ones less: it
        is read as an amplitude of 16-bit sound, 1000 as −30 dBFS.
    bits : {16, 8}
        Bits of a sample on the wire (its `bitRate`). 8 halves what is sent, adds noise at about −53 dBFS, and is
        unsigned, as in a WAV file.
    output : {"json", "text"}
        Form of the answers (the wire's `outputType` and `outputFormat`). The form of `"text"` is not public: that of
        the local server is read, another one is kept in `replay.events` and counted as unread.
    report : bool
        Whether the report of the whole call is fetched at the end. From a server that does not confirm the end it is
        fetched in any case: nothing else shows that everything has arrived. If it fails, the segments are kept, and a
        `ReportMissingWarning` has the server's reason.
    fetch_segments : bool
        Whether the report has the segments of the whole call once more (`fetchSegments`), as `report["segments"]`; the
        server may have measured them anew.
    timeout : float
        Seconds to wait for each step of the conversation.
    warm_up : float
        Seconds that a server which has not said anything about the recording gets for its first answer once everything
        is sent, if that is longer. An address where that was in vain gets it no more.
    consent : str or None
        On what basis the recorded people's data may leave this machine, in your words. Needed for every server that is
        not on this machine; written into the journal.
    insecure : bool
        Whether a password or a token in the address may be sent to another machine over `http://`, without encryption.
    max_message_mb : float
        MB of a message of the server, at most: a larger one is not read, and ends the replay by `MessageTooLarge`.

    Raises
    ------
    SettingsError
        A value is not valid on the wire.
    UnknownSetting
        There is no such setting.

    Notes
    -----
    Rates, packet length and noise: vendor specification, "Handshake Event", and the vendor's streaming sample (contract
    page §2.2, §2.3).

    Examples
    --------
    >>> EmotionLogic(sampling_rate=16000, channels="both")
    EmotionLogic(sampling_rate=16000, channels='both')
    """

    tables: ClassVar[tuple[str, ...]] = ("segments",)
    playback_server: ClassVar[str] = "emotoolkit.apis.emotion_logic.server.playback"
    takes_files = True
    answers_after = 0.0
    longest = math.inf

    def sessions(self, recording: Recording) -> tuple[EmotionLogic, ...]:
        """Give the settings of each session for this recording: these, or one per channel.

        Raises
        ------
        NoSound, NoSuchChannel, SettingsError
            The recording has no sound or too few channels, or its own rate is not valid on the wire.
        """
        if recording.audio is None:
            raise NoSound(file=recording.file, api="Emotion Logic", left_out="; ".join(recording.left_out))
        rate = self.sampling_rate or recording.audio.sampling_rate
        check_choice("sampling_rate", rate, messages.SAMPLING_RATES)
        all_channels = range(recording.audio.channels)
        chosen = tuple(all_channels) if self.channels == "separate" else (self.channels,)
        for channels in chosen:
            audio.check_channels(recording, channels)
        return tuple(dataclasses.replace(self, sampling_rate=rate, channels=channels) for channels in chosen)

    def bytes_per_second(self, recording: Recording) -> float:
        """Compute the bytes that one session sends per second of media."""
        rate = self.sampling_rate or (0 if recording.audio is None else recording.audio.sampling_rate)
        return rate * self.bits / 8 * (2 if self.channels == "both" else 1)

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the recording's sound into packets, from media time `start` on."""
        assert self.channels != "separate"
        return audio.packets(
            recording,
            sampling_rate=self.sampling_rate,
            channels=self.channels,
            length=self.packet,
            start=start,
            bits=self.bits,
        )

    def connect(self, on_message: Callable[[str], None]) -> AbstractAsyncContextManager[EmotionLogicSession]:
        """Open a session; each message goes to `on_message` first."""
        from emotoolkit.apis.emotion_logic.client.session import connect

        return connect(self, on_message)

    def posts(self, recording: Recording, on_sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Have the recording's sound analysed as a file; see `emotoolkit.upload`. `on_sent` gets the bytes posted."""
        from emotoolkit.apis.emotion_logic.client.upload import posts

        return posts(self, recording, self.packets(recording), on_sent)

    def upload(self, recording: Recording, journal: Path | None = None) -> Any:
        """Call `emotoolkit.upload(recording, api)`, which replaces this method."""
        return upload_by_method(self, recording, journal)

    @staticmethod
    def together(messages: MessageColumns, decoders: Mapping[int, Decoder]) -> ResultColumns | None:
        """Read a replay's messages in bulk, with these new decoders; None where they must be read one by one."""
        from emotoolkit.apis.emotion_logic.client import bulk

        return bulk.read(messages, decoders)

    @staticmethod
    def stage(raw: str) -> Stage | None:
        """Give the stage of a session that a message belongs to; None if it cannot be in a stream."""
        from emotoolkit.apis.emotion_logic.wire import stages

        return stages.stage(raw)

    def played_at(self, url: str, query: str) -> Self:
        """Point these settings at a local server that plays journals, with a query for it."""
        return dataclasses.replace(self, url=f"{url}/?{query}", path="socket.io")

    @staticmethod
    def measures() -> Iterator[Measure]:
        """List what the local server measures and sends, a row each."""
        from emotoolkit.apis.emotion_logic.server.measures import measures

        return measures()

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Give unit or range of each column, as the local server measures it or as the vendor's manual has it."""
        from emotoolkit.apis.emotion_logic.server import scoring
        from emotoolkit.apis.emotion_logic.wire import columns

        return columns.UNITS | ({rule.column: rule.unit for rule in scoring.RULES} if local else {})
