"""The client of file analysis: the sound of a whole recording at once, and the tables of a replay (contract page §7).

What is uploaded is what would have been streamed, as a WAV file: the same channels at the same rate, nothing else of
the recording. So what a stream and a file analysis say can be compared.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import aiohttp

from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import ServerRefused, ServerSilent, ServerUnreachable
from emotoolkit.media import audio
from emotoolkit.replays.upload import read_whole, upload_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from emotoolkit.apis.emotion_logic.api import EmotionLogic
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay

__all__ = ["upload"]

PATH = "/analysis/analyzeFile"

ELSEWHERE = (301, 302, 303, 307, 308)
"""What HTTP says when something is at another address."""


def upload(recording: Recording, settings: EmotionLogic, journal: Path | None = None) -> Replay:
    """Have the sound of a recording analysed as a file.

    Parameters
    ----------
    recording : Recording
        Must have a sound track.
    settings : EmotionLogic
        `url` is the address of the container's HTTP side, which has a port of its own (usually 8080); channels and
        sampling rate say what is uploaded. `timeout` is for the connection; the analysis may take as long as the
        recording lasts besides.
    journal : pathlib.Path or None
        Folder for the journal; None takes a temporary one that is not removed.

    Returns
    -------
    Replay
        Segments and report; one packet per file that was uploaded.

    Raises
    ------
    RecordingError, ConsentMissing
        As of a replay.
    ServerUnreachable, ServerRefused, ServerSilent, ServerFault
        What had arrived is in the error's `replay`.
    """

    async def ask(session: EmotionLogic, sent: Callable[[int], None]) -> AsyncIterator[str]:
        with tempfile.TemporaryFile() as file:
            await read_whole(recording, partial(_write_wav, file, recording, session))
            size = file.tell()
            file.seek(0)
            body = await _posted(file, session, recording.duration)
        sent(size)
        yield f"[{json.dumps(messages.FILE)},{body}]"

    sessions = tuple(session.located() for session in settings.sessions(recording))
    return upload_each(recording, sessions, journal, ask)


async def _posted(file: BinaryIO, settings: EmotionLogic, duration: float) -> str:
    form = aiohttp.FormData()
    form.add_field("file", file, filename="recording.wav", content_type="audio/wav")
    for name, value in messages.file_request(background_noise=settings.background_noise).items():
        form.add_field(name, value)
    patience = round(settings.timeout + duration, 1)
    limits = aiohttp.ClientTimeout(total=patience, sock_connect=settings.timeout)
    url = settings.address.rstrip("/") + PATH
    try:
        async with (
            aiohttp.ClientSession(timeout=limits) as http,
            http.post(url, data=form, allow_redirects=False) as response,  # consent is for this address
        ):
            if response.status in ELSEWHERE:
                reason = f"it sends us on to {response.headers.get('Location')}"
                raise ServerRefused(api=settings.title, url=url, reason=reason, code=response.status)
            return (await response.read()).decode("utf-8", "replace")
    except TimeoutError:
        raise ServerSilent(api=settings.title, url=settings.address, step=PATH, timeout=patience) from None
    except (aiohttp.ClientError, OSError) as problem:
        raise ServerUnreachable(api=settings.title, url=settings.address, reason=str(problem)) from problem


def _write_wav(file: BinaryIO, recording: Recording, settings: EmotionLogic) -> None:
    """Write what a session would stream: 16-bit little-endian samples are what a WAV file has, too."""
    announced: dict[str, Any] = settings.handshake()
    rate, channels = announced["sampleRate"], announced["channels"]
    audio.write_wav(file, settings.packets(recording), sampling_rate=rate, channels=channels)
    file.seek(0, 2)
