"""The sources of a view, a player or finished replays, behind one interface: status, replays, commands.

A player has a process of its own; everything that is read here of it may change between two reads, so `status` is
a snapshot that is used for one update.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from emotoolkit.errors import NoSuchFile, RecordingError, SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.replays.player import Player
from emotoolkit.replays.result import Replay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    import pandas as pd

__all__ = [
    "PlayerSource",
    "ReplaySource",
    "RunProtocol",
    "RunRecordingSource",
    "ViewSource",
    "ViewStatus",
    "Viewable",
    "group_sources",
]

DURATION_STEP_S = 30.0
"""Seconds by which the time axis of a live recording grows."""


@runtime_checkable
class RunProtocol(Protocol):
    """The part of a `Run` that a view uses. `Run` itself is not imported: it needs libraries that a view does not."""

    folder: str
    summary: pd.DataFrame
    failures: pd.DataFrame
    notices: pd.DataFrame
    manifest: pd.DataFrame

    def replay(self, file: str) -> Replay:
        """Return the replay of one recording."""


Viewable = Player | Replay | Recording | RunProtocol
"""Objects that `live` shows."""


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """The status of a replay. Times in seconds; `speed` None: as fast as it goes; NaN where nothing was sent yet."""

    position: float
    sent: float
    speed: float | None
    achieved: float
    lateness: float
    state: str
    """"ready", "opening", "playing", "paused" or "ended"; of a run's recordings also "failed" and "waiting"."""
    failures: tuple[str, ...]
    """Sentences of errors, then of notices."""
    waiting: str = ""
    """What a server has kept it waiting for, if long."""

    @property
    def playing(self) -> bool:
        """Whether media time runs."""
        return self.state == "playing"


class ViewSource(Protocol):
    """One recording while it is replayed through some APIs, or afterwards."""

    title: str
    duration: float
    recorder: Any
    """The widget of a live recording's devices; None without one."""
    accepts_commands: bool
    """Whether it takes commands at all."""
    seekable: bool
    """Whether it can be paused, moved and run at other speeds; a live recording can only be started and stopped."""

    @property
    def control_url(self) -> str:
        """URL at which a page can play, pause and seek without the kernel; "" where it cannot."""

    @property
    def recording(self) -> Recording | None:
        """The recording, if its file is at hand."""

    @property
    def missing_reason(self) -> str:
        """Why there is no recording."""

    def replays(self) -> Sequence[Replay]:
        """Return the replays as far as they have come, one per API."""

    def status(self) -> ViewStatus:
        """Return the present status."""

    def play(self) -> None:
        """Start, or resume."""

    def pause(self) -> None:
        """Hold media time."""

    def stop(self) -> None:
        """Stop sending."""

    def seek(self, to: float) -> None:
        """Continue at another media second."""

    def set_speed(self, speed: float) -> None:
        """Continue at another speed."""


class PlayerSource:
    """One recording of a player, before, while and after it plays."""

    accepts_commands = True
    seekable = True
    missing_reason = ""
    recorder: Any = None

    def __init__(self, player: Player, recording: Recording) -> None:
        self.player = player
        self.recording: Recording | None = recording
        self.title = recording.file
        self.duration = recording.duration
        self._pending_url: Future[str] | None = None

    @property
    def control_url(self) -> str:
        """URL of the player's remote control, "" until the sending process has reported it."""
        if not (self.seekable and self.player.playing):
            return ""
        if self._pending_url is None:
            self._pending_url = self.player.admit()
        return self._pending_url.result() if self._pending_url.done() else ""

    def replays(self) -> Sequence[Replay]:
        """Return the replays as far as they have come, one per API; none before the player has started."""
        replays = self.player.replays if self.player.started else ()
        return [each for each in replays if each.file == self.title]

    def status(self) -> ViewStatus:
        """Return the player's present status."""
        player = self.player
        speed = None if math.isinf(player.speed) else player.speed
        failures = tuple(str(each) for each in (*player.failures, *player.notices()))
        numbers = player.position, player.sent, speed, player.achieved_speed, player.lateness
        return ViewStatus(*numbers, self._state(), failures, player.waiting)

    def play(self) -> None:
        """Start the player, or resume it."""
        if self._state() == "ready":
            self.player.start()
        else:
            self.player.resume()

    def pause(self) -> None:
        """Hold media time."""
        self.player.pause()

    def stop(self) -> None:
        """Stop sending."""
        self.player.stop()

    def seek(self, to: float) -> None:
        """Continue at media second `to`; a player that was not started begins there."""
        if self._state() == "ready":
            self.player.start(at=to)
        else:
            self.player.seek(to)

    def set_speed(self, speed: float) -> None:
        """Continue at another speed."""
        self.player.speed = speed

    def _state(self) -> str:
        if self.player.paused:
            return "paused"
        if self.player.opening:
            return "opening"
        if self.player.playing:
            return "playing"
        return "ended" if self.player.started else "ready"


