"""Player: the notebook's side of a replay. Recordings and APIs in, Replays out; the worker process does the sending.

The notebook's thread, or that of a page, calls the public methods, which send commands through a pipe. The pipe's other
end is read by one thread, which applies the journal's lines to the streams (`stream_state`) and then calls
`Player._on_change`. That sets `_done` once every stream has ended; `wait` and `answers` wait for it.
"""

from __future__ import annotations

import math
import threading
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import DiskFull, EmotoolkitError, NotWritable, ReplayInterrupted
from emotoolkit.media.capture.source import Source
from emotoolkit.replays import assignments
from emotoolkit.replays.checks import check_catch_up, check_count, check_moment, check_speed
from emotoolkit.replays.clock import monotonic
from emotoolkit.replays.commands import Abandon, Pause, Play, Resume, Seek, SetSpeed, StepForward, Stop
from emotoolkit.replays.player_input import make_input
from emotoolkit.replays.player_notices import PlayerNotices
from emotoolkit.replays.player_progress import PlayerProgress
from emotoolkit.replays.player_streams import PlayerStreams
from emotoolkit.replays.player_worker import PlayerWorker
from emotoolkit.utils.folders import shared_temporary_folder
from emotoolkit.utils.progress_display import show_progress

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
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
        self._notices = PlayerNotices(self._input)
        for setting, value in {"speed": speed, "loop": loop, "catch_up": catch_up}.items():
            self._input.check(setting, value, unless=1)
        self._worker = PlayerWorker()
        pairs = assignments.pair_with_apis(recording.recording if isinstance(recording, Source) else recording, apis)
        self.recordings = tuple(dict.fromkeys(each for each, _ in pairs))
        self._command = Play(0, (), speed, catch_up=catch_up, until=math.inf if until is None else until, loop=loop)
        """What is played; the worker's side of it gets the player's number and streams at the start."""
        self._start_lock = threading.RLock()  # a cell and a page may both start it
        self._done = threading.Event()
        folder = shared_temporary_folder() if journal is None else Path(journal)
        self._streams = PlayerStreams.located(pairs, folder, self._on_change)
        for notice in self._notices.find_before(self._streams):
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
            if self.started:
                raise RuntimeError("This player has been started before; make a new Player to replay again.")
            self._input.check("at", at, unless=0)
            self._input.check("paused", paused, unless=False)
            check_moment("at", at, self.recording, self._command.until)
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
        self._command = replace(self._command, at=at)
        self._worker.start(replace(self._command, paused=paused), self._streams)

    def _undo_start(self) -> None:
        """Undo a start that failed or was interrupted, so that the player can be started again."""
        self._worker.undo_start(self._streams)
        self._input.undo_prepare()
        self._streams = PlayerStreams(stream.fresh_copy() for stream in self._streams)

    def pause(self) -> None:
        """Stop media time. The sessions stay open: Emotion Logic gets nothing, since its positions count bytes.

        Interhuman ends a session that gets nothing for long (300 s; the server states the limit). Before it does, an
        `IdleWarning` names the limit; then the sessions are finished in order, and `resume()` continues in new ones.
        """
        self._input.check("pause", "now")
        self._worker.send(Pause)

    def resume(self) -> None:
        """Let media time run on from where it was paused."""
        self._worker.send(Resume)

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
        self._worker.send(Seek, to)

    def step(self) -> None:
        """Send the next packet, and no more, while paused."""
        self._input.check("step", "now")
        self._worker.send(StepForward)

    def stop(self) -> None:
        """Send no more. What has been sent is still answered; `wait()` returns the results.

        A live source stops recording, and what it has recorded is still sent.
        """
        self._worker.check_started()
        self._input.stop(lambda: self._worker.send(Stop))

    def abandon(self) -> None:
        """Drop the sessions at once: nothing more is sent or answered. What had arrived stays in the journal."""
        self._worker.send(Abandon)

    def admit(self) -> Future[str]:
        """Issue a URL at which a page can play, pause and seek while this process is busy; for views.

        It has a secret in it, and works from this machine only. Empty if the worker has ended.
        """
        return self._worker.issue_url()

    @property
    def speed(self) -> float:
        """Media seconds per second. Setting it takes effect at once, at the present position."""
        return self._command.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_speed(speed)
        self._input.check("speed", speed)
        self._command = replace(self._command, speed=speed)
        if self.started:
            self._worker.send(SetSpeed, speed)

    @property
    def started(self) -> bool:
        """Whether `start()` has been called."""
        return self._worker.started

    @property
    def playing(self) -> bool:
        """Whether the replay is under way: started, and not every session has ended. Paused ones are."""
        return self.started and not self._done.is_set()

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
    def waiting(self) -> str:
        """What it has been waiting for, if long, such as "waiting for the report, 12 of 60 s"; "" for nothing."""
        return self._streams.waiting(monotonic()) if self.playing else ""

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
        self._warn()
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
        return self._notices.keep(self._streams, lambda: self.replays, self._command.until)

    def _wait_for_end(self, timeout: float, *, hidden: bool, noting: bool) -> None:
        self._worker.check_started()
        try:
            self._wait_with_progress(timeout, hidden=hidden, noting=noting)
        except KeyboardInterrupt:
            self.abandon()
            self._input.release()
            self._done.wait(CLOSE_TIMEOUT_S)
            raise self._with_replays(ReplayInterrupted(sent=self.sent)) from None
        self._input.wait()
        for number, failure in self._failures():
            raise self._with_replays(failure, number)

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
            if not self.started:
                self.start()

    def _wait_with_progress(self, timeout: float, *, hidden: bool, noting: bool) -> None:
        total = self._streams.length(self._command.at, self._command.until, self._command.loop)
        with show_progress(self._longest.path.name, total, hidden=hidden) as display:
            text, shown = self._input.progress_text, None if hidden else display
            progress = PlayerProgress(total, shown, text, lambda: self.waiting)
            if not progress.follow(self._done, timeout, lambda: self.media_seconds, lambda: self._streams.complete):
                raise TimeoutError(f"The replay goes on after {timeout} s, at {self.sent:.1f} s of media.")
            if noting and self.notices():
                progress.show(", with notices")

    def notices(self) -> list[NoticeWarning]:
        """Return the notices about replays that have ended without a failure, without giving them as warnings."""
        if not self.started or self.playing or self.failures:
            return []
        with suppress(DiskFull, NotWritable):  # `wait` raises it
            self.noted()
        return self._notices.found

    def _on_change(self) -> None:
        """React to a journal line, on the pipe's thread: open the devices, or note that all has ended."""
        if not self._streams.opening:
            self._input.on_sessions_open()
        if self._streams.ended:
            self._worker.stop_listening(self._streams)
            self._done.set()
            self._input.release()

    def _failures(self) -> Iterator[tuple[int, EmotoolkitError]]:
        """Yield the place and the error of each stream that failed; first the devices' error, which is their cause."""
        if self._input.problem is not None:
            yield 0, self._input.problem
        for number, stream in enumerate(self._streams):
            failure = self._worker.failure() if stream.worker_gone else stream.failure()
            if failure is not None:
                yield number, failure

    def _with_replays(self, error: EmotoolkitError, failed: int = 0) -> EmotoolkitError:
        error.replays = self.replays
        error.replay = error.replays[failed]
        return error

    def _warn(self) -> None:
        """Give the warnings of a replay that has ended in order."""
        for stream in self._streams:
            if stream.raised_warning is not None:
                raise stream.raised_warning
        for notice in self._notices.take_new(self._streams):
            warnings.warn(notice, stacklevel=3)
