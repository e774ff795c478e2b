"""The client's conversation: open … config … segments … session.close … drain (contract page §2, §3.8, §3.11).

Each step that some servers lack has a fallback, and v0 has neither config nor close (§3.10). The worker runs this; it
knows no clock and no tables.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emotoolkit.apis.base import patience
from emotoolkit.apis.base.events import Fault, Repeated, span
from emotoolkit.apis.base.message_text import LONGEST
from emotoolkit.apis.base.websocket import WebSocketSession, opened
from emotoolkit.apis.interhuman.client.continuation import Continuation
from emotoolkit.apis.interhuman.client.http_client import credential
from emotoolkit.apis.interhuman.wire import decoder, messages
from emotoolkit.apis.interhuman.wire.scopes import STREAM
from emotoolkit.errors import (
    ReplayError,
    SegmentTooLarge,
    SegmentTooLong,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import InvalidStatus

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.interhuman.settings import InterhumanSettings
    from emotoolkit.media.packet import Packet

__all__ = ["InterhumanSession", "connect"]

READY = 5.0
"""Seconds to wait at most for `session.ready`: servers of the quickstart's time may not send it (§8)."""

QUIET = 2.0
"""Timeouts without a word after which a server that does not know `session.close` counts as done: 20 s by default, what
the vendor's example application waits (§6.1)."""

MARGIN = 5.0
"""Seconds beyond the server's own `max_drain_seconds` (§6.1)."""

SHORTEST = 1.0
"""Seconds below which a limit of a session is none: a session per moment is not what anybody can mean."""

TAIL = 20.0
"""Seconds of media that may stay unanswered by a server that was asked for quality and is quiet: windows close every
3 s, and the longest wait that was ever seen is 12 s (§6.1). More is no end but silence."""

NORMAL = 1000
"""Close code of an orderly end (§6.3)."""

MALFORMED, SECOND = "ih5004", 2
"""What a server says that does not take continuations, and of which segment: they are counted from 1 (§2.2)."""

ROUNDING = 1e-6
"""Seconds: two ends that are the same moment."""

CLEAR = 0.5
"""Seconds behind the end of the first segment from which on what is said cannot be about that one alone."""

CORRELATION = "X-Correlation-ID"


