"""Uploading: a recording is sent as a whole file to the part of an API that takes files.

This is what uploads have in common: a journal like a replay's, and errors with the results that had arrived. The
requests themselves are made by each API's `client/upload.py`.

An upload runs on an event loop in a thread of its own, since a notebook's own thread already runs a loop. The calling
thread waits, and on an interrupt cancels the upload and waits up to `CLOSE_TIMEOUT_S` for the connection to close.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
import threading
import time
import warnings
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emotoolkit.apis.base.events import Fault, ResultBatch
from emotoolkit.apis.base.journal import Notice, Received, Reference, Sent, from_line, new_file
from emotoolkit.errors import (
    DiskFull,
    EmotoolkitError,
    InternalError,
    NotWritable,
    ReplayInterrupted,
    ServerFault,
    SettingsError,
)
from emotoolkit.media.recording import Recording
from emotoolkit.replays.commands import StreamSpec
from emotoolkit.replays.journal_writer import JournalWriter, append_records
from emotoolkit.replays.result import Replay
from emotoolkit.utils import checksum
from emotoolkit.utils.folders import is_disk_full, safe_name, temporary_folder, write_error
from emotoolkit.utils.interrupts import wait_for_event

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.protocols import Api

__all__ = ["upload"]

CLOSE_TIMEOUT_S = 5.0
"""Seconds that an upload gets to close its connection after an interrupt."""


def upload(
    recording: Recording | str | os.PathLike[str], api: Api, *, journal: str | os.PathLike[str] | None = None
) -> Replay:
    """Have a recording analysed as a file instead of a stream, and wait for the answer.

    Nothing is paced: times in the tables are media time, and latencies mean nothing. What a stream and a file of the
    same recording give can be compared row by row.

    Parameters
    ----------
    recording : Recording, str or path
        What is analysed.
    api : EmotionLogic, Interhuman, or an API that another package brings
        Through what. Where the API's files are taken at another address than its streams, that is its `url`.
    journal : str, path or None
        Folder for the journal; None takes a temporary one that is not removed.

    Returns
    -------
    Replay
        The same tables as of a replay.

    Raises
    ------
    RecordingError, SettingsError, ReplayError, NotWritable
        As `replay` does.
    ReplayInterrupted
        The cell was interrupted: the connection is closed, and what had arrived is in its `replays`.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> voice = upload("datasets/sample/talk.wav", emo.EmotionLogic())
    >>> voice.segments.index.names
    FrozenList(['file', 'start', 'end'])
    """
    chosen = recording if isinstance(recording, Recording) else Recording(recording)
    if not api.takes_files:
        rule = "it takes no whole files; emo.replay(recording, api) streams them"
        raise SettingsError(setting="api", value=api, rule=rule)
    # What was chosen for a stream can still say no to an upload, before anything is started for it.
    sessions = tuple(session.located() for session in api.sessions(chosen))
    return _upload_each(chosen, sessions, None if journal is None else Path(journal))


def _upload_each(recording: Recording, sessions: Sequence[Api], journal: Path | None) -> Replay:
    """Upload the recording once with each of these settings, one after the other."""
    folder = temporary_folder() if journal is None else journal
    path = new_file(folder, f"{safe_name(recording.path.stem)}-{sessions[0].name}-upload")
    sink = _MemorySink()
    spec = StreamSpec(0, recording, tuple(sessions), path)
    uploads = _Uploads(JournalWriter(spec, sink))
    interrupted = _run_in_thread(uploads)
    replay = Replay(tuple(sink.records), path)
    problem = uploads.problem
    if interrupted:
        sent = max((each.end for each in sink.records if isinstance(each, Sent)), default=0.0)
        problem = ReplayInterrupted(sent=sent)
    if problem is None:
        replay, problem = _noted(spec, replay)
    if problem is not None:
        problem.replays, problem.replay = (replay,), replay
        raise problem
    for notice in replay.notices():
        warnings.warn(notice, stacklevel=3)
    return replay


def _noted(spec: StreamSpec, replay: Replay) -> tuple[Replay, EmotoolkitError | None]:
    """Keep what the messages show in the journal; return the replay with it, and why it could not be written."""
    noted = replay.noted([])
    try:
        append_records(spec, [record for record in noted.records if isinstance(record, Notice)])
    except (DiskFull, NotWritable) as problem:
        return noted, problem
    return noted, None


def _run_in_thread(uploads: _Uploads) -> bool:
    """Run the uploads in a thread of their own. Returns whether an interrupt ended them."""
    done: Future[None] = Future()
    ended = threading.Event()

    def work() -> None:
        try:
            done.set_result(asyncio.run(uploads.run()))
        except BaseException as problem:  # noqa: BLE001 - raised in the calling thread
            done.set_exception(problem)
        ended.set()

    try:
        threading.Thread(target=work, name="emotoolkit upload", daemon=True).start()
        wait_for_event(ended)
    except KeyboardInterrupt:
        uploads.cancel()
        ended.wait(CLOSE_TIMEOUT_S)
        return True
    done.result()
    return False


class _Uploads:
    """Uploads of one recording, one after the other, up to the first that fails."""

    def __init__(self, journal: JournalWriter) -> None:
        self.problem: EmotoolkitError | None = None
        self._journal = journal
        self._recording = journal.spec.recording
        self._epoch = time.monotonic()
        self._cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def cancel(self) -> None:
        """Cancel the uploads, from another thread."""
        self._cancelled = True
        if self._running is not None:
            loop, task = self._running
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)

    async def run(self) -> None:
        """Upload with each of the settings, and write how that ended."""
        self._running = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
        try:
            if self._cancelled:  # before there was anything to cancel
                raise asyncio.CancelledError
            await self._upload_all()
        finally:
            self._journal.close()

    async def _upload_all(self) -> None:
        self._journal.begin(math.inf)
        checksum_future = checksum.sha256_in_background(self._recording.path)
        self._journal.write(Reference(0.0, 0.0, speed=None, playing=True, why="start"))
        for settings_index, settings in enumerate(self._journal.spec.sessions):
            session = self._journal.open_session(settings_index, 0.0, self._elapsed())
            try:
                self._journal.check()
                await self._upload(session, settings)
                self._journal.check()
            except asyncio.CancelledError:
                self._journal.end_session(session, self._elapsed(), "stopped")
                raise
            except Exception as problem:  # noqa: BLE001 - raised in the calling thread
                self.problem = error = problem if isinstance(problem, EmotoolkitError) else _wrap_error(problem)
                error.facts = self._journal.mask(error.facts)
                await self._write_media(checksum_future)
                self._journal.end_session(session, self._elapsed(), "failed", error)
                return
            await self._write_media(checksum_future)
            self._journal.end_session(session, self._elapsed(), "finished")
            if self._journal.problem is not None:
                self.problem = self._journal.problem
                return

    async def _write_media(self, checksum_future: Future[tuple[str, int] | None]) -> None:
        """Write the file's hash and size to the journal, once."""
        found = await asyncio.wrap_future(checksum_future)
        if found is not None:
            self._journal.write_media(*found)

    async def _upload(self, session: int, settings: Api) -> None:
        def sent(size: int) -> None:
            self._journal.write(Sent(session, 0.0, self._recording.duration, None, self._elapsed(), size))

        decoder, event = settings.decoder(), None
        async for raw in settings.posts(self._recording, sent):
            self._journal.write(Received(session, self._elapsed(), raw))
            self._journal.check()
            event = decoder.decode(raw)
        match event:
            case ResultBatch():
                return
            case Fault() as fault:
                raise self._server_fault(settings, fault.message, fault.code, **fault.facts)
            case _:
                raise self._server_fault(settings, "its answer is not one of file analysis", None)

    def _elapsed(self) -> float:
        return round(time.monotonic() - self._epoch, 6)

    def _server_fault(self, settings: Api, reason: str, code: str | None, **facts: str | int) -> ServerFault:
        title, url = settings.title, settings.address
        return ServerFault(api=title, url=url, sent=self._recording.duration, reason=reason, code=code, **facts)


def _wrap_error(problem: Exception) -> EmotoolkitError:
    # Besides the journal only temporary files of what is to be sent are written.
    full = isinstance(problem, OSError) and is_disk_full(problem)
    error = write_error(tempfile.gettempdir(), problem) if full else InternalError(reason=repr(problem))  # type: ignore[arg-type]
    error.__cause__ = problem
    return error


class _MemorySink:
    """Sink that keeps the records of the lines."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, line: bytes) -> None:
        """Keep the record of a line, which follows the number of its replay."""
        self.records.append(from_line(line.partition(b" ")[2]))

    async def drain(self) -> None:
        """Return at once: nothing has to be read first."""
