"""What an API is to the player, and to those who read journals: Protocols, no code.

The settings of an API (`EmotionLogic`, `Interhuman`) are an `Api`: it knows which packets it wants of a recording,
how to open a session, and how to read what comes back. A third API is a folder
of its own with these names in it, and a line in the registry or an entry point; `defaults` has an answer for what most
services answer alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from typing import Self

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.playback.script import Stage
    from emotoolkit.apis.base.result_columns import MessageColumns, ResultColumns
    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["Api", "Decoder", "RegisteredApi", "Session", "SpeechGated"]


class Decoder(Protocol):
    """Turns the messages of one session into events; may remember what earlier ones said."""

    def decode(self, raw: str) -> Event:
        """Read one message. Never fails: what it does not know is `Unknown`."""

    def sent(self, start: float) -> None:
        """Hear that the packet was sent that begins at this second of the session."""


class Session(Protocol):
    """An open conversation with a server."""

    @property
    def idle_limit(self) -> float | None:
        """Seconds without media after which the server ends the session; None if it does not."""

    @property
    def time_limit(self) -> float | None:
        """Seconds since it was opened after which the server ends the session; None if it does not."""

    async def send(self, packet: Packet) -> None:
        """Send one packet; returns when there is room for the next.

        Raises `ServerGone`, `ServerFault` when the session has ended, whenever that was noticed.
        """

    async def finish(self) -> None:
        """Say that no more media comes and wait, by the protocol's own end, until everything has been answered."""


class Api(Protocol):
    """Settings of an API: frozen, picklable; a key is masked in the repr and left out of `settings()`."""

    @property
    def name(self) -> str:
        """Name of the API in tables: `emotion_logic`, `interhuman`."""

    @property
    def title(self) -> str:
        """Name of the API in sentences."""

    @property
    def address(self) -> str:
        """The server's address; empty before `located()`."""

    @property
    def consent(self) -> str | None:
        """On what basis people's data may leave this machine."""

    def located(self) -> Self:
        """Fill in the address: the argument's, the environment's, or a local server's, started if need be.

        Raises `ConsentMissing` if the address is not on this machine and the settings state no basis for that.
        """

    def sessions(self, recording: Recording) -> tuple[Self, ...]:
        """The settings of each session that one replay of this recording needs: usually just these.

        Raises a `RecordingError` if the recording is nothing for this API.
        """

    @property
    def answers_after(self) -> float:
        """Seconds of media before which the service has nothing to say; shorter clips want joining."""

    @property
    def longest(self) -> float:
        """Seconds that the service keeps a session open."""

    def bytes_per_second(self, recording: Recording) -> float:
        """Bytes that a session sends for each second of this recording, about."""

    def settings(self) -> dict[str, Any]:
        """What was chosen, for the journal: JSON-ready, without any key."""

    def secrets(self) -> tuple[str, ...]:
        """What must not be written down anywhere, whoever says it."""

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the recording into what a session sends, in order, from media time `start` on."""

    def connect(self, hear: Callable[[str], None]) -> AbstractAsyncContextManager[Session]:
        """Open a session. Each message goes to `hear` before anything else is done with it.

        Raises `ServerUnreachable`, `ServerRefused`, `ServerSilent`.
        """

    @property
    def takes_files(self) -> bool:
        """Whether whole files can be uploaded, by `posts`."""

    def posts(self, recording: Recording, sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Have the recording analysed as a file, and give each answer as text; the last is the result.

        `sent` is told how many bytes were posted. Raises what `connect` raises.
        """

    def decoder(self) -> Decoder:
        """A reader for the messages of one session."""

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Unit or range of each column of the tables: as our local server measures it, or as the vendor says."""


class RegisteredApi(Api, Protocol):
    """What the registry has of an API: a dataclass of settings that can be made anew from those in a journal."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    tables: ClassVar[tuple[str, ...]]
    """Which of the tables `segments`, `signals`, `engagement`, `quality` and `coverage` its messages fill."""

    server: ClassVar[str]
    """Module of the local server: `serving(options, port)`, an async context manager that yields the address, its
    `PORT`, and which `OPTIONS` a shell can tell it: `options(keep, **told)` makes of their words what `serving` takes.
    Run as a script, it takes them from `started_with`."""

    playback_server: ClassVar[str]
    """Module of the local server that plays recorded conversations."""

    def __init__(self, **settings: Any) -> None:
        """Make them of what `settings()` gave."""

    @staticmethod
    def together(said: MessageColumns, decoders: Mapping[int, Any]) -> ResultColumns | None:
        """Read a replay's messages all at once, which is faster; None where they are read one after another."""

    @staticmethod
    def measures() -> Iterable[Measure]:
        """What the local server measures and sends, a row each."""

    @staticmethod
    def stage(raw: str) -> Stage | None:
        """Say to which stage of a conversation a message belongs, for playing it again; None: no stream says this."""

    def played_at(self, url: str, query: str) -> Self:
        """Give these settings the address of a local server that plays, and a query for it."""


@runtime_checkable
class SpeechGated(Protocol):
    """Settings of an API that finds speech above a level, in one of the recording's channels or in their mean."""

    channels: Any
    """"mono" for the mean, "both" for the first two, or the number of a channel."""

    @property
    def threshold(self) -> float:
        """Level below which nothing is taken for speech, in dBFS; minus infinity where there is none."""

    @staticmethod
    def noise_of(level: float) -> float:
        """Give the `background_noise` whose threshold is at a level (dBFS)."""
