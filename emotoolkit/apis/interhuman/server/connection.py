"""One session of the local server: each text and each binary message is answered before the next is looked at."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType

from emotoolkit._version import __version__
from emotoolkit.apis.interhuman.server.analysis import Analysis
from emotoolkit.apis.interhuman.server.ingest import Trouble
from emotoolkit.apis.interhuman.server.load_shedding import Backlog
from emotoolkit.apis.interhuman.server.outbox import Speech
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.wire import error_codes, messages, requests
from emotoolkit.apis.interhuman.wire.containers import begins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from aiohttp.web import WebSocketResponse

    from emotoolkit.apis.interhuman.server.analysis import Finding
    from emotoolkit.apis.interhuman.server.auth import Grant
    from emotoolkit.apis.interhuman.server.options import Options
    from emotoolkit.apis.interhuman.server.profiles import Profile

__all__ = ["LABEL", "Client", "Conversation"]

LABEL = f"local measurement (emotoolkit {__version__})"

DRAIN = 60
"""Seconds within which the rest is promised after `session.close`. Nothing waits by then, so it takes far less."""

ROUNDING = 0.1
"""Seconds by which a message may fall short of what it should hold: encoders round to their frames."""

GONE = 1001
"""Close code of a connection that ends for no reason of the session's (§6.3)."""


class _Over(Exception):
    """The session has ended."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who has come in, as what, and what was asked for in the address.

    Attributes
    ----------
    session : str
        Id of the session.
    profile : Profile
        What kind of server it has come to.
    grant : Grant
        What its credential is good for.
    include : tuple of str
        Quality that was asked for (v0).
    model : str or None
        The model that was asked for (v2).
    """

    session: str
    profile: Profile
    grant: Grant
    include: tuple[str, ...] = ()
    model: str | None = None


