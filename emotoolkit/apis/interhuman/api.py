"""Interhuman as an API of the toolkit: its settings, and how a recording is cut and sent accordingly."""

from __future__ import annotations

import dataclasses
import io
import itertools
import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from emotoolkit.apis.base.settings import upload_by_method
from emotoolkit.apis.interhuman.settings import MIN_SEGMENT_S, InterhumanSettings
from emotoolkit.apis.interhuman.wire import decoder as wire_decoder
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import NoSound, StillPictureWarning, TooShort
from emotoolkit.media import audio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Self

    from emotoolkit.apis.base.playback.script import Stage
    from emotoolkit.apis.base.result_columns import MessageColumns, ResultColumns
    from emotoolkit.apis.interhuman.client.session import InterhumanSession
    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["Interhuman"]

STILL_PICTURE_BYTES_PER_S = 8_000.0
"""Bytes per second of sound with a still picture: Opus at 64 kbit/s; the picture adds nearly nothing."""

START_TOLERANCE_S = 0.005
"""Seconds by which the start of a file may differ from the end of the message before it."""


@dataclass(frozen=True, kw_only=True, repr=False, init=False)
class Interhuman(InterhumanSettings):
    """Settings of Interhuman's streaming API: which results are requested, how media are sent, and where to.

    Parameters
    ----------
    url : str or None
        Address of the service, such as `"wss://api.interhuman.ai"`; the path of the stream is appended unless a path is
        given. The default scheme is `wss://`, on this machine `ws://`. None takes the environment's `INTERHUMAN_URL`;
        if that is not set, a local server, started when first needed.
    key : str or None
        Your API key. None takes the environment's `INTERHUMAN_API_KEY` if the address is the vendor's own or is
        `INTERHUMAN_URL`; the local server needs none. It is sent to the server and never shown.
    key_id, key_secret : str or None
        The older form of credentials: a pair that is exchanged for a token, and again when the token is about to
        expire. None takes the environment's `INTERHUMAN_KEY_ID` and `INTERHUMAN_KEY_SECRET`, as for `key`. Not used if
        there is a key.
    include : tuple of str
        Which conversation quality is requested: `"conversation_quality_overall"` (of the session so far),
        `"conversation_quality_timeline"` (of each period), both by default, or none.
    model : {None, "inter-2", "inter-2-audio"}
        None is the service's first version, which has no choice of model; the others are models of its second version,
        whose path is then appended. `"inter-2-audio"` needs no pictures: only the recording's sound is sent, at 16 kHz.
    framing : {"continuous", "complete", "auto"}
        `"continuous"` sends one container in pieces, as the service requires it now; `"complete"` makes each segment a
        file of its own, as it required in its first months. `"auto"` sends one container; if the server rejects the
        second piece (`ih5004`), everything after the first piece is sent again as complete files, in the same session.
        To find out, it may send the config once more at the end, so `events` depends on the pace; results do not.
    segment : float
        Seconds of media per segment, 3 or more.
    time_base : {"session", "segment", "auto"}
        Origin of the server's times: the beginning of the session, as with all known servers; or the beginning of the
        segment that they refer to, as in the quickstart. A message that does not name its segment is counted: the first
        of its kind is about the first segment, and so on, however late it comes. If the server does not send one of
        each kind for each segment, a `SegmentTimesWarning` says how they were assigned. `"auto"` finds out from the
        messages when tables are made: times count from segments if none exceeds a segment's length though more was
        sent, and stretches of engagement or quality begin anew again and again; else from the session.
    encode : bool or None
        None copies pictures and sound if the service can decode them, else encodes them (VP8, Opus); True always
        encodes.
    timeout : float
        Seconds to wait for each step of the session. A server that does not announce its end counts as finished after
        twice as long without a message.
    warm_up : float
        Seconds that a server which has not said anything about the recording gets for its first answer once everything
        is sent, if that is longer; the vendor's own page waits 60. An address where that was in vain gets it no more.
    consent : str or None
        On what basis the recorded people's data may leave this machine, in your words. Required for every server that
        is not on this machine; written into the journal.
    insecure : bool
        Whether the key may be sent to another machine over `ws://`, without encryption.
    max_message_mb : float
        MB of a message of the server, at most: a larger one is not read, and ends the replay by `MessageTooLarge`.

    Raises
    ------
    SettingsError
        A value is not legal on the wire.
    UnknownSetting
        There is no such setting.

    Notes
    -----
    Address, key and include: the vendor's stream quickstart, "Connect to the WebSocket". Framing and segment length:
    contract page §2.2.

    Examples
    --------
    >>> Interhuman(key="ih_live_secret", segment=5.0)
    Interhuman(key='…', segment=5.0)
    """

    tables: ClassVar[tuple[str, ...]] = ("signals", "engagement", "quality", "coverage")
    playback_server: ClassVar[str] = "emotoolkit.apis.interhuman.server.playback"
    takes_files = True
    answers_after = 8.0  # §2.2
    longest = float(messages.MAX_SESSION_S)

    def sessions(self, recording: Recording) -> tuple[Interhuman, ...]:
        """List the settings of each session for this recording: one session with these settings.

        Warns
        -----
        StillPictureWarning
            The recording has no pictures.

        Raises
        ------
        TooShort, NoSound
            The recording is shorter than the service accepts, or has no sound and the model analyses only sound.
        """
        if recording.length < MIN_SEGMENT_S:
            raise TooShort(file=recording.file, duration=recording.length, api="Interhuman", minimum=MIN_SEGMENT_S)
        if self.model == messages.AUDIO_MODEL:
            if recording.audio is None:
                raise NoSound(
                    file=recording.file, api="Interhuman's model inter-2-audio", left_out="; ".join(recording.left_out)
                )
        elif recording.video is None:
            warnings.warn(
                f"{recording.file!r} is sound alone, and Interhuman wants pictures: it is sent with a still picture, "
                "so no signal can come from a face.",
                StillPictureWarning,
                stacklevel=2,
            )
        return (self,)

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be stored or shown: credentials, tokens obtained with them, secrets in the address."""
        from emotoolkit.apis.interhuman.client.http_client import cached_tokens

        return (*super().secrets(), *cached_tokens(self))

    def bytes_per_second(self, recording: Recording) -> float:
        """Bytes that a session sends for each second of media, about: what is copied is as large as the file is."""
        return (
            STILL_PICTURE_BYTES_PER_S if recording.video is None else recording.path.stat().st_size / recording.duration
        )

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the recording into segments, from media time `start` on."""
        if self.model == messages.AUDIO_MODEL:
            return audio.packets(recording, sampling_rate=self.samples, length=self.segment, start=start)
        if self.framing == "auto":
            return self._with_file_fallback(recording, start)
        return self._cut(recording, self.framing, start)

    def whole(self, recording: Recording) -> bytes:
        """Make one file of the recording, for an upload; for a model without pictures, a file of its sound."""
        if self.samples is None:
            return b"".join(packet.data for packet in self._cut(recording, "continuous", 0.0))
        sound = io.BytesIO()
        audio.write_wav(sound, self.packets(recording), sampling_rate=self.samples, channels=1)
        return sound.getvalue()

    def _with_file_fallback(self, recording: Recording, start: float) -> Iterator[Packet]:
        from emotoolkit.apis.interhuman.client.continuation import Continuation

        def cut_files(start: float) -> Iterator[Packet]:
            return self._complete_files(recording, start)

        for number, packet in enumerate(self._cut(recording, "continuous", start)):
            yield Continuation(packet.start, packet.end, packet.data, cut_files) if number else packet

    def _complete_files(self, recording: Recording, start: float) -> Iterator[Packet]:
        """Cut complete files from exactly `start` on: copied if a file can begin there, else encoded."""
        copied = self._cut(recording, "complete", start)
        first = next(copied, None)
        if first is None or abs(first.start - start) <= START_TOLERANCE_S:
            return itertools.chain([] if first is None else [first], copied)
        return self._cut(recording, "complete", start, encode=True)

    def _cut(
        self,
        recording: Recording,
        framing: Literal["continuous", "complete"],
        start: float,
        encode: bool | None = None,  # noqa: FBT001 - three-valued, as the setting
    ) -> Iterator[Packet]:
        from emotoolkit.media.video import segments

        encode = self.encode if encode is None else encode
        return segments.segments(recording, framing=framing, length=self.segment, encode=encode, start=start)

    def posts(self, recording: Recording, on_sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Upload a recording as one file; see `emotoolkit.upload`. Yields each response, the last with the result.

        Without a `model` it is sent to the service's first version, which responds with the result; else to its second,
        as a job, which reports signals and states by windows of a few seconds and is therefore coarser.

        Parameters
        ----------
        recording : Recording
            Uploaded as one file, with the pictures and the sound that a replay sends.
        on_sent : callable
            Called with the number of bytes posted.

        Raises
        ------
        SegmentTooLarge
            The file is larger than the service accepts (32 MB).
        ServerUnreachable, ServerRefused, ServerSilent
            There was no response, or it was an error.

        Notes
        -----
        Contract page §7.
        """
        from emotoolkit.apis.interhuman.client.upload import posts

        return posts(self, recording, partial(self.whole, recording), on_sent)

    def upload(self, recording: Recording, journal: Path | None = None) -> Any:
        """Upload as `emotoolkit.upload(recording, api)` does; call that instead."""
        return upload_by_method(self, recording, journal)

    def connect(self, on_message: Callable[[str], None]) -> AbstractAsyncContextManager[InterhumanSession]:
        """Open a session; each message is passed to `on_message` first."""
        from emotoolkit.apis.interhuman.client.session import connect

        return connect(self, on_message)

    @staticmethod
    def together(messages: MessageColumns, decoders: Mapping[int, wire_decoder.Decoder]) -> ResultColumns | None:
        """Decode a replay's messages in bulk, with a new decoder per session; None if that is not possible."""
        from emotoolkit.apis.interhuman.client import bulk

        return bulk.read(messages, decoders)

    @staticmethod
    def stage(raw: str) -> Stage | None:
        """Name the stage of a session to which a message belongs; None if it is none of a stream."""
        from emotoolkit.apis.interhuman.wire import stages

        return stages.stage(raw)

    def played_at(self, url: str, query: str) -> Self:
        """Copy these settings with the address of a local playback server and a query for it.

        The path is kept if it is one of the protocol's; any other path in a journal's address is not.
        """
        recorded = urlsplit(self.address).path.rstrip("/")
        path = recorded if recorded in messages.PATHS else messages.PATHS[0]
        return dataclasses.replace(self, url=f"{url}{path}?{query}")

    @staticmethod
    def measures() -> Iterator[Measure]:
        """List what the local server measures and sends, one row each."""
        from emotoolkit.apis.interhuman.server.measures import measures

        return measures()

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Range of each column: as the local server measures it, or as the vendor documents it."""
        from emotoolkit.apis.interhuman.server import scoring

        return messages.UNITS | (scoring.UNITS if local else {})
