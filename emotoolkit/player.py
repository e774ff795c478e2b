"""Player: what the notebook holds. Commands go down a pipe, what happens comes up; Recording × APIs → Replays."""

from __future__ import annotations

import math
import re
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emotoolkit import pipe, schedule
from emotoolkit.capture.source import Source
from emotoolkit.commands import Abandon, Part, Pause, Play, Resume, Seek, SetSpeed, Step, Stop
from emotoolkit.errors import (
    EmotoolkitError,
    ReplayInterrupted,
    SettingsError,
    TruncatedWarning,
    WorkerGone,
    by_name,
)
from emotoolkit.journal import Began, Ended, Opened, Received, Reference, Sent, from_line
from emotoolkit.local_server import is_loopback
from emotoolkit.recording import Recording
from emotoolkit.replayed import Replay

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Self

    from emotoolkit.journal import Record
    from emotoolkit.session import Api

__all__ = ["Player", "replay"]

SLOWEST = 0.25
"""Speed below which a server's own patience would be the subject of the experiment."""

PATIENCE = 5.0
"""Seconds that sessions get to close after an interrupt."""

GLANCE = 0.1
"""Seconds between two looks at the progress: ten a second look smooth."""

BAR = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f} of {total:.1f} s of media [{elapsed}<{remaining}]"

BAR_LIVE = "{desc}: {n:.1f} s of media [{elapsed}]"

MISSING = 0.5
"""Seconds by which a recording may end before its header's promise without being called truncated."""

ESTIMATED = {"mp3"}
"""Containers whose header may promise nothing: their duration can be an estimate from the bit rate."""


