"""Uploading: a recording as a file, all at once, through the sibling of an API that takes files.

Here is what uploads have in common: a journal like a replay's, and an error that has what had arrived. What is posted
where is each API's own `client/upload.py`, which knows of neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emotoolkit.apis.base.events import Fault, Results
from emotoolkit.apis.base.journal import Ended, Media, Opened, Received, Reference, Sent, from_line, new_file, to_line
from emotoolkit.errors import EmotoolkitError, InternalError, ReplayInterrupted, ServerFault, SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.replays.journal_writer import first_record
from emotoolkit.replays.result import Replay
from emotoolkit.utils import checksum
from emotoolkit.utils.folders import is_full, refusal, safe
from emotoolkit.utils.interrupts import until
from emotoolkit.utils.redaction import scrubbed

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.protocols import Api

__all__ = ["upload"]

PATIENCE = 5.0
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
    """Upload what each of these settings wants of a recording, one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="emotoolkit-")) if journal is None else journal
    secrets = [secret for session in sessions for secret in session.secrets()]
    book = _Book(new_file(folder, f"{safe(recording.path.stem)}-{sessions[0].name}-upload"), secrets)
    uploads = _Uploads(recording, sessions, book)
    interrupted = _interrupted(uploads)
    replay = Replay(tuple(book.records), book.path)
    problem = uploads.problem
    if interrupted:
        problem = ReplayInterrupted(
            sent=max((each.end for each in book.records if isinstance(each, Sent)), default=0.0)
        )
    if problem is not None:
        problem.replays, problem.replay = (replay,), replay
        raise problem
    return replay


def _interrupted(uploads: _Uploads) -> bool:
    """Upload in a thread of its own, since a notebook's has a running loop already. Whether Ctrl-C ended that."""
    done: Future[None] = Future()
    over = threading.Event()

    def work() -> None:
        try:
            done.set_result(asyncio.run(uploads.run()))
        except BaseException as problem:  # noqa: BLE001 - told to whoever waits
            done.set_exception(problem)
        over.set()

    try:
        threading.Thread(target=work, name="emotoolkit upload", daemon=True).start()
        until(over)
    except KeyboardInterrupt:
        uploads.cancel()
        over.wait(PATIENCE)
        return True
    done.result()
    return False


class _Uploads:
    """Files on their way; the first that fails is the last."""

    def __init__(self, recording: Recording, sessions: Sequence[Api], book: _Book) -> None:
        self.problem: EmotoolkitError | None = None
        self._recording = recording
        self._sessions = sessions
        self._book = book
        self._cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def cancel(self) -> None:
        """Upload no more; from another thread."""
        self._cancelled = True
        if self._running is not None:
            loop, task = self._running
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)

    async def run(self) -> None:
        """Upload each file and write down how it ended."""
        self._running = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
        if self._cancelled:  # before there was anything to cancel
            raise asyncio.CancelledError
        self._book.write(first_record(self._recording, self._sessions, math.inf))
        promise = checksum.promised(self._recording.path)
        self._book.write(Reference(0.0, 0.0, speed=None, playing=True, why="start"))
        for session, settings in enumerate(self._sessions):
            self._book.write(Opened(session, session, 0.0, self._book.at()))
            try:
                self._book.check()
                await self._upload(session, settings)
                self._book.check()
            except asyncio.CancelledError:
                self._book.write(Ended(session, self._book.at(), "stopped"))
                raise
            except Exception as problem:  # noqa: BLE001 - told to whoever waits
                self.problem = error = problem if isinstance(problem, EmotoolkitError) else _ours(problem)
                await self._tell_media(promise)
                self._book.write(Ended(session, self._book.at(), "failed", type(error).__name__, error.facts))
                return
            await self._tell_media(promise)
            self._book.write(Ended(session, self._book.at(), "finished"))
            if self._book.problem is not None:
                self.problem = self._book.problem
                return

    async def _tell_media(self, promise: Future[tuple[str, int] | None]) -> None:
        """Note once what the file is."""
        found = await asyncio.wrap_future(promise)
        if found is not None and not any(isinstance(record, Media) for record in self._book.records):
            self._book.write(Media(*found))

    async def _upload(self, session: int, settings: Api) -> None:
        def sent(size: int) -> None:
            self._book.write(Sent(session, 0.0, self._recording.duration, None, self._book.at(), size))

        decoder, event = settings.decoder(), None
        async for raw in settings.posts(self._recording, sent):
            self._book.write(Received(session, self._book.at(), raw))
            self._book.check()
            event = decoder.decode(raw)
        match event:
            case Results():
                return
            case Fault(code=code, message=message):
                raise self._fault(settings, message, code)
            case _:
                raise self._fault(settings, "its answer is not one of file analysis", None)

    def _fault(self, settings: Api, reason: str, code: str | None) -> ServerFault:
        title, url = settings.title, settings.address
        return ServerFault(api=title, url=url, sent=self._recording.duration, reason=reason, code=code)


def _ours(problem: Exception) -> EmotoolkitError:
    full = isinstance(problem, OSError) and is_full(problem)  # only what waits to be sent is written beside the journal
    error = refusal(tempfile.gettempdir(), problem) if full else InternalError(reason=repr(problem))  # type: ignore[arg-type]
    error.__cause__ = problem
    return error


class _Book:
    """The journal: to disk first, then to memory. When the disk takes no more, `problem` says why."""

    def __init__(self, path: Path, secrets: Sequence[str]) -> None:
        self.path = path
        self.problem: EmotoolkitError | None = None
        self._secrets = secrets
        self.records: list[Record] = []
        self._epoch = time.monotonic()

    def at(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._epoch, 6)

    def write(self, record: Record) -> None:
        """Keep a record, without any secret."""
        line = scrubbed(to_line(record), self._secrets)
        try:
            if self.problem is None:  # a line behind one that was torn would hide it
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
        except OSError as problem:
            self.problem = refusal(self.path.parent, problem)
        self.records.append(from_line(line))

    def check(self) -> None:
        """Raise why the disk takes no more, if it does not."""
        if self.problem is not None:
            raise self.problem
