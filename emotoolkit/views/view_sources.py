"""What a view watches, a player or replays that are kept: where it is, what went wrong, what can be asked of it."""

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
"""Seconds by which the time axis of what is live grows."""


@runtime_checkable
class RunProtocol(Protocol):
    """What a view needs of a `Run` over a dataset, which needs more to be installed than a view does."""

    folder: str
    summary: pd.DataFrame
    failures: pd.DataFrame
    notices: pd.DataFrame
    manifest: pd.DataFrame

    def replay(self, file: str) -> Replay:
        """Everything that came back about one recording."""


Viewable = Player | Replay | Recording | RunProtocol
"""What `accepts_commands` takes."""


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """Where a replay is. Times in seconds; `speed` None is as fast as it goes; NaN where nothing was sent yet."""

    position: float
    sent: float
    speed: float | None
    achieved: float
    lateness: float
    state: str
    """"ready", "opening", "playing", "paused" or "ended"; of a run's recordings also "failed" and "waiting"."""
    failures: tuple[str, ...]

    @property
    def playing(self) -> bool:
        """Whether media time runs."""
        return self.state == "playing"


class ViewSource(Protocol):
    """One recording on its way through some APIs, or after it."""

    title: str
    duration: float
    recorder: Any
    """The view of the devices of what is live; None without one."""
    accepts_commands: bool
    """Whether anything can be asked of it."""
    seekable: bool
    """Whether it can be held, moved and hurried: what is recorded can, what happens now goes at the pace of life."""

    @property
    def control_url(self) -> str:
        """Where a page can play, pause and seek past a busy kernel; empty where it cannot."""

    @property
    def recording(self) -> Recording | None:
        """The recording, if it is at hand."""

    @property
    def missing_reason(self) -> str:
        """Why there is no recording."""

    def replays(self) -> Sequence[Replay]:
        """What has arrived until now, one per API."""

    def status(self) -> ViewStatus:
        """Where it is."""

    def play(self) -> None:
        """Start, or go on."""

    def pause(self) -> None:
        """Hold media time."""

    def stop(self) -> None:
        """Send no more."""

    def seek(self, to: float) -> None:
        """Go on at another media second."""

    def set_speed(self, speed: float) -> None:
        """Run at another speed."""


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
        """Asked for when it can be: the page is told as soon as it is known."""
        if not (self.seekable and self.player.playing):
            return ""
        if self._pending_url is None:
            self._pending_url = self.player.admit()
        return self._pending_url.result() if self._pending_url.done() else ""

    def replays(self) -> Sequence[Replay]:
        """What has arrived until now, one per API; nothing before a replay has begun."""
        replays = self.player.replays if self.player.started else ()
        return [each for each in replays if each.file == self.title]

    def status(self) -> ViewStatus:
        """Ask the player."""
        player = self.player
        speed = None if math.isinf(player.speed) else player.speed
        failures = tuple(str(each) for each in player.failures)
        return ViewStatus(
            player.position, player.sent, speed, player.achieved_speed, player.lateness, self._state(), failures
        )

    def play(self) -> None:
        """Start the player, or let it go on."""
        if self._state() == "ready":
            self.player.start()
        else:
            self.player.resume()

    def pause(self) -> None:
        """Hold media time."""
        self.player.pause()

    def stop(self) -> None:
        """Send no more."""
        self.player.stop()

    def seek(self, to: float) -> None:
        """Go on at media second `to`; a player that was not started begins there."""
        if self._state() == "ready":
            self.player.start(at=to)
        else:
            self.player.seek(to)

    def set_speed(self, speed: float) -> None:
        """Run at another speed."""
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
    """A player of what is live: nobody knows yet how long it will be, and there is nothing to play back."""

    seekable = False
    missing_reason = "It is being recorded: there is a medium to play when it has ended."

    def __init__(self, player: Player, recording: Recording) -> None:
        super().__init__(player, recording)
        self.recording = None
        self.recorder = getattr(player.source, "widget", None)

    @property
    def duration(self) -> float:
        """The next half minute, so that the time axis does not grow with every look."""
        return DURATION_STEP_S * (1 + self.player.sent // DURATION_STEP_S)

    @duration.setter
    def duration(self, _: float) -> None:
        """It is not told, it grows."""


class FinishedSource:
    """What has ended: nothing is sent any more, so nothing can be asked of it."""

    accepts_commands = False
    seekable = False
    control_url = ""
    recorder: Any = None

    def play(self) -> None:
        """Refuse."""
        raise _ended_error("play")

    def pause(self) -> None:
        """Refuse."""
        raise _ended_error("pause")

    def stop(self) -> None:
        """Refuse."""
        raise _ended_error("stop")

    def seek(self, to: float) -> None:
        """Refuse."""
        raise _ended_error("seek", to)

    def set_speed(self, speed: float) -> None:
        """Refuse."""
        raise _ended_error("speed", speed)


class ReplaySource(FinishedSource):
    """Finished replays of one recording, or a recording alone. Nothing is sent any more.

    Parameters
    ----------
    recording : Recording or None
        None looks for the file that the replays name.
    replays : sequence of Replay
        What is shown.
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
        """All of them."""
        return self._replays

    def status(self) -> ViewStatus:
        """It has ended."""
        return ViewStatus(self.duration, self.duration, 1.0, math.nan, math.nan, "ended", self._notices)

    @cached_property
    def _notices(self) -> tuple[str, ...]:
        return tuple(str(notice) for replay in self._replays for notice in replay.notices())


class RunRecordingSource(FinishedSource):
    """A recording of a run over a dataset. Its messages are read when somebody looks at it, and not before.

    Parameters
    ----------
    run : Archive
        The run.
    row : str
        Name of its row.
    title : str
        Name of the recording.
    duration : float
        In seconds; NaN where nothing is known yet.
    status : str
        "done", "done, with notices", "failed" or "waiting".
    sentence : str
        What went wrong, or is to be known, or "".
    """

    def __init__(self, run: RunProtocol, row: str, title: str, duration: float, status: str, sentence: str) -> None:
        self._run, self._row, self._run_status, self._sentence = run, row, status, sentence
        self.title = title
        self.duration = 0.0 if math.isnan(duration) else duration

    @property
    def recording(self) -> Recording | None:
        """The file, if it is still where it was."""
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
        """What came back."""
        return () if self._replay_source is None else self._replay_source.replays()

    def status(self) -> ViewStatus:
        """Say how it went, without reading it."""
        done = self._run_status.startswith("done")
        sent = self.duration if done else 0.0
        failures = (self._sentence,) if self._sentence else ()
        return ViewStatus(sent, sent, 1.0, math.nan, math.nan, "ended" if done else self._run_status, failures)


def group_sources(sources: Sequence[Viewable]) -> list[ViewSource]:
    """Group what is to be shown: a player for itself, replays with their recording, a run recording by recording.

    Raises
    ------
    SettingsError
        There is nothing to show, or something that is no player, replay or recording.
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
            # Only the last part is compared: a dataset may have moved since it was replayed.
            groups.setdefault(Path(each.file).name, []).append(each)
        elif not isinstance(each, Player | Recording | RunProtocol):
            raise SettingsError(
                setting="sources", value=each, rule="live shows players, replays, recordings and runs, nothing else"
            )
    kept: list[ViewSource] = [ReplaySource(recordings.get(name), replays) for name, replays in groups.items()]
    filed = [one for each in sources if isinstance(each, RunProtocol) for one in _run_sources(each)]
    if not players and not kept and not filed:
        raise SettingsError(setting="sources", value=(), rule="name a player, or a replay, to be shown")
    return players + kept + filed


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
