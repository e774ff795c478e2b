"""Player: the notebook's side of a replay. Recordings and APIs in, Replays out; the worker process does the sending.

The notebook's thread, or that of a page, calls the public methods, which send commands through a pipe. The pipe's other
end is read by one thread, which applies the journal's lines to the streams (`stream_state`) and then calls
`Player._on_change`. That sets `_done` once every stream has ended; `wait` and `answers` wait for it.
"""

from __future__ import annotations

import math
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.apis.base.local_server import REPORT_TIMEOUT_S, explain
from emotoolkit.errors import DiskFull, EmotoolkitError, NotWritable, ReplayInterrupted, WorkerGone
from emotoolkit.media.capture.source import Source
from emotoolkit.replays import assignments, worker_client
from emotoolkit.replays.checks import check_catch_up, check_count, check_moment, check_speed
from emotoolkit.replays.clock import monotonic
from emotoolkit.replays.commands import Abandon, Pause, Play, Resume, Seek, SetSpeed, StepForward, Stop
from emotoolkit.replays.player_input import make_input
from emotoolkit.replays.player_streams import PlayerStreams
from emotoolkit.replays.stream_state import StreamState
from emotoolkit.utils.folders import shared_temporary_folder
from emotoolkit.utils.progress import Progress
from emotoolkit.utils.progress_display import show_progress

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Self

    from emotoolkit.errors import NoticeWarning
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.assignments import Apis, RecordingLike
    from emotoolkit.replays.result import Replay
    from emotoolkit.utils.progress import MediaSeconds

__all__ = ["Player"]

CLOSE_TIMEOUT_S = 5.0
"""Seconds that sessions get to close after an interrupt."""

PROGRESS_PERIOD_S = 0.1
"""Seconds between two updates of the progress bar: ten a second look smooth."""