class LiveSource(PlayerSource):
    """A player of a live recording: its duration is not known yet, and there is no file to play back."""

    seekable = False
    missing_reason = "It is being recorded: there is a medium to play when it has ended."

    def __init__(self, player: Player, recording: Recording) -> None:
        super().__init__(player, recording)
        self.recording = None
        self.recorder = getattr(player.source, "widget", None)

    @property
    def duration(self) -> float:
        """The next multiple of 30 s, so that the time axis does not grow at every refresh."""
        return DURATION_STEP_S * (1 + self.player.sent // DURATION_STEP_S)

    @duration.setter
    def duration(self, _: float) -> None:
        """Ignore what `PlayerSource` sets: it grows with what is sent."""


class FinishedSource:
    """A source that has ended: all commands raise a SettingsError."""

    accepts_commands = False
    seekable = False
    control_url = ""
    recorder: Any = None

    def play(self) -> None:
        """Raise a SettingsError."""
        raise _ended_error("play")

    def pause(self) -> None:
        """Raise a SettingsError."""
        raise _ended_error("pause")

    def stop(self) -> None:
        """Raise a SettingsError."""
        raise _ended_error("stop")

    def seek(self, to: float) -> None:
        """Raise a SettingsError."""
        raise _ended_error("seek", to)

    def set_speed(self, speed: float) -> None:
        """Raise a SettingsError."""
        raise _ended_error("speed", speed)


class ReplaySource(FinishedSource):
    """Finished replays of one recording, or a recording alone.

    Parameters
    ----------
    recording : Recording or None
        None: the file that the replays name is used, if it exists.
    replays : sequence of Replay
        The replays, none for a recording alone.
    """

    def __init__(self, recording: Recording | None, replays: Sequence[Replay]) -> None:
        self._replays = tuple(replays)
        self.missing_reason = ""
        self.recording = recording
        if recording is None:
            self.recording, self.missing_reason = _find_recording(self._replays[0].file)
        self.title = self._replays[0].file if self.recording is None else self.recording.file
        durations = [each.duration for each in self._replays]
        self.duration = max(durations) if self.recording is None else self.recording.duration

    def replays(self) -> Sequence[Replay]:
        """Return all replays."""
        return self._replays

    def status(self) -> ViewStatus:
        """Return the status of a replay that has ended."""
        return ViewStatus(self.duration, self.duration, 1.0, math.nan, math.nan, "ended", self._notices)

    @cached_property
    def _notices(self) -> tuple[str, ...]:
        return tuple(str(notice) for replay in self._replays for notice in replay.notices())


class RunRecordingSource(FinishedSource):
    """A recording of a run over a dataset. Its journal is read when the recording is first shown.

    Parameters
    ----------
    run : RunProtocol
        The run.
    row : str
        Name of its row.
    title : str
        Name of the recording.
    duration : float
        In seconds; NaN where it is not known yet.
    status : str
        "done", "done, with notices", "failed" or "waiting".
    sentence : str
        The failure or the notice, or "".
    """

    def __init__(self, run: RunProtocol, row: str, title: str, duration: float, status: str, sentence: str) -> None:
        self._run, self._row, self._run_status, self._sentence = run, row, status, sentence
        self.title = title
        self.duration = 0.0 if math.isnan(duration) else duration

    @property
    def recording(self) -> Recording | None:
        """The recording, if its file still exists."""
        return None if self._replay_source is None else self._replay_source.recording

    @property
    def missing_reason(self) -> str:
        """Why there is no recording."""
        return (
            "There is no answer about it in this run."
            if self._replay_source is None
            else self._replay_source.missing_reason
        )

    @cached_property
    def _replay_source(self) -> ReplaySource | None:
        return ReplaySource(None, [self._run.replay(self._row)]) if self._run_status.startswith("done") else None

    def replays(self) -> Sequence[Replay]:
        """Return the replay, if the recording is done."""
        return () if self._replay_source is None else self._replay_source.replays()

    def status(self) -> ViewStatus:
        """Return the outcome, without reading the journal."""
        done = self._run_status.startswith("done")
        sent = self.duration if done else 0.0
        failures = (self._sentence,) if self._sentence else ()
        return ViewStatus(sent, sent, 1.0, math.nan, math.nan, "ended" if done else self._run_status, failures)


def group_sources(sources: Sequence[Viewable]) -> list[ViewSource]:
    """Return a source for each recording: of players, of replays with their recording, of the rows of runs.

    Raises
    ------
    SettingsError
        There is nothing to show, or something that is no player, replay, recording or run.
    """
    players: list[ViewSource] = [
        PlayerSource(each, recording) if each.source is None else LiveSource(each, recording)
        for each in sources
        if isinstance(each, Player)
        for recording in each.recordings
    ]
    recordings = {Path(each.file).name: each for each in sources if isinstance(each, Recording)}
    groups: dict[str, list[Replay]] = {name: [] for name in recordings}
    for each in sources:
        if isinstance(each, Replay):
            # Only the file names are compared: a dataset may have moved since it was replayed.
            groups.setdefault(Path(each.file).name, []).append(each)
        elif not isinstance(each, Player | Recording | RunProtocol):
            raise SettingsError(
                setting="sources", value=each, rule="live shows players, replays, recordings and runs, nothing else"
            )
    finished: list[ViewSource] = [ReplaySource(recordings.get(name), replays) for name, replays in groups.items()]
    of_runs = [source for each in sources if isinstance(each, RunProtocol) for source in _run_sources(each)]
    if not players and not finished and not of_runs:
        raise SettingsError(setting="sources", value=(), rule="name a player, or a replay, to be shown")
    return players + finished + of_runs


def _run_sources(run: RunProtocol) -> list[ViewSource]:
    summary = run.summary
    sentences = run.notices["sentence"].to_dict() | run.failures["sentence"].to_dict()
    columns = zip(run.manifest["row"], summary.index, summary["duration"], summary["status"], strict=True)
    return [
        RunRecordingSource(run, row, file, duration, status, sentences.get(file, ""))
        for row, file, duration, status in columns
    ]


def _ended_error(what: str, value: object = None) -> SettingsError:
    return SettingsError(setting=what, value=value, rule="this replay has ended; make a Player to replay again")


def _find_recording(file: str) -> tuple[Recording | None, str]:
    try:
        return Recording(file), ""
    except NoSuchFile:
        return None, f"{file} is not there any more: the timeline works without sound and pictures."
    except RecordingError as problem:
        return None, f"{problem} The timeline works without sound and pictures."