@asynccontextmanager
async def connect(settings: InterhumanSettings, hear: Callable[[str], None]) -> AsyncIterator[InterhumanSession]:
    """Connect and configure; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    wire = await _open(settings)
    session = InterhumanSession(settings, hear, wire)
    try:
        await session.begin()
        yield session
    finally:
        await session.close()


class InterhumanSession(WebSocketSession):
    """One session over one WebSocket connection."""

    def __init__(self, settings: InterhumanSettings, hear: Callable[[str], None], wire: ClientConnection) -> None:
        super().__init__(settings, hear, wire)
        self._settings: InterhumanSettings = settings
        self._decoder: decoder.Decoder = settings.decoder()
        self._said: dict[str, str] = {}
        self._last: Event | None = None
        self.idle_limit: float | None = None
        """Seconds without media after which the server ends the session, as it said itself (§3.2); None if it did not.

        Whether anything but media counts is not stated (§10), so nothing else is taken to.
        """
        self.time_limit: float | None = None
        """Seconds after which the server ends the session, as it said itself (§3.2); None if it did not."""
        self._largest = float(messages.LARGEST)
        self._longest = math.inf
        self._start: float | None = None
        self._answered = 0.0
        self._count = 0
        self._settled = 0
        self._oldest = urlsplit(settings.address).path == messages.OLDEST
        self._repair = _Repair()

    async def begin(self) -> None:
        """Say what is wanted, and wait a moment for the server's consent."""
        if self._oldest:  # what is wanted is in the address
            return
        await self.say(self._config())
        if not await self._until(messages.READY, min(READY, self._settings.timeout)) and self._over:
            raise self._ending()

    async def send(self, packet: Packet) -> None:
        """Send one segment; returns when the socket has room for the next.

        Raises
        ------
        SegmentTooLarge, SegmentTooLong
            It has more bytes, or lasts longer, than the server takes.
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        self._check(packet)
        self._start = packet.start if self._start is None else self._start
        async for repaired in self._repair.instead_of(packet):
            await self._put(repaired)
        self._sent = packet.end
        await asyncio.sleep(0)  # a socket with room suspends nobody, and the listener needs its turn

    async def finish(self) -> None:
        """Ask for the rest and wait for it: until the server says it has ended, closes, or has long been quiet."""
        if self._oldest:
            await self._settle()
            return
        await self._mend()
        await self.say(messages.close())
        if await self._until(messages.CLOSING, QUIET * self._settings.timeout, anew=True):
            await self._drain(decoder.said(self._said[messages.CLOSING], "max_drain_seconds"))
        elif self._is_silent():
            raise self._silence("session.close", QUIET * self._settings.timeout)
        in_order = self._wire.close_code == NORMAL and not isinstance(self._last, Fault)
        if self._over and messages.ENDED not in self._said and not in_order:
            raise self._ending()

    def _config(self) -> str:
        return messages.config(self._settings.include, self._settings.model, self._settings.samples)

    async def _drain(self, promised: float | None) -> None:
        wanted = self._settings.timeout if promised is None else max(0.0, promised)
        timeout = min(wanted, self._most()) + MARGIN
        if not await self._until(messages.ENDED, timeout) and not self._over:
            raise self._silence("session.close", timeout)

    async def _mend(self) -> None:
        """Make sure that the stream was taken, and else send the rest as files.

        Taking is silent, unless something is said of what lies behind the first segment. But a config is acknowledged
        each time (§3.3), and what is answered in front of that is known by then: so it is sent once more. The first
        one's own acknowledgement is waited for before, or it would be taken for the second's.
        """
        timeout = self._settings.timeout
        if self._is_undecided() and await self._until(messages.UPDATED, timeout) and self._is_undecided():
            del self._said[messages.UPDATED]
            await self.say(self._config())
            await self._until(messages.UPDATED, timeout, anew=True)
        async for repaired in self._repair.rest(self._sent):
            await self._put(repaired)

    def _is_undecided(self) -> bool:
        """Whether nothing has been said yet that tells if the stream was taken."""
        proven = self._repair.proven((self._start or 0.0) + self._answered)
        return self._repair.possible and (self._decoder.relative or not proven)

    def _is_silent(self) -> bool:
        """Whether a server that has no word for its end owes more than the last windows."""
        ended = self._over or messages.ENDED in self._said
        return not ended and bool(self._settings.include) and self._sent - (self._start or 0.0) - self._answered > TAIL

    async def _settle(self) -> None:
        """Wait until each segment is completed or refused, as v0 says of each (§3.10)."""
        timeout = QUIET * self._settings.timeout
        step = f"segment {self._settled + 1}"
        if not await self._wait(step, lambda: self._settled >= self._count, timeout, anew=True):
            raise self._ending() if self._over else self._silence(f"segment {self._settled + 1}", timeout)

    def _silence(self, step: str, timeout: float) -> ServerSilent:
        return ServerSilent(api=self._settings.title, url=self._settings.address, step=step, timeout=timeout)

    def _check(self, packet: Packet) -> None:
        about = {"file": "the recording", "start": packet.start}
        if len(packet.data) > self._largest:
            raise SegmentTooLarge(**about, bytes=len(packet.data), limit=int(self._largest))
        if packet.duration > self._longest + ROUNDING:
            raise SegmentTooLong(**about, duration=packet.duration, limit=self._longest)

    async def _put(self, packet: Packet) -> None:
        self._check(packet)
        self._decoder.sent(packet.start - (self._start or 0.0))
        await self.say(packet.data)
        self._count += 1

    def _take(self, raw: str) -> None:
        self._hear(raw)
        event = self._decoder.decode(raw)
        if isinstance(event, Repeated):
            return
        self._last = event
        self._said[event.kind] = raw
        self._settled += event.kind in (messages.COMPLETED, messages.ERROR)
        self._answered = max(self._answered, *(time for time in span(event) if time is not None), 0.0)
        if isinstance(event, Fault):
            self._repair.hear(event)
        if event.kind == messages.READY:
            self._take_limits(partial(decoder.said, raw))
        self._news.set()

    def _take_limits(self, said: Callable[[str], float | None]) -> None:
        """Mind what the server allows, whenever it says so."""
        self.idle_limit = _time_limit(said("session_idle_timeout_seconds"))
        self.time_limit = _time_limit(said("session_max_duration_seconds"))
        self._largest = _positive(said("max_segment_size_bytes")) or self._largest
        self._longest = _positive(said("max_segment_duration_seconds")) or self._longest

    async def _until(self, kind: str, quiet: float, *, anew: bool = False) -> bool:
        """Wait for a message of this kind, or the end of the connection. Returns whether it came."""
        step = "session.close" if kind in (messages.CLOSING, messages.ENDED) else kind
        await self._wait(step, lambda: kind in self._said or messages.ENDED in self._said, quiet, anew=anew)
        return kind in self._said

    async def _wait(self, step: str, come: Callable[[], bool], quiet: float, *, anew: bool) -> bool:
        """Wait until the answer to a step has come, or the connection has ended. Returns whether it has come.

        The seconds for which the server may be quiet can begin anew with each message: who talks is not silent. But
        that has an end, too.

        Raises
        ------
        ServerEndless
            It talked until then.
        """
        now = asyncio.get_running_loop().time
        deadline, last, talked = now() + quiet, now() + self._most(), False
        while not come() and not self._over:
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                break
            if anew:
                deadline, talked = min(now() + quiet, last), True
        if talked and now() >= last and not come() and not self._over:
            raise ServerEndless(**self._silence(step, self._most()).facts)
        return come()

    def _most(self) -> float:
        """Seconds that any step may take."""
        return patience.longest_wait(self._sent - (self._start or 0.0), QUIET * self._settings.timeout)

    def _ending(self) -> ReplayError:
        """Why the connection ended: the error that was the server's last word, or the code of the close (§3.7)."""
        url, code = self._settings.address, self._wire.close_code
        response = self._wire.response
        known = {"correlation_id": response.headers.get(CORRELATION) if response else None}
        if isinstance(self._last, Fault):
            kind = ServerFault if self._sent else ServerRefused
            return kind(
                api=self._settings.title,
                url=url,
                reason=self._last.message,
                code=self._last.code,
                sent=self._sent,
                **known,
            )
        reason = f"close code {code}" + (f": {self._wire.close_reason}" if self._wire.close_reason else "")
        return ServerGone(api=self._settings.title, url=url, sent=self._sent, reason=reason, **known)