class Conversation:
    """Converse with one client.

    Parameters
    ----------
    wire : aiohttp.web.WebSocketResponse
        Its connection.
    cut : callable
        Ends the connection as a cable does.
    options : Options
        What the server is told.
    client : Client
        Who it is, and what was asked for.
    """

    def __init__(self, wire: WebSocketResponse, cut: Callable[[], None], options: Options, client: Client) -> None:
        profile, grant = client.profile, client.grant
        self._wire = wire
        self._cut = cut
        self._id = client.session
        self._profile = profile
        self._options = options
        self._grant = grant
        self._longest = min(options.limits.longest, grant.caps.max_duration_seconds or options.limits.longest)
        self._include = client.include
        self._model = client.model or (profile.models[0] if profile.models else None)
        self._samples: int | None = None
        self._kept = None if options.keep is None else options.keep / client.session
        self._analysis = Analysis(self._sees, self._hears)
        self._backlog = Backlog(options.limits.behind)
        self._telling = profile.telling()
        self._probe = Probe()
        self._received = 0
        self._brought = 0.0
        self._begun = False
        self._reported = False
        self._silent = False
        self._start = asyncio.get_running_loop().time()
        self._speech = Speech(wire.send_str, options.faults, self._wrapped("weather.updated", {"sky": "blue"}))

    async def run(self, refusal: str | None = None) -> None:
        """Converse until the client has its last answer, or is gone; or refuse it with an error of this code."""
        try:
            await self._converse(refusal)
        except _Over:
            pass
        except ConnectionError:
            raise
        except Exception:  # a fault of ours: the client hears of it, and whoever serves sees where it was
            with contextlib.suppress(_Over):
                await self._fail("ih1001")
            raise
        finally:
            await self._speech.close()
            await asyncio.to_thread(self._close)

    async def _converse(self, refusal: str | None) -> None:
        if refusal is not None:
            await self._fail(refusal)
        await self._open()
        while True:
            await self._answer()

    async def _open(self) -> None:
        faults = self._options.faults
        self._hush(0.0)
        if faults.error and not faults.error_at and faults.error in error_codes.CLOSES:
            await self._fail(faults.error)
        if self._profile.steps:
            limits = self._options.limits
            ready = messages.ready(
                LABEL,
                self._profile.models,
                idle=limits.idle,
                longest=self._longest,
                largest=limits.largest,
                segment=limits.segment,
            )
            await self._say(messages.READY, ready)
        await self._fault(0.0)

    async def _answer(self) -> None:
        """Wait for the next message, no longer than the limits allow, and answer it (§6.2)."""
        limits, time = self._options.limits, asyncio.get_running_loop().time
        began = time()
        left = self._start + self._longest - began
        try:
            message = await self._wire.receive(timeout=max(0.001, min(limits.idle, left)))
        except TimeoutError:
            await self._fail("ih6003" if limits.idle < left else "ih6004")
        came = time()
        await asyncio.sleep(self._options.faults.slow)
        match message.type:
            case WSMsgType.BINARY | WSMsgType.TEXT if self._silent:
                pass
            case WSMsgType.BINARY:
                await self._watch(message.data)
                self._backlog.note(came - began, time() - came, self._brought)
            case WSMsgType.TEXT:
                await self._read(message.data)
            case _:
                raise _Over

    async def _read(self, text: str) -> None:
        if not self._profile.configured:  # v0 has no texts that a client may send (§3.10)
            await self._say(messages.ERROR, messages.error("ih6001"))
            return
        match requests.read_text(text, self._profile.models):
            case requests.Config() as config:
                await self._configure(config)
            case requests.Refusal(message):
                await self._say(messages.ERROR, messages.error("ih6001", message))
            case requests.Close():
                await self._drain()

    async def _configure(self, config: requests.Config) -> None:
        """Do as a config says (§2.1); model and sound are settled with the first media."""
        model, samples = config.model or self._model, config.samples or self._samples
        problem = None
        if self._received and model != self._model:
            problem = "the model may change only before the first media"
        elif self._received and samples != self._samples:
            problem = "the form of the sound may change only before the first media"
        elif samples and model != messages.LISTENER:
            problem = f"raw sound is for {messages.LISTENER}"
        if problem is not None:
            await self._say(messages.ERROR, messages.error("ih6001", problem))
            return
        self._include, self._model, self._samples = config.include, model, samples
        if self._profile.steps:
            await self._say(messages.UPDATED, messages.updated(self._include, self._model))

    async def _watch(self, message: bytes) -> None:
        if not self._received and self._model == messages.LISTENER:
            self._listen()
        self._received += 1
        if self._kept is not None:
            await asyncio.to_thread(_store, self._kept, self._received, message)
        if self._options.looks_closely or self._grant.caps.max_video_seconds:
            await self._look(message)
        too_much = self._grant.use(len(message), self._brought)
        if too_much is not None:
            await self._fail(too_much)
        for kind, data in self._telling.receive(self._received, len(message)):
            await self._say(kind, data)
        trouble = self._objection(message)
        await self._tell([trouble] if trouble else await asyncio.to_thread(self._analysis.feed, message))

    def _hears(self, second: float) -> bool:
        """Whether the sound of this second is analysed."""
        return not (self._backlog.full or _within(second, self._options.faults.lose))

    def _sees(self, second: float) -> bool:
        """Whether the pictures are."""
        return self._hears(second) and not _within(second, self._options.faults.blind)

    async def _look(self, message: bytes) -> None:
        """Look how long the message is; do wrong if its time has come."""
        self._brought = await asyncio.to_thread(self._probe.feed, message)
        await self._fault(self._probe.seconds + ROUNDING)

    def _listen(self) -> None:
        self._analysis.listen(self._samples)
        if self._samples is not None:
            self._probe.listen(self._samples)

    def _objection(self, message: bytes) -> Trouble | None:
        """Say what a strict server has against a message (§2.2); None: nothing."""
        limits, refused = self._options.limits, self._options.refuse
        if len(message) > limits.largest:
            return Trouble("ih6002", f"the message exceeds {limits.largest} bytes")
        first, kind = not self._begun, "sound" if self._samples else begins(message)
        self._begun = self._begun or kind is not None
        if kind is None and "continuations" in refused:
            return Trouble("ih5004", "the message does not begin a container, and each must")
        if kind not in (None, "sound") and not first and "restarts" in refused:
            return Trouble("ih5004", "the message begins another container, and the first one must go on")
        if "mp4v" in refused and self._probe.codec == "mpeg4":
            return Trouble("ih5004", "the pictures are MPEG-4 Part 2, which is not supported")
        if limits.shortest and self._brought + ROUNDING < limits.shortest:
            return Trouble("ih5006", f"the message has less than {limits.shortest:g} s of media")
        if limits.segment and self._brought - ROUNDING > limits.segment:
            return Trouble("ih4004", f"the message has more than {limits.segment:g} s of media")
        return None

    async def _fault(self, reached: float) -> None:
        """Do wrong what is due at this second of media."""
        faults = self._options.faults
        self._hush(reached)
        if faults.error and reached >= faults.error_at and not self._reported:
            self._reported = True
            await self._report(faults.error)
        if faults.drop is not None and reached >= faults.drop:
            await self._drop(faults.close_frame)

    def _hush(self, reached: float) -> None:
        """Fall silent if it is time: read on, and do nothing about it."""
        silent = self._options.faults.silent
        if silent is not None and reached >= silent:
            self._silent = True
            self._speech.fall_silent()

    async def _report(self, code: str) -> None:
        if code in error_codes.CLOSES:
            await self._fail(code)
        await self._say(messages.ERROR, messages.error(code, segment=self._received or None))

    async def _drop(self, orderly: bool) -> None:  # noqa: FBT001 - two ways of one thing
        await self._speech.rest()
        if orderly:
            await self._wire.close(code=GONE)
        else:
            self._cut()
        raise _Over

    async def _fail(self, code: str) -> None:
        """Report an error that ends the session, and end it (§6.3)."""
        await self._say(messages.ERROR, messages.error(code))
        await self._speech.rest()
        await self._wire.close(code=error_codes.CLOSES[code])
        raise _Over

    async def _drain(self) -> None:
        await self._say(messages.CLOSING, messages.closing(DRAIN))
        await self._tell(await asyncio.to_thread(self._analysis.finish))
        await self._say(messages.ENDED, messages.ended())
        await self._speech.rest()
        await self._wire.close()
        raise _Over

    async def _tell(self, findings: Sequence[Finding]) -> None:
        for kind, data in self._telling.tell(findings, self._include, self._received):
            await self._say(kind, data)

    async def _say(self, kind: str, data: Mapping[str, Any]) -> None:
        await self._speech.say(self._wrapped(kind, data))

    def _wrapped(self, kind: str, data: Mapping[str, Any]) -> str:
        return self._profile.wrap(kind, data, self._id, datetime.now(UTC))

    def _close(self) -> None:
        self._probe.close()
        self._analysis.close()


def _within(second: float, span: tuple[float, float] | None) -> bool:
    return span is not None and span[0] <= second < span[1]


def _store(folder: Path, number: int, message: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:05d}.bin").write_bytes(message)
