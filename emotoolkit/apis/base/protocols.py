"""What the player and the readers of journals need of an API: Protocols, no code.

The settings of an API (`EmotionLogic`, `Interhuman`) are an `Api`: they cut a recording into packets, open a session,
and read its messages. A third API is a folder of its own with these names in it, and a line in the registry or an entry
point; `defaults` has the members that are alike in most services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Self

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.playback.script import Stage
    from emotoolkit.apis.base.result_columns import MessageColumns, ResultColumns
    from emotoolkit.measure.catalogue import Measure
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["Api", "Decoder", "PlanningDecoder", "RegisteredApi", "Session", "SpeechGated"]


class Decoder(Protocol):
    """Turns the messages of one session into events; may keep state from earlier ones."""

    def decode(self, raw: str) -> Event:
        """Read one message. Never fails: a message that it does not know is `Unknown`."""

    def sent(self, start: float) -> None:
        """Note that a packet is being sent, which begins at this second of the session."""


@runtime_checkable
class PlanningDecoder(Protocol):
    """A decoder that decodes better once all messages of its session are known."""

    segment_note: dict[str, Any] | None
    """How times were assigned to segments, if that was not plain; facts of a `SegmentTimesWarning`."""

    @property
    def relative(self) -> bool:
        """Whether times may depend on the packets sent."""

    def planned(self, raws: Sequence[str], packets: Sequence[tuple[float, float]]) -> Decoder:
        """Make a decoder for the session in which these are all messages and all packets (start and end)."""


class Session(Protocol):
    """An open session with a server."""

    @property
    def idle_limit(self) -> float | None:
        """Seconds without media after which the server ends the session; None if it does not."""

    @property
    def time_limit(self) -> float | None:
        """Seconds since it was opened after which the server ends the session; None if it does not."""

    async def send(self, packet: Packet) -> None:
        """Send one packet; return when there is room for the next.

        Raises `ServerGone` or `ServerFault` if the session has ended, even before this call.
        """

    async def finish(self) -> None:
        """Announce the end of the media and wait, by the protocol's own end, until everything has been answered."""


class Api(Protocol):
    """Settings of an API: frozen and picklable; a key is masked in the repr and left out of `settings()`."""

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
        """Give the settings of each session that a replay of this recording needs: usually just these.

        Raises a `RecordingError` if the recording does not suit this API.
        """

    @property
    def answers_after(self) -> float:
        """Seconds of media before which the service sends no result; shorter clips should be joined."""

    @property
    def longest(self) -> float:
        """Seconds that the service keeps a session open."""

    def bytes_per_second(self, recording: Recording) -> float:
        """Estimate the bytes that a session sends per second of this recording."""

    def settings(self) -> dict[str, Any]:
        """The settings as JSON-ready values, for the journal, without any key."""

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be written down anywhere, not even where the server repeats them."""

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the recording into the packets of a session, in order, from media time `start` on."""

    def connect(self, on_message: Callable[[str], None]) -> AbstractAsyncContextManager[Session]:
        """Open a session. Each message goes to `on_message` before anything else is done with it.

        Raises `ServerUnreachable`, `ServerRefused`, `ServerSilent`.
        """

    @property
    def takes_files(self) -> bool:
        """Whether whole files can be uploaded, by `posts`."""

    def posts(self, recording: Recording, on_sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Have the recording analysed as a file, and yield each answer as text; the last is the result.

        `on_sent` is called with the number of bytes that were posted. Raises what `connect` raises.
        """

    def decoder(self) -> Decoder:
        """Make a reader for the messages of one session."""

    @staticmethod
    def units(*, local: bool) -> dict[str, str]:
        """Give unit or range of each column of the tables, as the local server measures it or as the vendor has it."""


class RegisteredApi(Api, Protocol):
    """An API in the registry: a dataclass of settings that can be made again from those in a journal."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    tables: ClassVar[tuple[str, ...]]
    """Tables that its messages fill, of `segments`, `signals`, `engagement`, `quality` and `coverage`."""

    server: ClassVar[str]
    """Module of the local server. It has `serving(options, port)`, an async context manager that yields the address; a
    default `PORT`; and `OPTIONS`, names of the options that a shell can give, which `options(keep, **words)` turns into
    those of `serving`. Run as a script, it reads them by `local_server.read_startup_line`."""

    playback_server: ClassVar[str]
    """Module of the local server that plays journals."""

    def __init__(self, **settings: Any) -> None:
        """Make them from the values of `settings()`."""

    @staticmethod
    def together(messages: MessageColumns, decoders: Mapping[int, Any]) -> ResultColumns | None:
        """Read a replay's messages in bulk, which is faster; None where they must be read one by one."""

    @staticmethod
    def measures() -> Iterable[Measure]:
        """List what the local server measures and sends, a row each."""

    @staticmethod
    def stage(raw: str) -> Stage | None:
        """Give the stage of a session that a message belongs to, for playing it; None if it cannot be in a stream."""

    def played_at(self, url: str, query: str) -> Self:
        """Point these settings at a local server that plays journals, with a query for it."""


@runtime_checkable
class SpeechGated(Protocol):
    """Settings of an API that takes for speech what is above a level, in some channels or their mean."""

    channels: Any
    """"mono" for the mean, "both" for the first two, or the number of a channel."""

    @property
    def threshold(self) -> float:
        """Level in dBFS below which nothing counts as speech; minus infinity where there is none."""

    @staticmethod
    def noise_of(level: float) -> float:
        """Compute the `background_noise` whose threshold is at a level (dBFS)."""
