"""Player: what the notebook holds. Commands go down a pipe, what happens comes up; Recordings × APIs → Replays."""

from __future__ import annotations

import math
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.apis.base import schedule
from emotoolkit.errors import EmotoolkitError, ReplayInterrupted, TruncatedWarning, WorkerGone
from emotoolkit.media.capture.source import Source
from emotoolkit.replays import assignments, worker_client
from emotoolkit.replays.checks import check_catch_up, check_count, check_moment, check_speed
from emotoolkit.replays.clock import monotonic
from emotoolkit.replays.commands import Abandon, Pause, Play, Resume, Seek, SetSpeed, StepForward, Stop
from emotoolkit.replays.player_input import make_input
from emotoolkit.replays.stream_state import StreamState
from emotoolkit.utils.folders import shared_temporary_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Self

    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.assignments import Apis, RecordingLike
    from emotoolkit.replays.result import Replay

__all__ = ["Player"]

CLOSE_TIMEOUT_S = 5.0
"""Seconds that sessions get to close after an interrupt."""

PROGRESS_PERIOD_S = 0.1
"""Seconds between two looks at the progress: ten a second look smooth."""


class Player:
    """Replay recordings through one or several APIs, on one clock, in the background.

    Everything that sends runs in a process of its own: what the notebook does meanwhile delays no packet.

    Parameters
    ----------
    recording : Recording, str or path; or a sequence, or a mapping of them; or a Source
        What is replayed. Of several, each begins at media second 0 of the one clock and goes through every API. A
        mapping from recordings to APIs says which goes through which. A source, from `emotoolkit.camera()` or
        `emotoolkit.microphone()`, is what happens now: packets leave as soon as they exist, `stop()` ends the
        recording, and nothing can be held, sought or hurried.
    apis : EmotionLogic, Interhuman, an API that another package brings, or a sequence of them
        Through what. All get the same recording at the same time. Not given beside a mapping.
    speed : float
        Media seconds per second, from 0.25; 1.0 is the pace of life, `math.inf` as fast as the servers take it.
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
        """Whether it has been said what is odd about the answers."""
        for setting, value in {"speed": speed, "loop": loop, "catch_up": catch_up}.items():
            self._input.check(setting, value, unless=1)
        worker_client.shared()  # while it starts, this process reads what it needs itself
        pairs = assignments.pair_with_apis(recording.recording if isinstance(recording, Source) else recording, apis)
        self.recordings = tuple(dict.fromkeys(each for each, _ in pairs))
        self._number = next(worker_client.numbers)
        end = math.inf if until is None else until
        self._command = Play(self._number, (), speed, catch_up=catch_up, until=end, loop=loop)
        self._worker: worker_client.WorkerClient | None = None
        self._start_lock = threading.RLock()  # a cell and a page may both start it
        self._done = threading.Event()
        folder = shared_temporary_folder() if journal is None else Path(journal)
        self._streams = [
            StreamState(each, tuple(session.located() for session in api.sessions(each)), folder, self._on_change)
            for each, api in pairs
        ]
        for notice in [notice for share in self._streams for notice in self._input.notices_before(share)]:
            warnings.warn(notice, stacklevel=2)
        self._input.join(self._start_once, self._streams)

    @property
    def source(self) -> Source | None:
        """The camera and the microphone of what is live; None for what is recorded."""
        return self._input.source

    @property
    def recording(self) -> Recording:
        """What is replayed; of several, the longest. Of what is live, an ordinary recording once it has ended."""
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
        for stream in self._streams:
            self._worker.listen(stream.number, stream.receive)
        parts = tuple(share.spec for share in self._streams)
        self._worker.send(replace(self._command, player=self._number, streams=parts, at=at, paused=paused))

    def _undo_start(self) -> None:
        """Leave nothing of a start that failed or was interrupted; what may have been asked for is dropped."""
        if self._worker is not None:
            self._worker.send(Abandon(self._number))
            for stream in self._streams:
                self._worker.stop_listening(stream.number)
            self._worker = None
        self._input.undo_prepare()
        self._number = next(worker_client.numbers)
        self._streams = [share.fresh_copy() for share in self._streams]

    def pause(self) -> None:
        """Hold media time. The sessions stay open: Emotion Logic gets nothing, since its positions count bytes.

        Interhuman ends a session that gets nothing for long (300 s; it says so itself). Before it does, an
        `IdleWarning` names the limit; then the sessions are finished in order, and `resume()` goes on in new ones where
        they ended.
        """
        self._input.check("pause", "now")
        self._running_worker().send(Pause(self._number))

    def resume(self) -> None:
        """Let media time run on from where it was held."""
        self._running_worker().send(Resume(self._number))

    def seek(self, to: float) -> None:
        """Go on at media second `to`, forwards or backwards, playing or paused as before.

        What the servers count begins anew, so each API gets a new session; the tables then have a `session` column.
        What had been sent before is still answered. Video begins at the key picture at or before `to`.

        Raises
        ------
        SettingsError
            `to` is not in the recording.
        """
        self._input.check("to", to)
        check_moment("to", to, self.recording, self._command.until)
        self._running_worker().send(Seek(self._number, to))

    def step(self) -> None:
        """While paused: send the next packet, and no more."""
        self._input.check("step", "now")
        self._running_worker().send(StepForward(self._number))

    def stop(self) -> None:
        """Send no more. What has been sent is still answered; `wait()` returns it.

        What is live is recorded no more, and what was recorded is still sent.
        """
        worker = self._running_worker()
        self._input.stop(lambda: worker.send(Stop(self._number)))

    def abandon(self) -> None:
        """Drop the sessions at once: nothing more is sent or answered. What had arrived stays in the journal."""
        self._running_worker().send(Abandon(self._number))

    def admit(self) -> Future[str]:
        """Give a page an address at which it can play, pause and seek while this Python is busy; for views.

        The address lets in whoever knows it, from this machine. Empty if the replay cannot be reached any more.
        """
        return self._running_worker().issue_url(self._number)

    @property
    def speed(self) -> float:
        """Media seconds per second. Setting it takes effect at once, from where the replay is."""
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
        return self.playing and self._streams[0].reference is None

    @property
    def paused(self) -> bool:
        """Whether media time is held."""
        reference = self._streams[0].reference
        return self.playing and reference is not None and not reference.playing

    @property
    def position(self) -> float:
        """Where media time is now, in seconds. At infinite speed, how much has been sent."""
        stream = self._streams[0]
        reference = stream.reference  # which the pipe's thread may take away meanwhile
        if reference is None or reference.speed is None or not self.playing:
            return self.sent
        now = schedule.position(reference, monotonic() - stream.epoch)
        return min(now, self._end)

    @property
    def sent(self) -> float:
        """Media second up to which every API has got its recording; one that has ended earlier is not waited for."""
        return min((share.sent for share in self._streams if not share.ended), default=self._most_sent)

    @property
    def lateness(self) -> float:
        """Seconds by which the last packet left later than it was due, of the API where that is most; NaN before it."""
        return max(share.lateness for share in self._streams)

    @property
    def achieved_speed(self) -> float:
        """Media seconds sent per second since the replay began, pauses included; NaN before the first packet."""
        return min(share.achieved_speed for share in self._streams)

    @property
    def failures(self) -> tuple[EmotoolkitError, ...]:
        """What went wrong until now, one error per API at most; `wait()` raises the first of them."""
        return tuple(failure for _, failure in self._failures())

    @property
    def replays(self) -> tuple[Replay, ...]:
        """What has arrived until now, one per API, in the order in which the APIs were given."""
        from emotoolkit.replays.result import Replay  # pandas: the replay need not wait for it

        return tuple(Replay(share.records_until_now(self._command.speed), share.journal) for share in self._streams)

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> tuple[Replay, ...]:
        """Wait for the end of the replay.

        Parameters
        ----------
        timeout : float or None
            Seconds to wait at most; None waits as long as it takes.
        progress : bool
            Whether a progress bar counts the seconds of media meanwhile.

        Returns
        -------
        tuple of Replay
            One per API, in the order in which they were given.

        Raises
        ------
        ReplayError
            What went wrong first; what had arrived is in its `replays`.
        ReplayInterrupted
            The cell was interrupted: the sessions are closed, and what had arrived is in its `replays`.
        TimeoutError
            The replay goes on after `timeout` seconds.
        """
        replays = self.answers(timeout, progress=progress)
        self._warn(replays)
        return replays

    def answers(self, timeout: float | None = None, *, progress: bool = False) -> tuple[Replay, ...]:
        """Wait as `wait` does, and warn of nothing: for who tells of many replays in one place, as a run does."""
        self._running_worker()
        try:
            self._wait_with_progress(math.inf if timeout is None else timeout, hidden=not progress)
        except KeyboardInterrupt:
            self.abandon()
            self._input.release()
            self._done.wait(CLOSE_TIMEOUT_S)
            raise self._with_replays(ReplayInterrupted(sent=self.sent)) from None
        self._input.wait()
        self._raise_failure()
        return self.replays

    def __repr__(self) -> str:
        apis = ", ".join(dict.fromkeys(share.name for share in self._streams))
        files = ", ".join(repr(each.file) for each in self.recordings)
        return f"<Player of {files} through {apis} at speed {self.speed:g}: {self.sent:.1f} s sent>"

    @property
    def _longest(self) -> Recording:
        return max(self.recordings, key=lambda each: each.duration)

    @property
    def _end(self) -> float:
        """Media second at which the last recording ends, or is to end."""
        return min(self._command.until, self._longest.duration)

    @property
    def _most_sent(self) -> float:
        return max(share.sent for share in self._streams)

    def _start_once(self) -> None:
        """Start, unless that was done: somebody pressed "record" in a view."""
        with self._start_lock:
            if self._worker is None:
                self.start()

    def _running_worker(self) -> worker_client.WorkerClient:
        if self._worker is None:
            raise RuntimeError("This player has not been started: call start() first.")
        return self._worker

    def _wait_with_progress(self, timeout: float, *, hidden: bool) -> None:
        from tqdm.auto import tqdm

        deadline = time.monotonic() + timeout
        longest, shape = self._longest, self._input.bar_format
        total = longest.duration
        with tqdm(total=total, desc=longest.path.name, bar_format=shape, disable=hidden) as bar:
            ended = False
            while not ended:
                ended = self._done.wait(PROGRESS_PERIOD_S)
                bar.update(min(self.sent, total) - bar.n)
                if time.monotonic() > deadline and not ended:
                    raise TimeoutError(f"The replay goes on after {timeout} s, at {self.sent:.1f} s of media.")

    def _on_change(self) -> None:
        if self._streams[0].reference is not None:
            self._input.on_sessions_open()  # all sessions are open: now the devices
        opened = [share for share in self._streams if share.opened or share.worker_gone]
        if opened and all(share.ended for share in opened):
            for stream in self._streams:
                self._running_worker().stop_listening(stream.number)
            self._done.set()
            self._input.release()

    def _failures(self) -> Iterator[tuple[int, EmotoolkitError]]:
        """Each share that failed, by its number, and how; before them the devices, which are why."""
        if self._input.problem is not None:
            yield 0, self._input.problem
        for number, stream in enumerate(self._streams):
            failure = stream.failure()
            if stream.worker_gone:
                failure = WorkerGone(code=self._running_worker().exit_code, words=self._running_worker().stderr_tail())
            if failure is not None:
                yield number, failure

    def _raise_failure(self) -> None:
        for number, failure in self._failures():
            raise self._with_replays(failure, number)

    def _with_replays(self, error: EmotoolkitError, failed: int = 0) -> EmotoolkitError:
        error.replays = self.replays
        error.replay = error.replays[failed]
        return error

    def _warn(self, replays: Sequence[Replay]) -> None:
        """Say what is odd about an orderly end."""
        for stream in self._streams:
            if stream.raised_warning is not None:
                raise stream.raised_warning
            text = stream.truncation(self._command.until)
            if text is not None:
                warnings.warn(text, TruncatedWarning, stacklevel=3)
                break
        answered = [] if self._notices_given else [*zip(self._streams, replays, strict=True)]
        self._notices_given = True
        notices = [notice for share, replay in answered for notice in self._input.notices_after(share, replay)]
        for notice in notices:
            warnings.warn(notice, stacklevel=3)
