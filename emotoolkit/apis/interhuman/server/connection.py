"""One session of the local server. Each message of the client is answered before the next is read.

The session runs in one task on the event loop: `run` reads messages until `_SessionEnded` is raised, which any handler
may do. Analysis runs in a thread, and the task waits for it; so messages queue in the WebSocket meanwhile, and the
client is slowed down by its back-pressure, unless `Limits.behind` has media shed (`load_shedding.py`). Messages to the
client go through a second task (`outbox.py`), which can delay or alter them as faults require.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType

from emotoolkit._version import __version__
from emotoolkit.apis.interhuman.server.analysis import Analyzer
from emotoolkit.apis.interhuman.server.load_shedding import Backlog
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.server.outbox import SendQueue
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.wire import error_codes, messages, requests
from emotoolkit.apis.interhuman.wire.containers import detect_container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiohttp.web import WebSocketResponse

    from emotoolkit.apis.base.kept_media import KeptMedia
    from emotoolkit.apis.interhuman.server.analysis import Finding
    from emotoolkit.apis.interhuman.server.auth import Grant
    from emotoolkit.apis.interhuman.server.options import Options
    from emotoolkit.apis.interhuman.server.profiles import Profile

__all__ = ["SERVER_LABEL", "Client", "Connection"]

SERVER_LABEL = f"local measurement (emotoolkit {__version__})"

MAX_DRAIN_S = 60
"""Seconds announced for the rest of the analysis after `session.close`. It takes far less, since nothing is queued."""

DURATION_TOLERANCE_S = 0.1
"""Seconds by which the media of a message may be too short or too long: encoders round to their frames."""

GOING_AWAY = 1001
"""Close code of a connection that ends independently of the session (§6.3)."""


class _SessionEnded(Exception):
    """The session has ended."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client that is connected, and what its handshake requested.

    Attributes
    ----------
    session : str
        Id of the session.
    profile : Profile
        The version of the service that it is connected to.
    grant : Grant
        Scopes and limits of its credential.
    include : tuple of str
        Quality sections requested in the address (v0).
    model : str or None
        Model requested in the address (v2).
    """

    session: str
    profile: Profile
    grant: Grant
    include: tuple[str, ...] = ()
    model: str | None = None


class Connection:
    """A session with one client.

    Parameters
    ----------
    websocket : aiohttp.web.WebSocketResponse
        Its connection.
    abort : callable
        Ends the connection without a close, as if the network failed.
    options : Options
        Options of the server.
    client : Client
        The client, and what its handshake requested.
    kept : KeptMedia
        Stores the binary messages.
    """

    def __init__(
        self,
        websocket: WebSocketResponse,
        abort: Callable[[], None],
        options: Options,
        client: Client,
        kept: KeptMedia,
    ) -> None:
        profile, grant = client.profile, client.grant
        self._websocket = websocket
        self._abort = abort
        self._session_id = client.session
        self._profile = profile
        self._options = options
        self._grant = grant
        self._max_session_s = min(options.limits.longest, grant.caps.max_duration_seconds or options.limits.longest)
        self._include = client.include
        self._model = client.model or (profile.models[0] if profile.models else None)
        self._sampling_rate: int | None = None
        self._kept = kept
        self._analyzer = Analyzer(self._accepts_pictures, self._accepts_sound, per_message=profile.per_message)
        self._backlog = Backlog(options.limits.behind)
        self._reporter = profile.reporter()
        self._probe = Probe()
        self._message_count = 0
        self._message_seconds = 0.0
        self._container_begun = False
        self._error_sent = False
        self._silent = False
        self._started_at = asyncio.get_running_loop().time()
        self._send_queue = SendQueue(websocket.send_str, options.faults, self._wrap("weather.updated", {"sky": "blue"}))

    async def run(self, refusal: str | None = None) -> None:
        """Run the session until its end, or until the client disconnects; `refusal` ends it with that error code."""
        try:
            await self._serve(refusal)
        except _SessionEnded:
            pass
        except ConnectionError:
            raise
        except Exception:  # a fault of this server: report it to the client, and show the traceback
            with contextlib.suppress(_SessionEnded):
                await self._end_with_error("ih1001")
            raise
        finally:
            await self._send_queue.close()
            await asyncio.to_thread(self._close)

    async def _serve(self, refusal: str | None) -> None:
        if refusal is not None:
            await self._end_with_error(refusal)
        await self._begin_session()
        while True:
            await self._handle_next()

    async def _begin_session(self) -> None:
        faults = self._options.faults
        self._mute_if_due(0.0)
        if faults.error and not faults.error_at and faults.error in error_codes.CLOSE_CODES:
            await self._end_with_error(faults.error)
        if self._profile.announces_session:
            limits = self._options.limits
            ready = messages.ready(
                SERVER_LABEL,
                self._profile.models,
                idle_timeout_s=limits.idle,
                max_session_s=self._max_session_s,
                max_bytes=limits.largest,
                max_segment_s=limits.segment,
            )
            await self._send(messages.READY, ready)
        await self._inject_faults(0.0)

    async def _handle_next(self) -> None:
        """Wait for the next message, no longer than the limits allow, and answer it (§6.2)."""
        limits, now = self._options.limits, asyncio.get_running_loop().time
        waiting_since = now()
        left = self._started_at + self._max_session_s - waiting_since
        try:
            message = await self._websocket.receive(timeout=max(0.001, min(limits.idle, left)))
        except TimeoutError:
            await self._end_with_error("ih6003" if limits.idle < left else "ih6004")
        received_at = now()
        await asyncio.sleep(self._options.faults.slow)
        match message.type:
            case WSMsgType.BINARY | WSMsgType.TEXT if self._silent:
                pass
            case WSMsgType.BINARY:
                await self._handle_media(message.data)
                self._backlog.note(received_at - waiting_since, now() - received_at, self._message_seconds)
            case WSMsgType.TEXT:
                await self._handle_text(message.data)
            case _:
                raise _SessionEnded

    async def _handle_text(self, text: str) -> None:
        if not self._profile.configured:  # in v0, a client sends no texts (§3.10)
            await self._send(messages.ERROR, messages.error("ih6001"))
            return
        match requests.read_text(text, self._profile.models):
            case requests.Config() as config:
                await self._configure(config)
            case requests.Refusal(message):
                await self._send(messages.ERROR, messages.error("ih6001", message))
            case requests.Close():
                await self._drain()

    async def _configure(self, config: requests.Config) -> None:
        """Apply a config (§2.1); model and form of the sound cannot change after the first media."""
        model, sampling_rate = config.model or self._model, config.sampling_rate or self._sampling_rate
        problem = None
        if self._message_count and model != self._model:
            problem = "the model may change only before the first media"
        elif self._message_count and sampling_rate != self._sampling_rate:
            problem = "the form of the sound may change only before the first media"
        elif sampling_rate and model != messages.AUDIO_MODEL:
            problem = f"raw sound is for {messages.AUDIO_MODEL}"
        if problem is not None:
            await self._send(messages.ERROR, messages.error("ih6001", problem))
            return
        self._include, self._model, self._sampling_rate = config.include, model, sampling_rate
        if self._profile.announces_session:
            await self._send(messages.UPDATED, messages.updated(self._include, self._model))

    async def _handle_media(self, message: bytes) -> None:
        if not self._message_count and self._model == messages.AUDIO_MODEL:
            self._set_audio_only()
        self._message_count += 1
        if self._options.keep is not None:
            name = f"{self._session_id}/{self._message_count:05d}.bin"
            await asyncio.to_thread(self._kept.append, name, message)
        if self._options.needs_probe or self._grant.caps.max_video_seconds:
            await self._probe_message(message)
        exceeded = self._grant.use(len(message), self._message_seconds)
        if exceeded is not None:
            await self._end_with_error(exceeded)
        for kind, data in self._reporter.receive(self._message_count, len(message)):
            await self._send(kind, data)
        error = self._check_message(message)
        await self._send_findings([error] if error else await asyncio.to_thread(self._analyzer.feed, message))

    def _accepts_sound(self, second: float) -> bool:
        """Whether the sound of this second is analysed."""
        return not (self._backlog.full or _is_within(second, self._options.faults.lose))

    def _accepts_pictures(self, second: float) -> bool:
        """Whether the pictures of this second are analysed."""
        return self._accepts_sound(second) and not _is_within(second, self._options.faults.blind)

    async def _probe_message(self, message: bytes) -> None:
        """Measure the duration of a message, and inject the faults that are due."""
        self._message_seconds = await asyncio.to_thread(self._probe.feed, message)
        await self._inject_faults(self._probe.seconds + DURATION_TOLERANCE_S)

    def _set_audio_only(self) -> None:
        self._analyzer.set_audio_only(self._sampling_rate)
        if self._sampling_rate is not None:
            self._probe.set_audio_only(self._sampling_rate)

    def _check_message(self, message: bytes) -> ErrorReport | None:
        """Find why a message is rejected by limits or by `refuse` (§2.2); None if it is not."""
        limits, refused = self._options.limits, self._options.refuse
        if len(message) > limits.largest:
            return ErrorReport("ih6002", f"the message exceeds {limits.largest} bytes")
        is_first, kind = not self._container_begun, "sound" if self._sampling_rate else detect_container(message)
        self._container_begun = self._container_begun or kind is not None
        if kind is None and "continuations" in refused:
            return ErrorReport("ih5004", "the message does not begin a container, and each must")
        if kind not in (None, "sound") and not is_first and "restarts" in refused:
            return ErrorReport("ih5004", "the message begins another container, and the first one must go on")
        if "mp4v" in refused and self._probe.codec == "mpeg4":
            return ErrorReport("ih5004", "the pictures are MPEG-4 Part 2, which is not supported")
        if limits.shortest and self._message_seconds + DURATION_TOLERANCE_S < limits.shortest:
            return ErrorReport("ih5006", f"the message has less than {limits.shortest:g} s of media")
        if limits.segment and self._message_seconds - DURATION_TOLERANCE_S > limits.segment:
            return ErrorReport("ih4004", f"the message has more than {limits.segment:g} s of media")
        return None

    async def _inject_faults(self, media_time: float) -> None:
        """Inject the faults that are due at this second of media."""
        faults = self._options.faults
        self._mute_if_due(media_time)
        if faults.error and media_time >= faults.error_at and not self._error_sent:
            self._error_sent = True
            await self._send_error(faults.error)
        if faults.drop is not None and media_time >= faults.drop:
            await self._disconnect(faults.close_frame)

    def _mute_if_due(self, media_time: float) -> None:
        """Stop answering if the fault is due: messages are read and ignored from then on."""
        silent = self._options.faults.silent
        if silent is not None and media_time >= silent:
            self._silent = True
            self._send_queue.mute()

    async def _send_error(self, code: str) -> None:
        if code in error_codes.CLOSE_CODES:
            await self._end_with_error(code)
        await self._send(messages.ERROR, messages.error(code, segment=self._message_count or None))

    async def _disconnect(self, orderly: bool) -> None:  # noqa: FBT001 - as the fault's setting
        await self._send_queue.flush()
        if orderly:
            await self._websocket.close(code=GOING_AWAY)
        else:
            self._abort()
        raise _SessionEnded

    async def _end_with_error(self, code: str) -> None:
        """Report an error that ends the session, and close (§6.3)."""
        await self._send(messages.ERROR, messages.error(code))
        await self._send_queue.flush()
        await self._websocket.close(code=error_codes.CLOSE_CODES[code])
        raise _SessionEnded

    async def _drain(self) -> None:
        await self._send(messages.CLOSING, messages.closing(MAX_DRAIN_S))
        await self._send_findings(await asyncio.to_thread(self._analyzer.finish))
        await self._send(messages.ENDED, messages.ended())
        await self._send_queue.flush()
        await self._websocket.close()
        raise _SessionEnded

    async def _send_findings(self, findings: Sequence[Finding]) -> None:
        for kind, data in self._reporter.report(findings, self._include, self._message_count):
            await self._send(kind, data)

    async def _send(self, kind: str, data: Mapping[str, Any]) -> None:
        await self._send_queue.put(self._wrap(kind, data))

    def _wrap(self, kind: str, data: Mapping[str, Any]) -> str:
        return self._profile.wrap(kind, data, self._session_id, datetime.now(UTC))

    def _close(self) -> None:
        self._probe.close()
        self._analyzer.close()


def _is_within(second: float, span: tuple[float, float] | None) -> bool:
    return span is not None and span[0] <= second < span[1]
