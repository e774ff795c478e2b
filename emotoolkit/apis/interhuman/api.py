"""Interhuman as an API of the toolkit: its settings, and how they meet a recording."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import itertools
import os
import warnings
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from emotoolkit.apis.base.settings import check_choice, check_positive, located, named, shown, typed
from emotoolkit.apis.interhuman.wire import decoder as reading
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import (
    KeyInClear,
    KeyWithheldWarning,
    NoFacesWarning,
    NoSound,
    SettingsError,
    StillPictureWarning,
    TooShort,
)
from emotoolkit.media import audio
from emotoolkit.utils import addresses
from emotoolkit.utils.redaction import in_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Self

    from emotoolkit.apis.base.playback.script import Stage
    from emotoolkit.apis.base.result_columns import Messages, Said
    from emotoolkit.apis.interhuman.client.session import InterhumanSession
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay
    from emotoolkit.utils.addresses import Address

__all__ = ["Interhuman"]

SHORTEST = 3.0
"""Seconds. The shortest segment, and so the shortest recording, that every version of the service takes (§2.2)."""

SECRET = ("key", "key_id", "key_secret")
"""Settings that are sent to the server and shown nowhere."""

ENVIRONMENT = dict(zip(SECRET, ("INTERHUMAN_API_KEY", "INTERHUMAN_KEY_ID", "INTERHUMAN_KEY_SECRET"), strict=True))
"""Where the environment has them."""

STILL_BYTES = 8_000.0
"""Bytes per second of sound sent with a still picture: Opus at 64 kbit/s, the picture nearly nothing."""

EXACT = 0.005
"""Seconds by which a file may begin elsewhere than where the last message ended."""

VENDOR = "api.interhuman.ai"
"""The service itself: for whom a key in the environment is."""


@named
@dataclass(frozen=True, kw_only=True)
class Interhuman:
    """Settings of Interhuman's streaming API: what is asked for, how media are sent, and where to.

    Parameters
    ----------
    url : str or None
        Address of the service, such as `"wss://api.interhuman.ai"`; the path of the stream is appended unless a path is
        given. Without a scheme it is `wss://`, on this machine `ws://`. None takes the environment's `INTERHUMAN_URL`,
        and without that a local server, started when first needed.
    key : str or None
        Your API key. None takes the environment's `INTERHUMAN_API_KEY` if the address is the vendor's own or is
        `INTERHUMAN_URL`; the local server needs none. It is sent to the server and shown nowhere.
    key_id, key_secret : str or None
        The older form of credentials: a pair that is exchanged for a token, and again when that is about to expire.
        None takes the environment's `INTERHUMAN_KEY_ID` and `INTERHUMAN_KEY_SECRET`, as of `key`. Not used where there
        is a key.
    include : tuple of str
        Which conversation quality comes back: `"conversation_quality_overall"` (of the session so far),
        `"conversation_quality_timeline"` (of each period), both by default, or none.
    model : {None, "inter-2", "inter-2-audio"}
        None is the service's first version, which names no model; the others are models of its second, whose path is
        then appended. `"inter-2-audio"` needs no pictures: it is sent the recording's sound alone, 16 kHz.
    framing : {"continuous", "complete", "auto"}
        `"continuous"` sends one container in pieces, as the service wants it now; `"complete"` makes each segment a
        file of its own, as its first months wanted it. `"auto"` sends the former; if the server refuses the second
        piece (`ih5004`), everything behind the first is sent again as the latter, in the same session. To be sure, it
        may have to ask once more at the end, so what is in `events` depends on the pace; results do not.
    segment : float
        Seconds of media per segment, 3 or more.
    time_base : {"session", "segment"}
        Where the server's times count from: the beginning of the session, as all servers known do; or the beginning of
        the segment that they are about, as the quickstart has it.
    encode : bool or None
        None copies pictures and sound where the service can read them, and encodes (VP8, Opus) where it cannot; True
        always encodes.
    timeout : float
        Seconds to wait for each step of the conversation. A server that has no word for its end counts as done after
        twice as long without a message.
    consent : str or None
        On what basis the recorded people's data may leave this machine, in your words. Needed for every server that is
        not on this machine; written into the journal.
    insecure : bool
        Whether the key may go to another machine over `ws://`, where everybody on the way can read it.

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

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    key_id: str | None = field(default=None, repr=False)
    key_secret: str | None = field(default=None, repr=False)
    include: tuple[str, ...] = messages.INCLUDE
    model: Literal["inter-2", "inter-2-audio"] | None = None
    framing: Literal["continuous", "complete", "auto"] = "continuous"
    segment: float = SHORTEST
    time_base: Literal["session", "segment"] = "session"
    encode: bool | None = None
    timeout: float = 10.0
    consent: str | None = None
    insecure: bool = False

    name = "interhuman"
    title: ClassVar[str] = "Interhuman"
    tables: ClassVar[tuple[str, ...]] = ("signals", "engagement", "quality", "coverage")
    server: ClassVar[str] = "emotoolkit.apis.interhuman.server.app"
    playback_server: ClassVar[str] = "emotoolkit.apis.interhuman.server.playback"
    answers_after = 8.0  # §2.2
    longest = float(messages.LONGEST)

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
        check_choice("time_base", self.time_base, ("session", "segment"))
        check_choice("encode", self.encode, (None, True))
        check_positive("timeout", self.timeout)
        if not self.segment >= SHORTEST:
            raise SettingsError(setting="segment", value=self.segment, rule=f"it must be {SHORTEST:g} seconds or more")

    def __repr__(self) -> str:
        return shown(self, SECRET)

    @property
    def address(self) -> str:
        """The server's address; empty before `located()`."""
        return self.url or ""

    def located(self) -> Self:
        """Fill in address and key (argument, environment, local server).

        Warns
        -----
        KeyWithheldWarning
            The environment has a key, and it is not for this address.
        NoFacesWarning
            It is a local server, which looks for faces with OpenCV, and that is not installed.

        Raises
        ------
        AddressRefused
            Where the server is cannot be told for certain.
        ConsentMissing
            The server is not on this machine and `consent` is not given.
        KeyInClear
            The key would go to another machine without encryption, and `insecure` is not given.
        """
        local = not (self.url or os.environ.get("INTERHUMAN_URL")) and self.model != messages.LISTENER
        if local and importlib.util.find_spec("cv2") is None:
            warnings.warn(NoFacesWarning.sentence, NoFacesWarning, stacklevel=2)
        found = located(
            self,
            "INTERHUMAN_URL",
            self.server,
            partial(_completed, model=self.model),
            **self._keys(),
        )
        address = addresses.read(found.address)
        if found.secrets() and not (address.secure or address.local or self.insecure):
            secure = addresses.masked(address.text("ws", "wss").replace("ws://", "wss://", 1))
            facts = {"api": self.title, "host": address.host, "scheme": address.scheme}
            raise KeyInClear(**facts, setting="url", secure=secure)
        return found

    def _keys(self) -> dict[str, str | None]:
        """The credentials: those given, else those of the environment, if they are for this address."""
        given = {name: getattr(self, name) for name in SECRET}
        there = {name: os.environ.get(variable) or None for name, variable in ENVIRONMENT.items()}
        address = typed(self.url, "INTERHUMAN_URL")
        if address is None:  # our own local server, which needs none
            return given
        if not self.url or address.host == VENDOR:
            return {name: given[name] or there[name] for name in SECRET}
        if not any(given.values()) and any(there.values()):
            warnings.warn(KeyWithheldWarning(address.host), stacklevel=3)
        return given

    def sessions(self, recording: Recording) -> tuple[Interhuman, ...]:
        """The settings of each session for this recording: these.

        Warns
        -----
        StillPictureWarning
            The recording is sound alone.

        Raises
        ------
        TooShort, NoSound
            The recording is shorter than the service takes, or has no sound for a model that only listens.
        """
        if recording.duration < SHORTEST:
            raise TooShort(file=recording.file, duration=recording.duration, api="Interhuman", minimum=SHORTEST)
        if self.model == messages.LISTENER:
            if recording.audio is None:
                raise NoSound(file=recording.file, api="Interhuman's model inter-2-audio")
        elif recording.video is None:
            warnings.warn(
                f"{recording.file!r} is sound alone, and Interhuman wants pictures: it is sent with a still picture, "
                "so no signal can come from a face.",
                StillPictureWarning,
                stacklevel=2,
            )
        return (self,)

    def settings(self) -> dict[str, Any]:
        """What was chosen, JSON-ready, without the credentials."""
        chosen = {name: value for name, value in dataclasses.asdict(self).items() if name not in SECRET}
        return {**chosen, "include": list(self.include)}

    def secrets(self) -> tuple[str, ...]:
        """What must not be written down: the credentials, tokens got for them, and what is secret in the address."""
        from emotoolkit.apis.interhuman.client.http_client import tokens

        told = (getattr(self, name) for name in SECRET)
        return (*filter(None, told), *in_address(self.address), *tokens(self))

    def bytes_per_second(self, recording: Recording) -> float:
        """Bytes that a session sends for each second of media, about: what is copied is as large as the file is."""
        return STILL_BYTES if recording.video is None else recording.path.stat().st_size / recording.duration

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the recording into segments, from media time `start` on."""
        if self.model == messages.LISTENER:
            return audio.packets(recording, sampling_rate=self.samples, length=self.segment, start=start)
        if self.framing == "auto":
            return self._repairable(recording, start)
        return self._cut(recording, self.framing, start)

    def whole(self, recording: Recording) -> bytes:
        """Make one file of the recording: what an upload sends. A model that only listens is sent the sound alone."""
        if self.samples is None:
            return b"".join(packet.data for packet in self._cut(recording, "continuous", 0.0))
        sound = io.BytesIO()
        audio.write_wav(sound, self.packets(recording), sampling_rate=self.samples, channels=1)
        return sound.getvalue()

    @property
    def samples(self) -> int | None:
        """Samples per second of raw sound, in Hz; None where containers are sent."""
        return messages.SAMPLING_RATES[0] if self.model == messages.LISTENER else None

    def _repairable(self, recording: Recording, start: float) -> Iterator[Packet]:
        from emotoolkit.apis.interhuman.client.continuation import Continuation

        def again(start: float) -> Iterator[Packet]:
            return self._files(recording, start)

        for number, packet in enumerate(self._cut(recording, "continuous", start)):
            yield Continuation(packet.start, packet.end, packet.data, again) if number else packet

    def _files(self, recording: Recording, start: float) -> Iterator[Packet]:
        """Cut complete files from exactly `start` on: copied if a file can begin there, else encoded."""
        copied = self._cut(recording, "complete", start)
        first = next(copied, None)
        if first is None or abs(first.start - start) <= EXACT:
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

    def upload(self, recording: Recording, journal: Path | None = None) -> Replay:
        """Analyse a recording as one file instead of a stream, and wait for the answer.

        Parameters
        ----------
        recording : Recording
            What is uploaded: as one file, with the pictures and the sound that a replay sends. Without a `model` it
            goes to the service's first version, which answers with the result; else to its second, as a job, whose
            signals and states are told by windows of a few seconds and are so much coarser.
        journal : path or None
            Folder for the journal; None takes a temporary one that is not removed.

        Returns
        -------
        Replay
            The same tables as a replay's.

        Raises
        ------
        RecordingError
            It is shorter than 3 s, or larger than the service takes (32 MB).
        ConsentMissing
            The server is not on this machine and `consent` is not given.
        ServerUnreachable, ServerRefused, ServerSilent
            It was not answered; the error's `.replay` says what was sent.

        Notes
        -----
        Contract page §7.
        """
        from emotoolkit.apis.interhuman.client.upload import upload

        self.sessions(recording)
        return upload(self, recording, journal)

    def connect(self, hear: Callable[[str], None]) -> AbstractAsyncContextManager[InterhumanSession]:
        """Open a session; each message goes to `hear` first."""
        from emotoolkit.apis.interhuman.client.session import connect

        return connect(self, hear)

    def decoder(self) -> reading.Decoder:
        """A reader for the messages of one session."""
        return reading.Decoder(self.time_base)

    @staticmethod
    def together(said: Messages, decoders: Mapping[int, reading.Decoder]) -> Said | None:
        """Read a replay's messages together, with these new decoders; None where that says something else."""
        from emotoolkit.apis.interhuman.client import bulk as together

        return together.read(said, decoders)

    @staticmethod
    def stage(raw: str) -> Stage | None:
        """Say to which stage of a conversation a message belongs; None: no stream says this."""
        from emotoolkit.apis.interhuman.wire import stages

        return stages.stage(raw)

    def played_at(self, url: str, query: str) -> Self:
        """Give these settings the address of a local server that plays, and a query for it.

        The path stays if it is one of the protocol's; nothing else that a journal may have as its address does.
        """
        recorded = urlsplit(self.address).path.rstrip("/")
        path = recorded if recorded in messages.PATHS else messages.PATHS[0]
        return dataclasses.replace(self, url=f"{url}{path}?{query}")

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Range of each column, as the local server measures it or as the vendor's documents have it."""
        from emotoolkit.apis.interhuman.server import scoring

        return messages.UNITS | (scoring.UNITS if local else {})


def stream_address(url: str, model: str | None = None) -> str:
    """Complete a base address: the scheme of WebSockets, and the path of the stream where there is none.

    A model belongs to the path of the service's second version, and into its query.

    Raises
    ------
    AddressRefused
        Whose it is cannot be told for certain.

    Examples
    --------
    >>> stream_address("https://api.interhuman.ai")
    'wss://api.interhuman.ai/v1/stream/analyze'
    >>> stream_address("api.interhuman.ai", "inter-2")
    'wss://api.interhuman.ai/v2/stream/analyze?model=inter-2'
    """
    return _completed(addresses.read(url), model=model)


def _completed(address: Address, model: str | None) -> str:
    path = address.path.rstrip("/") or messages.PATHS[0 if model is None else 1]
    query = address.query
    if model is not None and "model=" not in query:
        query += ("&" if query else "") + f"model={model}"
    return dataclasses.replace(address, path=path, query=query).text("ws", "wss")