class Player:
    """Replay recordings through one or several APIs, on one clock, in the background.

    Sending runs in a process of its own: nothing that the notebook does meanwhile delays a packet.

    Parameters
    ----------
    recording : Recording, str or path; or a sequence, or a mapping of them; or a Source
        What is replayed. Of several, each begins at media second 0 of the one clock and goes through every API. A
        mapping from recordings to APIs says which goes through which. A source, from `emotoolkit.camera()` or
        `emotoolkit.microphone()`, is live: packets leave as soon as they exist, `stop()` ends the recording, and there
        is no pause, no seek and no other speed.
    apis : EmotionLogic, Interhuman, an API that another package brings, or a sequence of them
        Through what. All get the same recording at the same time. None if `recording` is a mapping.
    speed : float
        Media seconds per second, from 0.25; 1.0 is real time, `math.inf` as fast as the servers take it.
    until : float or None
        Media second at which to end: no packet is sent that begins at it or later. None plays to the end.
    loop : int
        How often to play; each turn is a new session.
    catch_up : float
        How many times faster to play after the sender was held up for more than a packet, until it is back on schedule:
        from 1 to 1.1. At 1 it is not caught up, and everything after the stall is due later by as much.
    journal : str, path or None
        Folder for the journals, one per recording and API; made if need be. None takes a temporary folder that is not
        removed.

    Attributes
    ----------
    recordings : tuple of Recording
        What is replayed.

    Raises
    ------
    RecordingError
        A recording is nothing for one of its APIs.
    ConsentMissing
        An API's server is not on this machine and its settings state no basis for sending people's data there.
    SettingsError
        A setting is not legal.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> player = emo.Player("datasets/sample/talk.wav", [emo.EmotionLogic()], speed=float("inf"))
    >>> (voice,) = player.start().wait()
    >>> voice.complete
    True

    A camera and a headset that recorded the same conversation, together:

    >>> camera, headset = emo.Recording("datasets/sample/interview.mp4"), emo.Recording("datasets/sample/talk.wav")
    >>> player = emo.Player({camera: emo.Interhuman(), headset: emo.EmotionLogic()}, speed=float("inf"))
    >>> face, voice = player.start().wait()
    >>> face.file, voice.file
    ('datasets/sample/interview.mp4', 'datasets/sample/talk.wav')
    """

    def __init__(
        self,
        recording: RecordingLike | Source | Sequence[RecordingLike] | Mapping[RecordingLike, Apis],
        apis: Apis | None = None,
        *,
        speed: float = 1.0,
        until: float | None = None,
        loop: int = 1,
        catch_up: float = 1.0,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        check_speed(speed)
        check_count("loop", loop)
        check_catch_up(catch_up)
        self._input = make_input(recording)
        self._notices_given = False
        """Whether the results' notices have been given as warnings."""
        self._noted: tuple[Replay, ...] | None = None
        """The replays with their notices, once these have been found."""
        self._unkept: EmotoolkitError | None = None
        """Why the notices are not in the journal."""
        self._note_lock = threading.Lock()  # a cell and a view may both want them
        for setting, value in {"speed": speed, "loop": loop, "catch_up": catch_up}.items():
            self._input.check(setting, value, unless=1)
        worker_client.shared()  # starts while this process is busy with its own imports
        pairs = assignments.pair_with_apis(recording.recording if isinstance(recording, Source) else recording, apis)
        self.recordings = tuple(dict.fromkeys(each for each, _ in pairs))
        self._number = next(worker_client.numbers)
        end = math.inf if until is None else until
        self._command = Play(self._number, (), speed, catch_up=catch_up, until=end, loop=loop)
        self._worker: worker_client.WorkerClient | None = None
        self._started_at = math.inf
        self._start_lock = threading.RLock()  # a cell and a page may both start it
        self._done = threading.Event()
        folder = shared_temporary_folder() if journal is None else Path(journal)
        self._streams = PlayerStreams(
            StreamState(each, tuple(session.located() for session in api.sessions(each)), folder, self._on_change)
            for each, api in pairs
        )
        for stream in self._streams:
            stream.notices_before = self._input.notices_before(stream)
        for notice in _different(notice for stream in self._streams for notice in stream.notices_before):
            warnings.warn(notice, stacklevel=2)
        self._input.join(self._start_once, self._streams)

    @property
    def source(self) -> Source | None:
        """The live source; None for recordings."""
        return self._input.source

    @property
    def recording(self) -> Recording:
        """What is replayed; of several, the longest. A live source gives an ordinary recording once it has ended."""
        return self._input.recording(self.recordings)

    def start(self, at: float = 0.0, *, paused: bool = False) -> Self:
        """Begin to replay; returns at once.

        Parameters
        ----------
        at : float
            Media second to begin at.
        paused : bool
            Open the sessions and wait for `resume()`.

        Raises
        ------
        RuntimeError
            This player has been started before: a replay happens once.
        SettingsError
            `at` is not in the recording.
        NotWritable
            The folder of the journals takes no files.
        """
        with self._start_lock:
            if self._worker is not None:
                raise RuntimeError("This player has been started before; make a new Player to replay again.")
            self._input.check("at", at, unless=0)
            self._input.check("paused", paused, unless=False)
            check_moment("at", at, self.recording, self._command.until)
            self._started_at = time.monotonic()
            try:
                self._send_play(at, paused=paused)
            except BaseException:
                self._undo_start()
                raise
        return self

    def _send_play(self, at: float, *, paused: bool) -> None:
        for stream in self._streams:
            stream.make_journal()
        self._input.prepare()
        self._worker = worker_client.shared()
        self._command = replace(self._command, at=at)
        for stream in self._streams:
            self._worker.listen(stream.number, stream.receive)
        specs = tuple(stream.spec for stream in self._streams)
        self._worker.send(replace(self._command, player=self._number, streams=specs, at=at, paused=paused))

    def _undo_start(self) -> None:
        """Undo a start that failed or was interrupted, so that the player can be started again."""
        if self._worker is not None:
            self._worker.send(Abandon(self._number))
            for stream in self._streams:
                self._worker.stop_listening(stream.number)
            self._worker = None
        self._input.undo_prepare()
        self._number = next(worker_client.numbers)
        self._streams = PlayerStreams(stream.fresh_copy() for stream in self._streams)

    def pause(self) -> None:
        """Stop media time. The sessions stay open: Emotion Logic gets nothing, since its positions count bytes.

        Interhuman ends a session that gets nothing for long (300 s; the server states the limit). Before it does, an
        `IdleWarning` names the limit; then the sessions are finished in order, and `resume()` continues in new ones.
        """
        self._input.check("pause", "now")
        self._running_worker().send(Pause(self._number))

    def resume(self) -> None:
        """Let media time run on from where it was paused."""
        self._running_worker().send(Resume(self._number))

    def seek(self, to: float) -> None:
        """Continue at media second `to`, forwards or backwards, playing or paused as before.

        A server's positions count from a session's beginning, so each API gets a new session; the tables then have a
        `session` column. What was sent before is still answered. Video begins at the key picture at or before `to`.

        Raises
        ------
        SettingsError
            `to` is not in the recording.
        """
        self._input.check("to", to)
        check_moment("to", to, self.recording, self._command.until)
        self._running_worker().send(Seek(self._number, to))

    def step(self) -> None:
        """Send the next packet, and no more, while paused."""
        self._input.check("step", "now")
        self._running_worker().send(StepForward(self._number))

    def stop(self) -> None:
        """Send no more. What has been sent is still answered; `wait()` returns the results.

        A live source stops recording, and what it has recorded is still sent.
        """
        worker = self._running_worker()
        self._input.stop(lambda: worker.send(Stop(self._number)))

    def abandon(self) -> None:
        """Drop the sessions at once: nothing more is sent or answered. What had arrived stays in the journal."""
        self._running_worker().send(Abandon(self._number))

    def admit(self) -> Future[str]:
        """Issue a URL at which a page can play, pause and seek while this process is busy; for views.

        It has a secret in it, and works from this machine only. Empty if the worker has ended.
        """
        return self._running_worker().issue_url(self._number)

    @property
    def speed(self) -> float:
        """Media seconds per second. Setting it takes effect at once, at the present position."""
        return self._command.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_speed(speed)
        self._input.check("speed", speed)
        self._command = replace(self._command, speed=speed)
        if self._worker is not None:
            self._worker.send(SetSpeed(self._number, speed))

    @property
    def started(self) -> bool:
        """Whether `start()` has been called."""
        return self._worker is not None

    @property
    def playing(self) -> bool:
        """Whether the replay is under way: started, and not every session has ended. Paused ones are."""
        return self._worker is not None and not self._done.is_set()

    @property
    def opening(self) -> bool:
        """Whether sessions are being opened, at the start or after a seek: media time does not run yet."""
        return self.playing and self._streams.opening

    @property
    def paused(self) -> bool:
        """Whether media time is stopped."""
        return self.playing and self._streams.paused

    @property
    def position(self) -> float:
        """Media time now, in seconds. At infinite speed, how much has been sent."""
        position = self._streams.position(monotonic()) if self.playing else None
        return self.sent if position is None else min(position, self._end)

    @property
    def sent(self) -> float:
        """Media second up to which every API has been sent its recording; streams that have ended do not count."""
        return self._streams.sent

    @property
    def media_seconds(self) -> MediaSeconds:
        """Seconds of media, from where it began, that have been sent and answered by now, where that is least."""
        return self._streams.media_seconds(self._command.at, self._command.until, self._command.loop)

    @property
    def lateness(self) -> float:
        """Lateness of the last packet in seconds, of the API where it is highest; NaN before the first packet."""
        return self._streams.lateness

    @property
    def achieved_speed(self) -> float:
        """Media seconds sent per second since the replay began, pauses included; NaN before the first packet."""
        return self._streams.achieved_speed

    @property
    def failures(self) -> tuple[EmotoolkitError, ...]:
        """Errors until now, one per API at most; `wait()` raises the first of them."""
        return tuple(failure for _, failure in self._failures())

    @property
    def replays(self) -> tuple[Replay, ...]:
        """What has arrived until now, one per API, in the order in which the APIs were given."""
        return self._streams.replays(self._command.speed)

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> tuple[Replay, ...]:
        """Wait for the end of the replay.

        Parameters
        ----------
        timeout : float or None
            Seconds to wait at most; None waits as long as it takes.
        progress : bool
            Whether a progress bar counts the seconds of media that are answered meanwhile. In a file or a pipe it is a
            line every 30 s, and without a standard error nothing.

        Returns
        -------
        tuple of Replay
            One per API, in the order in which they were given.

        Raises
        ------
        ReplayError
            The first error; what had arrived is in its `replays`.
        ReplayInterrupted
            The cell was interrupted: the sessions are closed, and what had arrived is in its `replays`.
        TimeoutError
            The replay goes on after `timeout` seconds.
        """
        self._wait_for_end(math.inf if timeout is None else timeout, hidden=not progress, noting=True)
        try:
            replays = self.noted()
        except EmotoolkitError as problem:
            raise self._with_replays(problem) from None
        self._warn(replays)
        return replays

    def answers(self, timeout: float | None = None) -> tuple[Replay, ...]:
        """Wait like `wait`, without looking for notices: for a run, which does that when it holds no session."""
        self._wait_for_end(math.inf if timeout is None else timeout, hidden=True, noting=False)
        return self.replays

    def noted(self) -> tuple[Replay, ...]:
        """Return the replays with all notices, which are found and kept in the journals by the first call.

        The player has to have ended, without a failure. No warning is given.

        Raises
        ------
        DiskFull, NotWritable
            The notices could not be written to a journal. They are in `replays`.
        """
        with self._note_lock:
            if self._noted is None:
                until, pairs = self._command.until, zip(self._streams, self.replays, strict=True)
                self._noted = tuple(self._input.note(stream, replay, until) for stream, replay in pairs)
                try:
                    for stream, replay in zip(self._streams, self._noted, strict=True):
                        stream.keep_notices(replay)
                except (DiskFull, NotWritable) as problem:
                    self._unkept = problem
        if self._unkept is not None:
            raise self._unkept
        return self._noted

    def _wait_for_end(self, timeout: float, *, hidden: bool, noting: bool) -> None:
        self._running_worker()
        try:
            self._wait_with_progress(timeout, hidden=hidden, noting=noting)
        except KeyboardInterrupt:
            self.abandon()
            self._input.release()
            self._done.wait(CLOSE_TIMEOUT_S)
            raise self._with_replays(ReplayInterrupted(sent=self.sent)) from None
        self._input.wait()
        self._raise_failure()

    def __repr__(self) -> str:
        apis = ", ".join(dict.fromkeys(stream.name for stream in self._streams))
        files = ", ".join(repr(each.file) for each in self.recordings)
        return f"<Player of {files} through {apis} at speed {self.speed:g}: {self.sent:.1f} s sent>"

    @property
    def _longest(self) -> Recording:
        return max(self.recordings, key=lambda each: each.duration)

    @property
    def _end(self) -> float:
        """Media second at which the last recording ends, or is to end."""
        return min(self._command.until, self._longest.duration)

    def _start_once(self) -> None:
        """Start, unless that was done: for the "record" button of a view."""
        with self._start_lock:
            if self._worker is None:
                self.start()

    def _running_worker(self) -> worker_client.WorkerClient:
        if self._worker is None:
            raise RuntimeError("This player has not been started: call start() first.")
        return self._worker

    def _wait_with_progress(self, timeout: float, *, hidden: bool, noting: bool) -> None:
        deadline = time.monotonic() + timeout
        total = self._streams.length(self._command.at, self._command.until, self._command.loop)
        progress = Progress(total)
        if not hidden:
            progress.skip(self.media_seconds.answered)  # before this call, so it says nothing about the pace
        with show_progress(self._longest.path.name, total, hidden=hidden) as display:
            ended = False
            while not ended:
                ended = self._done.wait(PROGRESS_PERIOD_S)
                if not hidden:
                    self._update_progress(progress)
                    display.show(progress, self._input.progress_text(progress))
                if time.monotonic() > deadline and not ended:
                    raise TimeoutError(f"The replay goes on after {timeout} s, at {self.sent:.1f} s of media.")
            if noting and self.notices():
                display.show(progress, f"{self._input.progress_text(progress)}, with notices")

    def notices(self) -> list[NoticeWarning]:
        """Return the notices about replays that have ended without a failure, without giving them as warnings."""
        if not self.started or self.playing or self.failures:
            return []
        with suppress(DiskFull, NotWritable):  # `wait` raises it
            self.noted()
        return _different(notice for replay in self._noted or () for notice in replay.notices())

    def _update_progress(self, progress: Progress) -> None:
        if self._done.is_set() and self._streams.complete:
            progress.finish()
        elif not self._done.is_set():  # what failed stays where it was
            progress.update(*self.media_seconds)

    def _on_change(self) -> None:
        """React to a journal line, on the pipe's thread: open the devices, or note that all has ended."""
        if not self._streams.opening:
            self._input.on_sessions_open()
        if self._streams.ended:
            for stream in self._streams:
                self._running_worker().stop_listening(stream.number)
            self._done.set()
            self._input.release()

    def _failures(self, report_timeout: float = 0.0) -> Iterator[tuple[int, EmotoolkitError]]:
        """Yield the place and the error of each stream that failed; first the devices' error, which is their cause.

        A local server of this process that has failed itself gets `report_timeout` seconds to report how.
        """
        if self._input.problem is not None:
            yield 0, self._input.problem
        for number, stream in enumerate(self._streams):
            failure = stream.failure()
            if stream.worker_gone:
                failure = WorkerGone(code=self._running_worker().exit_code, words=self._running_worker().stderr_tail())
            if failure is not None:
                yield number, explain(failure, self._started_at, report_timeout)

    def _raise_failure(self) -> None:
        for number, failure in self._failures(REPORT_TIMEOUT_S):
            raise self._with_replays(failure, number)

    def _with_replays(self, error: EmotoolkitError, failed: int = 0) -> EmotoolkitError:
        error.replays = self.replays
        error.replay = error.replays[failed]
        return error

    def _warn(self, replays: Sequence[Replay]) -> None:
        """Give the warnings of a replay that has ended in order."""
        for stream in self._streams:
            if stream.raised_warning is not None:
                raise stream.raised_warning
        if not self._notices_given:
            self._notices_given = True
            known = {str(notice) for stream in self._streams for notice in stream.notices_before}
            for notice in _different(notice for replay in replays for notice in replay.notices()):
                if str(notice) not in known:
                    warnings.warn(notice, stacklevel=3)


def _different(notices: Iterable[NoticeWarning]) -> list[NoticeWarning]:
    """Return notices without repetitions: two APIs may show the same of one recording."""
    return [*{str(notice): notice for notice in notices}.values()]