class Player:
    """Replay a recording through one or several APIs, on one clock, in the background.

    Everything that sends runs in a process of its own: what the notebook does meanwhile delays no packet.

    Parameters
    ----------
    recording : Recording, Source, str or path
        What is replayed; or, from `emotoolkit.camera()` or `emotoolkit.microphone()`, what happens now. Then packets
        leave as soon as they exist, `stop()` ends the recording, and nothing can be paused, sought or hurried.
    apis : EmotionLogic, Interhuman, or a sequence of them
        Through what. All get the same recording at the same time.
    speed : float
        Media seconds per second, from 0.25; 1.0 is the pace of life, `math.inf` as fast as the servers take it.
    until : float or None
        Media second at which to end: no packet is sent that begins at it or later. None plays to the end.
    loop : int
        How often to play; each turn is a new session.
    journal : str, path or None
        Folder for the journals, one per API; made if need be. None takes a temporary folder that is not removed.

    Raises
    ------
    RecordingError
        The recording is nothing for one of the APIs.
    ConsentMissing
        An API's server is not on this machine and its settings state no basis for sending people's data there.
    SettingsError
        The speed is not legal.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> player = emo.Player("datasets/sample/talk.wav", [emo.EmotionLogic()], speed=float("inf"))
    >>> (voice,) = player.start().wait()
    >>> voice.complete
    True
    """

    def __init__(
        self,
        recording: Recording | Source | str | os.PathLike[str],
        apis: Api | Sequence[Api],
        *,
        speed: float = 1.0,
        until: float | None = None,
        loop: int = 1,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        _check_speed(speed)
        if loop < 1:
            raise SettingsError(setting="loop", value=loop, rule="it must be a whole number from 1 on")
        self.source = recording if isinstance(recording, Source) else None
        self._recording = _recording(recording)
        if self._recording.live and (speed != 1 or loop != 1):
            raise _live("speed" if speed != 1 else "loop", speed if speed != 1 else loop)
        self._speed = speed
        self._until = math.inf if until is None else until
        self._loop = loop
        self._number = next(pipe.numbers)
        self._worker: pipe.Pipe | None = None
        self._done = threading.Event()
        self._parts: list[_Part] = []
        chosen = list(apis) if isinstance(apis, Sequence) else [apis]
        folder = _temporary_folder() if journal is None else Path(journal)
        stem = re.sub(r"[^\w.-]", "_", self._recording.path.stem)
        for api in chosen:
            sessions = tuple(session.located() for session in api.sessions(self._recording))
            self._parts.append(_Part(sessions, folder / f"{stem}-{api.name}-{self._number}.jsonl", self._look))
        if self.source is not None:
            self.source.starting = self._start_once
            self.source.goes = "; ".join(_destination(part.sessions[0]) for part in self._parts)

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
        """
        if self._worker is not None:
            raise RuntimeError("This player has been started before; make a new Player to replay again.")
        self._check_moment("at", at)
        if self.source is not None:
            self._only_recorded("paused", paused or None)
            self.source.start()
        self._worker = worker = pipe.shared()
        for part in self._parts:
            part.journal.parent.mkdir(parents=True, exist_ok=True)
            part.journal.touch()
            worker.listen(part.number, part.take)
        parts = tuple(Part(part.number, part.sessions, part.journal) for part in self._parts)
        play = Play(self._number, self._recording, parts, self._speed, at, self._until, self._loop, paused)
        worker.send(play)
        return self

    def pause(self) -> None:
        """Hold media time. The sessions stay open: Emotion Logic gets nothing, since its positions count bytes."""
        self._only_recorded("pause", "now")
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
        self._only_recorded("to", to)
        self._check_moment("to", to)
        self._started().send(Seek(self._number, to))

    def step(self) -> None:
        """While paused: send the next packet, and no more."""
        self._only_recorded("step", "now")
        self._started().send(Step(self._number))

    def stop(self) -> None:
        """Send no more. What has been sent is still answered; `wait()` returns it.

        Of what is live: end the recording. What was recorded is still sent.
        """
        if self.source is not None:
            self._started()
            self.source.stop()
        else:
            self._started().send(Stop(self._number))

    @property
    def recording(self) -> Recording:
        """What is replayed. Of what is live, an ordinary recording once it has ended."""
        return self._recording if self.source is None else self.source.recording

    @property
    def speed(self) -> float:
        """Media seconds per second. Setting it takes effect at once, from where the replay is."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        _check_speed(speed)
        self._only_recorded("speed", speed)
        self._speed = speed
        if self._worker is not None:
            self._worker.send(SetSpeed(self._number, speed))

    @property
    def playing(self) -> bool:
        """Whether the replay is under way: started, and not every session has ended. Paused ones are."""
        return self._worker is not None and not self._done.is_set()

    @property
    def paused(self) -> bool:
        """Whether media time is held."""
        reference = self._parts[0].reference
        return self.playing and reference is not None and not reference.playing

    @property
    def position(self) -> float:
        """Where media time is now, in seconds. At infinite speed, how much has been sent."""
        part = self._parts[0]
        if part.reference is None or part.reference.speed is None or not self.playing:
            return self.sent
        now = schedule.position(part.reference, time.monotonic() - part.epoch)
        return min(now, self._until, self._recording.duration)

    @property
    def sent(self) -> float:
        """Media second up to which every API has got the recording."""
        return min(part.sent for part in self._parts)

    @property
    def lateness(self) -> float:
        """Seconds by which the last packet left later than it was due, of the API where that is most; NaN before it."""
        return max(part.lateness for part in self._parts)

    @property
    def achieved_speed(self) -> float:
        """Media seconds sent per second since the replay began, pauses included; NaN before the first packet."""
        return min(part.achieved_speed for part in self._parts)

    @property
    def replays(self) -> tuple[Replay, ...]:
        """What has arrived until now, one per API, in the order in which the APIs were given."""
        return tuple(Replay(tuple(part.records), part.journal) for part in self._parts)

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
        self._started()
        try:
            self._watch(math.inf if timeout is None else timeout, hidden=not progress)
        except KeyboardInterrupt:
            self._started().send(Abandon(self._number))
            if self.source is not None:
                self.source.stop()
            self._done.wait(PATIENCE)
            raise self._with_replays(ReplayInterrupted(sent=self.sent)) from None
        if self.source is not None:
            self.source.wait()
        self._raise_failure()
        self._warn_if_truncated()
        return self.replays

    def __repr__(self) -> str:
        apis = ", ".join(part.sessions[0].name for part in self._parts)
        return f"<Player of {self._recording.file!r} through {apis} at speed {self.speed:g}: {self.sent:.1f} s sent>"

    def _check_moment(self, name: str, moment: float) -> None:
        if self._recording.live and moment:
            raise _live(name, moment)
        if not 0 <= moment < self._recording.duration:
            rule = f"it must lie in the recording, from 0 to {self._recording.duration:.2f} s"
            raise SettingsError(setting=name, value=moment, rule=rule)

    def _only_recorded(self, name: str, value: object) -> None:
        if self._recording.live and value is not None:
            raise _live(name, value)

    def _start_once(self) -> None:
        """Start, if somebody presses "record" in a view and it was not started yet."""
        if self._worker is None:
            self.start()

    def _started(self) -> pipe.Pipe:
        if self._worker is None:
            raise RuntimeError("This player has not been started: call start() first.")
        return self._worker

    def _watch(self, timeout: float, *, hidden: bool) -> None:
        from tqdm.auto import tqdm

        deadline = time.monotonic() + timeout
        total = self._recording.duration
        shape = BAR_LIVE if self._recording.live else BAR
        with tqdm(total=total, desc=self._recording.path.name, bar_format=shape, disable=hidden) as bar:
            ended = False
            while not ended:
                ended = self._done.wait(GLANCE)
                bar.update(min(self.sent, total) - bar.n)
                if time.monotonic() > deadline and not ended:
                    raise TimeoutError(f"The replay goes on after {timeout} s, at {self.sent:.1f} s of media.")

    def _look(self) -> None:
        if all(part.ended for part in self._parts):
            for part in self._parts:
                self._started().hang_up(part.number)
            self._done.set()
            if self.source is not None:
                self.source.stop()  # nobody listens any more: release the devices

    def _raise_failure(self) -> None:
        if self.source is not None and self.source.problem is not None:
            raise self._with_replays(self.source.problem)
        for number, part in enumerate(self._parts):
            failure = part.failure()
            if part.cut_off:
                failure = WorkerGone(code=self._started().exit_code, words=self._started().last_words())
            if failure is not None:
                raise self._with_replays(failure, number)

    def _with_replays(self, error: EmotoolkitError, failed: int = 0) -> EmotoolkitError:
        error.replays = self.replays
        error.replay = error.replays[failed]
        return error

    def _warn_if_truncated(self) -> None:
        if self._recording.live:
            return
        for part in self._parts:
            missing = min(self._recording.duration, self._until) - part.sent
            if part.finished and missing > MISSING and self._recording.container not in ESTIMATED:
                said = (
                    f"{self._recording.file!r} promises {self._recording.duration:.2f} s in its header and ends after "
                    f"{part.sent:.2f} s: it was probably cut off. What there is has been replayed."
                )
                warnings.warn(said, TruncatedWarning, stacklevel=3)
                return


def replay(
    recording: Recording | str | os.PathLike[str],
    api: Api,
    *,
    speed: float = 1.0,
    journal: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Replay:
    """Replay a recording through an API and wait for the end.

    Parameters
    ----------
    recording : Recording, str or path
        What is replayed.
    api : EmotionLogic or Interhuman
        Through what.
    speed : float
        Media seconds per second, from 0.25; 1.0 is the pace of life, `math.inf` as fast as the server takes it.
    journal : str, path or None
        Folder for the journal; None takes a temporary one that is not removed.
    progress : bool
        Whether a progress bar counts the seconds of media.

    Returns
    -------
    Replay
        Tables and report.

    Raises
    ------
    RecordingError, SettingsError, ReplayError, ReplayInterrupted
        As `Player` and `Player.wait` do.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> voice = replay("datasets/sample/talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
    >>> voice.segments.index.names
    FrozenList(['file', 'start', 'end'])
    """
    return Player(recording, api, speed=speed, journal=journal).start().wait(progress=progress)[0]


class _Part:
    """One API's share of a player, as it is heard of: filled on the pipe's thread, read on the notebook's."""

    def __init__(self, sessions: tuple[Api, ...], journal: Path, look: Callable[[], None]) -> None:
        self.number = next(pipe.numbers)
        self.sessions = sessions
        self.journal = journal
        self.records: list[Record] = []
        self.cut_off = False
        self.epoch = 0.0
        self.reference: Reference | None = None
        self.lateness = math.nan
        self.achieved_speed = math.nan
        self._look = look
        self._opened = 0
        self._ends: list[Ended] = []
        self._reached = [0.0] * len(sessions)
        self._began = 0.0
        self._seconds = 0.0

    def take(self, line: str | None) -> None:
        """Take a journal line; None: no more will come."""
        if line is None:
            self.cut_off = not self.ended
        else:
            self._keep(from_line(line))
        self._look()

    @property
    def sent(self) -> float:
        """Media second up to which every session side by side has got the recording."""
        return min(self._reached)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.cut_off or 0 < len(self._ends) == self._opened

    @property
    def finished(self) -> bool:
        """Whether every session came to the protocol's own end."""
        return all(end.how == "finished" for end in self._ends)

    def failure(self) -> EmotoolkitError | None:
        """The first error of a session, made again."""
        return next((by_name(end.error, end.facts) for end in self._ends if end.error is not None), None)

    def _keep(self, record: Record) -> None:
        self.records.append(record)
        match record:
            case Began(epoch=epoch):
                self.epoch = epoch
            case Opened(start=start):
                self._reached[self._opened % len(self._reached)] = start
                self._opened += 1
            case Reference(at=at):
                self._began = self._began or at
                self.reference = record
            case Sent(session=session):
                self._reached[session % len(self._reached)] = record.end
                self._seconds += (record.end - record.start) / len(self._reached)
                self.achieved_speed = self._seconds / max(record.sent - self._began, 1e-9)
                self.lateness = math.nan if record.due is None else record.sent - record.due
            case Ended():
                self._ends.append(record)
            case Received():
                pass


def _recording(given: Recording | Source | str | os.PathLike[str]) -> Recording:
    if isinstance(given, Source):
        return given.recording
    return given if isinstance(given, Recording) else Recording(given)


def _destination(api: Api) -> str:
    """Say where an API's server is, and on what basis people's data go there."""
    host = urlsplit(api.address).hostname
    where = "this machine" if is_loopback(host) else f"{host} (consent: {api.consent})"
    return f"{api.name} on {where}"


def _live(setting: str, value: object) -> SettingsError:
    rule = "what is live goes at the pace of life, from its beginning; replay its recording for that"
    return SettingsError(setting=setting, value=value, rule=rule)


def _check_speed(speed: float) -> None:
    if not speed >= SLOWEST:
        raise SettingsError(setting="speed", value=speed, rule=f"it must be a number from {SLOWEST} on")


@lru_cache(maxsize=1)
def _temporary_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="emotoolkit-"))
