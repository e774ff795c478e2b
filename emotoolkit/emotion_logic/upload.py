"""The client of file analysis: the sound of a whole recording at once, and the tables of a replay (contract page §7).

What is uploaded is what would have been streamed, as a WAV file: the same channels at the same rate, nothing else of
the recording. So what a stream and a file analysis say can be compared.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import aiohttp

from emotoolkit import __version__
from emotoolkit.emotion_logic import messages
from emotoolkit.errors import EmotoolkitError, ServerFault, ServerSilent, ServerUnreachable
from emotoolkit.events import Fault, FileAnalysis
from emotoolkit.journal import Began, Ended, Opened, Received, Reference, Sent, to_line
from emotoolkit.replayed import Replay

if TYPE_CHECKING:
    from emotoolkit.emotion_logic.api import EmotionLogic
    from emotoolkit.journal import Record
    from emotoolkit.recording import Recording

__all__ = ["upload"]

PATH = "/analysis/analyzeFile"

API = "Emotion Logic"


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
    ServerUnreachable, ServerSilent, ServerFault
        What had arrived is in the error's `replay`.
    """
    sessions = tuple(session.located() for session in settings.sessions(recording))
    folder = Path(tempfile.mkdtemp(prefix="emotoolkit-")) if journal is None else journal
    folder.mkdir(parents=True, exist_ok=True)
    uploading = _Uploading(recording, sessions, folder / f"{recording.path.stem}-emotion_logic-upload.jsonl")
    # A thread of its own, since a notebook's thread has a running loop already.
    thread = threading.Thread(target=lambda: asyncio.run(uploading.run()), name="emotoolkit-upload")
    thread.start()
    thread.join()
    replay = Replay(tuple(uploading.records), uploading.journal)
    if uploading.problem is not None:
        uploading.problem.replays, uploading.problem.replay = (replay,), replay
        raise uploading.problem
    return replay


class _Uploading:
    """A recording on its way: one file per session, one after the other, with a journal like that of a replay."""

    def __init__(self, recording: Recording, sessions: tuple[EmotionLogic, ...], journal: Path) -> None:
        self.records: list[Record] = []
        self.journal = journal
        journal.unlink(missing_ok=True)
        self.problem: EmotoolkitError | None = None
        self._recording = recording
        self._sessions = sessions
        self._epoch = time.monotonic()

    async def run(self) -> None:
        """Upload each file and write down how it ended; the first that fails is the last."""
        self._write(self._began())
        self._write(Reference(0.0, 0.0, speed=None, playing=True, why="start"))
        for session, settings in enumerate(self._sessions):
            self._write(Opened(session, session, 0.0, self._at()))
            try:
                await self._upload(session, settings)
                self._write(Ended(session, self._at(), "finished"))
            except EmotoolkitError as problem:
                self.problem = problem
                self._write(Ended(session, self._at(), "failed", type(problem).__name__, problem.facts))
                return

    async def _upload(self, session: int, settings: EmotionLogic) -> None:
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(_write_wav, file, self._recording, settings)
            size = file.tell()
            file.seek(0)
            body = await self._posted(file, settings)
        raw = f"[{json.dumps(messages.FILE)},{body}]"
        self._write(Sent(session, 0.0, self._recording.duration, None, self._at(), size))
        self._write(Received(session, self._at(), raw))
        match settings.decoder().decode(raw):
            case FileAnalysis():
                return
            case Fault(code=code, message=message):
                raise self._fault(settings, message, code)
            case _:
                raise self._fault(settings, "its answer is not one of file analysis", None)

    async def _posted(self, file: BinaryIO, settings: EmotionLogic) -> str:
        form = aiohttp.FormData()
        form.add_field("file", file, filename="recording.wav", content_type="audio/wav")
        for name, value in messages.file_request(background_noise=settings.background_noise).items():
            form.add_field(name, value)
        patience = round(settings.timeout + self._recording.duration, 1)
        limits = aiohttp.ClientTimeout(total=patience, sock_connect=settings.timeout)
        url = settings.address.rstrip("/") + PATH
        try:
            async with aiohttp.ClientSession(timeout=limits) as http, http.post(url, data=form) as response:
                return (await response.read()).decode("utf-8", "replace")
        except TimeoutError:
            raise ServerSilent(api=API, url=settings.address, step=PATH, timeout=patience) from None
        except (aiohttp.ClientError, OSError) as problem:
            raise ServerUnreachable(api=API, url=settings.address, reason=str(problem)) from problem

    def _fault(self, settings: EmotionLogic, reason: str, code: str | None) -> ServerFault:
        return ServerFault(api=API, url=settings.address, sent=self._recording.duration, reason=reason, code=code)

    def _write(self, record: Record) -> None:
        self.records.append(record)
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(to_line(record) + "\n")

    def _at(self) -> float:
        return round(time.monotonic() - self._epoch, 6)

    def _began(self) -> Began:
        return Began(
            emotoolkit=__version__,
            file=self._recording.file,
            duration=self._recording.duration,
            api=self._sessions[0].name,
            sessions=[settings.settings() for settings in self._sessions],
            speed=None,
            utc=datetime.now(UTC).isoformat(),
        )


def _write_wav(file: BinaryIO, recording: Recording, settings: EmotionLogic) -> None:
    """Write what a session would stream: 16-bit little-endian samples are what a WAV file has, too."""
    announced: dict[str, Any] = settings.handshake()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(announced["channels"])
        sound.setsampwidth(announced["bitRate"] // 8)
        sound.setframerate(announced["sampleRate"])
        for packet in settings.packets(recording):
            sound.writeframes(packet.data)
    file.seek(0, 2)
