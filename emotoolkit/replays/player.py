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
from emotoolkit.replays.commands import Abandon, Pause, Play, Resume, Seek, SetSpeed, Step, Stop
from emotoolkit.replays.player_input import input_of
from emotoolkit.replays.stream_state import Share
from emotoolkit.utils.folders import shared_temporary

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Self

    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.assignments import Apis, Media
    from emotoolkit.replays.result import Replay

__all__ = ["Player"]

PATIENCE = 5.0
"""Seconds that sessions get to close after an interrupt."""

GLANCE = 0.1
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
        recording: Media | Source | Sequence[Media] | Mapping[Media, Apis],
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
        self._input = input_of(recording)
        self._told = False
        """Whether it has been said what is odd about the answers."""
        for setting, value in {"speed": speed, "loop": loop, "catch_up": catch_up}.items():
            self._input.check(setting, value, unless=1)
        worker_client.shared()  # while it starts, this process reads what it needs itself
        through = assignments.through(recording.recording if isinstance(recording, Source) else recording, apis)
        self.recordings = tuple(dict.fromkeys(each for each, _ in through))
        self._number = next(worker_client.numbers)
        end = math.inf if until is None else until
        self._plan = Play(self._number, (), speed, catch_up=catch_up, until=end, loop=loop)
        self._worker: worker_client.Pipe | None = None
        self._starting = threading.RLock()  # a cell and a page may both start it
        self._done = threading.Event()
        folder = shared_temporary() if journal is None else Path(journal)
        self._shares = [
            Share(each, tuple(session.located() for session in api.sessions(each)), folder, self._look)
            for each, api in through
        ]
        for notice in [notice for share in self._shares for notice in self._input.before(share)]:
            warnings.warn(notice, stacklevel=2)
        self._input.join(self._start_once, self._shares)

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
        with self._starting:
            if self._worker is not None:
                raise RuntimeError("This player has been started before; make a new Player to replay again.")
            self._input.check("at", at, unless=0)
            self._input.check("paused", paused, unless=False)
            check_moment("at", at, self.recording, self._plan.until)
            try:
                self._begin(at, paused=paused)
            except BaseException:
                self._take_back()
                raise
        return self

    def _begin(self, at: float, *, paused: bool) -> None:
        for share in self._shares:
            share.make_journal()
        self._input.prepare()
        self._worker = worker_client.shared()
        for share in self._shares:
            self._worker.listen(share.number, share.take)
        parts = tuple(share.part for share in self._shares)
        self._worker.send(replace(self._plan, player=self._number, parts=parts, at=at, paused=paused))

    def _take_back(self) -> None:
        """Leave nothing of a start that failed or was interrupted; what may have been asked for is dropped."""
        if self._worker is not None:
            self._worker.send(Abandon(self._number))
            for share in self._shares:
                self._worker.hang_up(share.number)
            self._worker = None
        self._input.take_back()
        self._number = next(worker_client.numbers)
        self._shares = [share.anew() for share in self._shares]

    def pause(self) -> None:
        """Hold media time. The sessions stay open: Emotion Logic gets nothing, since its positions count bytes.

        Interhuman ends a session that gets nothing for long (300 s; it says so itself). Before it does, an
        `IdleWarning` names the limit; then the sessions are finished in order, and `resume()` goes on in new ones where
        they ended.
        """
        self._input.check("pause", "now")
        self._started().send(Pause(self._number))

    def resume(self) -> None:
        """Let media time run on from where it was held."""
        self._started().send(Resume(self._number))

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
        check_moment("to", to, self.recording, self._plan.until)
        self._started().send(Seek(self._number, to))

    def step(self) -> None:
        """While paused: send the next packet, and no more."""
        self._input.check("step", "now")
        self._started().send(Step(self._number))

    def stop(self) -> None:
        """Send no more. What has been sent is still answered; `wait()` returns it.

        What is live is recorded no more, and what was recorded is still sent.
        """
        worker = self._started()
        self._input.stop(lambda: worker.send(Stop(self._number)))

    def abandon(self) -> None:
        """Drop the sessions at once: nothing more is sent or answered. What had arrived stays in the journal."""
        self._started().send(Abandon(self._number))

    def admit(self) -> Future[str]:
        """Give a page an address at which it can play, pause and seek while this Python is busy; for views.

        The address lets in whoever knows it, from this machine. Empty if the replay cannot be reached any more.
        """
        return self._started().admit(self._number)

    @property
    def speed(self) -> float:
        """Media seconds per second. Setting it takes effect at once, from where the replay is."""
        return self._plan.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_speed(speed)
        self._input.check("speed", speed)
        self._plan = replace(self._plan, speed=speed)
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
        return self.playing and self._shares[0].reference is None

    @property
    def paused(self) -> bool:
        """Whether media time is held."""
        reference = self._shares[0].reference
        return self.playing and reference is not None and not reference.playing

    @property
    def position(self) -> float:
        """Where media time is now, in seconds. At infinite speed, how much has been sent."""
        share = self._shares[0]
        reference = share.reference  # which the pipe's thread may take away meanwhile
        if reference is None or reference.speed is None or not self.playing:
            return self.sent
        now = schedule.position(reference, monotonic() - share.epoch)
        return min(now, self._end)

    @property
    def sent(self) -> float:
        """Media second up to which every API has got its recording; one that has ended earlier is not waited for."""
        return min((share.sent for share in self._shares if not share.ended), default=self._sent_by_all)

    @property
    def lateness(self) -> float:
        """Seconds by which the last packet left later than it was due, of the API where that is most; NaN before it."""
        return max(share.lateness for share in self._shares)

    @property
    def achieved_speed(self) -> float:
        """Media seconds sent per second since the replay began, pauses included; NaN before the first packet."""
        return min(share.achieved_speed for share in self._shares)

    @property
    def failures(self) -> tuple[EmotoolkitError, ...]:
        """What went wrong until now, one error per API at most; `wait()` raises the first of them."""
        return tuple(failure for _, failure in self._failures())

    @property
    def replays(self) -> tuple[Replay, ...]:
        """What has arrived until now, one per API, in the order in which the APIs were given."""
        from emotoolkit.replays.result import Replay  # pandas: the replay need not wait for it

        return tuple(Replay(share.records_until_now(self._plan.speed), share.journal) for share in self._shares)

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
        self._started()
        try:
            self._watch(math.inf if timeout is None else timeout, hidden=not progress)
        except KeyboardInterrupt:
            self.abandon()
            self._input.release()
            self._done.wait(PATIENCE)
            raise self._with_replays(ReplayInterrupted(sent=self.sent)) from None
        self._input.wait()
        self._raise_failure()
        return self.replays

    def __repr__(self) -> str:
        apis = ", ".join(dict.fromkeys(share.name for share in self._shares))
        files = ", ".join(repr(each.file) for each in self.recordings)
        return f"<Player of {files} through {apis} at speed {self.speed:g}: {self.sent:.1f} s sent>"

    @property
    def _planned(self) -> Recording:
        return max(self.recordings, key=lambda each: each.duration)

    @property
    def _end(self) -> float:
        """Media second at which the last recording ends, or is to end."""
        return min(self._plan.until, self._planned.duration)

    @property
    def _sent_by_all(self) -> float:
        return max(share.sent for share in self._shares)

    def _start_once(self) -> None:
        """Start, unless that was done: somebody pressed "record" in a view."""
        with self._starting:
            if self._worker is None:
                self.start()

    def _started(self) -> worker_client.Pipe:
        if self._worker is None:
            raise RuntimeError("This player has not been started: call start() first.")
        return self._worker

    def _watch(self, timeout: float, *, hidden: bool) -> None:
        from tqdm.auto import tqdm

        deadline = time.monotonic() + timeout
        planned, shape = self._planned, self._input.bar
        total = planned.duration
        with tqdm(total=total, desc=planned.path.name, bar_format=shape, disable=hidden) as bar:
            ended = False
            while not ended:
                ended = self._done.wait(GLANCE)
                bar.update(min(self.sent, total) - bar.n)
                if time.monotonic() > deadline and not ended:
                    raise TimeoutError(f"The replay goes on after {timeout} s, at {self.sent:.1f} s of media.")

    def _look(self) -> None:
        if self._shares[0].reference is not None:
            self._input.go()  # all sessions are open: now the devices
        opened = [share for share in self._shares if share.opened or share.cut_off]
        if opened and all(share.ended for share in opened):
            for share in self._shares:
                self._started().hang_up(share.number)
            self._done.set()
            self._input.release()

    def _failures(self) -> Iterator[tuple[int, EmotoolkitError]]:
        """Each share that failed, by its number, and how; before them the devices, which are why."""
        if self._input.problem is not None:
            yield 0, self._input.problem
        for number, share in enumerate(self._shares):
            failure = share.failure()
            if share.cut_off:
                failure = WorkerGone(code=self._started().exit_code, words=self._started().last_words())
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
        for share in self._shares:
            if share.warned is not None:
                raise share.warned
            said = share.truncation(self._plan.until)
            if said is not None:
                warnings.warn(said, TruncatedWarning, stacklevel=3)
                break
        told = [] if self._told else [*zip(self._shares, replays, strict=True)]
        self._told = True
        notices = [notice for share, replay in told for notice in self._input.after(share, replay)]
        for notice in notices:
            warnings.warn(notice, stacklevel=3)