def _time_limit(seconds: float | None) -> float | None:
    """Take a limit of a session at its word only if one can live with it: 0 or less is a usual word for "none"."""
    return seconds if seconds is not None and SHORTEST <= seconds <= LONGEST else None


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


class _Repair:
    """Goes over to complete files when a server refuses the first continuation of a stream (`framing="auto"`).

    The server has taken the stream's first segment, and refuses (`ih5004`) every other: so what follows the first is
    sent again, in the same session and on the same session clock, as segments that are files of their own (§2.2). It is
    looked for in the refusal of segment 2 alone. A later one is about that segment, not about the way of sending.
    """

    def __init__(self) -> None:
        self._first: Continuation | None = None
        self._refused = False
        self._files: Iterator[Packet] | None = None
        self._next: Packet | None = None

    @property
    def possible(self) -> bool:
        """Whether there is something to go over from."""
        return self._first is not None and not self._refused

    def proven(self, answered: float) -> bool:
        """Whether a server that speaks of this media second must have taken the continuation."""
        return self._first is not None and answered > self._first.start + CLEAR

    def hear(self, fault: Fault) -> None:
        """Hear what a server has against a segment."""
        self._refused = self._refused or (fault.code == MALFORMED and fault.packet == SECOND)

    async def instead_of(self, packet: Packet) -> AsyncIterator[Packet]:
        """Give what is sent when this packet is due: itself, or the files that end by then."""
        if self._first is None and isinstance(packet, Continuation):
            self._first = packet
        if not self._refused or self._first is None:
            yield packet
            return
        async for file in self._until(packet.end):
            yield file

    async def rest(self, sent: float) -> AsyncIterator[Packet]:
        """Give the files that are left of what was due, up to a media second: the recording may go on behind it."""
        if self._refused and self._first is not None:
            async for file in self._until(math.inf):
                if file.start >= sent - ROUNDING:
                    break
                yield file

    async def _until(self, end: float) -> AsyncIterator[Packet]:
        if self._files is None and self._first is not None:
            self._files = self._first.again(self._first.start)
            self._next = await self._cut()
        while self._next is not None and self._next.end <= end + ROUNDING:
            yield self._next
            self._next = await self._cut()

    async def _cut(self) -> Packet | None:
        return None if self._files is None else await asyncio.to_thread(next, self._files, None)


async def _open(settings: InterhumanSettings) -> ClientConnection:
    headers = {"X-Client-Request-Id": str(uuid.uuid4())}
    secret = await credential(settings, STREAM)
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return await opened(
        _with_wishes(settings.address, settings.include),
        api=settings.title,
        timeout=settings.timeout,
        headers=headers,
        shown=settings.address,
        declined=lambda problem: _declined(problem, settings),
    )


def _with_wishes(url: str, include: Sequence[str]) -> str:
    """Add to an address of v0 which quality is asked for: there, a config has no other place (§1.6)."""
    if urlsplit(url).path != messages.OLDEST or not include:
        return url
    wishes = "&".join(f"include[]={section}" for section in include)
    return f"{url}{'&' if urlsplit(url).query else '?'}{wishes}"


def _declined(problem: InvalidStatus, settings: InterhumanSettings) -> ServerRefused:
    """What the server says of its refusal: its JSON body (§1.7), or the status."""
    response = problem.response
    reason, code, session = decoder.refusal((response.body or b"").decode(errors="replace"))
    return ServerRefused(
        api=settings.title,
        url=settings.address,
        reason=reason or str(problem),
        code=code or response.status_code,
        correlation_id=session or response.headers.get(CORRELATION),
    )
