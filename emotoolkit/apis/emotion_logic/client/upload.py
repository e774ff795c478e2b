"""The client of file analysis: uploads the sound of a whole recording (contract page §7).

The upload is what a session would have streamed, as a WAV file: the same channels at the same rate, and nothing else of
the recording. So the results of a stream and of a file analysis can be compared.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import aiohttp

from emotoolkit.apis.base.http_bodies import read_body
from emotoolkit.apis.base.message_text import parse_json
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import ServerRefused, ServerSilent, ServerUnreachable
from emotoolkit.media import audio
from emotoolkit.media.reading import read_in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from emotoolkit.apis.emotion_logic.settings import EmotionLogicSettings
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["posts"]

UPLOAD_PATH = "/analysis/analyzeFile"

REDIRECT_STATUSES = (301, 302, 303, 307, 308)
"""HTTP statuses of a redirect."""

MIN_ERROR_STATUS = 400
"""HTTP status from which on it is an error."""


async def posts(
    settings: EmotionLogicSettings, recording: Recording, packets: Iterable[Packet], on_sent: Callable[[int], None]
) -> AsyncIterator[str]:
    """Have the sound of a recording analysed as a file; yield the answer.

    Parameters
    ----------
    settings : EmotionLogicSettings
        Of one session, with an address: that of the container's HTTP side, which has a port of its own (usually 8080).
        `timeout` is for the connection; the analysis may take as long as the recording lasts on top of it.
    recording : Recording
        Must have a sound track.
    packets : iterable of Packet
        What a session would stream.
    on_sent : callable
        Called with the number of bytes that were posted.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent, MessageTooLarge
        There was no answer, or none that can be read.
    """
    with tempfile.TemporaryFile() as file:
        await read_in_thread(recording, partial(_write_wav, file, packets, settings))
        size = file.tell()
        file.seek(0)
        status, body = await _post_file(file, settings, recording.duration)
    on_sent(size)
    yield f"[{json.dumps(messages.FILE_ANALYSIS)},{body}]"
    if status >= MIN_ERROR_STATUS and not _is_answer(body):
        facts = {"api": settings.title, "url": _upload_url(settings)}
        raise ServerRefused(**facts, reason=f"it answers HTTP {status}", code=status)


async def _post_file(file: BinaryIO, settings: EmotionLogicSettings, duration: float) -> tuple[int, str]:
    """Post the file; returns status and body of the response."""
    form = aiohttp.FormData()
    form.add_field("file", file, filename="recording.wav", content_type="audio/wav")
    fields = messages.file_request(background_noise=settings.background_noise, output=settings.output)
    for name, value in fields.items():
        form.add_field(name, value)
    total_timeout = round(settings.timeout + duration, 1)
    limits = aiohttp.ClientTimeout(total=total_timeout, sock_connect=settings.timeout)
    url = _upload_url(settings)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits) as http,
            http.post(url, data=form, allow_redirects=False) as response,  # consent was given for this address only
        ):
            if response.status in REDIRECT_STATUSES:
                reason = f"it sends us on to {response.headers.get('Location')}"
                raise ServerRefused(api=settings.title, url=url, reason=reason, code=response.status)
            return response.status, await read_body(
                response, api=settings.title, url=url, limit_mb=settings.max_message_mb
            )
    except TimeoutError:
        raise ServerSilent(api=settings.title, url=settings.address, step=UPLOAD_PATH, timeout=total_timeout) from None
    except (aiohttp.ClientError, OSError) as problem:
        raise ServerUnreachable(api=settings.title, url=settings.address, reason=str(problem)) from problem


def _upload_url(settings: EmotionLogicSettings) -> str:
    return settings.address.rstrip("/") + UPLOAD_PATH


def _is_answer(body: str) -> bool:
    """Whether the body of an error is one of the analysis, with its own words, not of a proxy or a busy server."""
    try:
        return isinstance(parse_json(body), dict)
    except (RecursionError, ValueError):
        return False


def _write_wav(file: BinaryIO, packets: Iterable[Packet], settings: EmotionLogicSettings) -> None:
    """Write what a session would stream: its samples are those of a WAV file, little-endian, or unsigned if 8 bits."""
    announced: dict[str, Any] = settings.handshake()
    rate, channels = announced["sampleRate"], announced["channels"]
    audio.write_wav(file, packets, sampling_rate=rate, channels=channels, bits=settings.bits)
    file.seek(0, 2)
