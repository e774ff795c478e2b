"""What a view watches, a player or replays that are kept: where it is, what went wrong, what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.errors import NoSuchFile, RecordingError, SettingsError
from emotoolkit.player import Player
from emotoolkit.recording import Recording
from emotoolkit.replayed import Replay

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Kept", "Now", "Played", "Source", "Watched", "watched"]

HALF_MINUTE = 30.0
"""Seconds by which the time axis of what is live grows."""

Source = Player | Replay | Recording
"""What `live` takes."""


@dataclass(frozen=True, slots=True)
class Now:
    """Where a replay is. Times in seconds; `speed` None is as fast as it goes; NaN where nothing was sent yet."""

    position: float
    sent: float
    speed: float | None
    achieved: float
    lateness: float
    state: str
    """"ready", "opening", "playing", "paused" or "ended"."""
    failures: tuple[str, ...]

    @property
    def playing(self) -> bool:
        """Whether media time runs."""
        return self.state == "playing"


class Watched(Protocol):
    """One recording on its way through some APIs, or after it."""

    title: str
    duration: float
    recording: Recording | None
    gone: str
    """Why there is no recording."""
    recorder: Any
    """The view of the devices of what is live; None without one."""
    live: bool
    """Whether anything can be asked of it."""

    def replays(self) -> Sequence[Replay]:
        """What has arrived until now, one per API."""

    def now(self) -> Now:
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


class Played:
    """One recording of a player, before, while and after it plays."""

    live = True
    gone = ""
    recorder: Any = None

    def __init__(self, player: Player, recording: Recording) -> None:
        self.player = player
        self.recording: Recording | None = recording
        self.title = recording.file
        self.duration = recording.duration

    def replays(self) -> Sequence[Replay]:
        """What has arrived until now, one per API; nothing before a replay has begun."""
        replays = [each for each in self.player.replays if each.records]
        return [each for each in replays if each.file == self.title]

    def now(self) -> Now:
        """Ask the player."""
        player = self.player
        speed = None if math.isinf(player.speed) else player.speed
        failures = tuple(str(each) for each in player.failures)
        return Now(player.position, player.sent, speed, player.achieved_speed, player.lateness, self._state(), failures)

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


class Happening(Played):
    """A player of what is live: nobody knows yet how long it will be, and there is nothing to play back."""

    gone = "It is being recorded: there is a medium to play when it has ended."

    def __init__(self, player: Player, recording: Recording) -> None:
        super().__init__(player, recording)
        self.recording = None
        self.recorder = getattr(player.source, "widget", None)

    @property
    def duration(self) -> float:
        """The next half minute, so that the time axis does not grow with every look."""
        return HALF_MINUTE * (1 + self.player.sent // HALF_MINUTE)

    @duration.setter
    def duration(self, _: float) -> None:
        """It is not told, it grows."""


class Kept:
    """Finished replays of one recording, or a recording alone. Nothing is sent any more.

    Parameters
    ----------
    recording : Recording or None
        None looks for the file that the replays name.
    replays : sequence of Replay
        What is shown.
    """

    live = False
    recorder: Any = None

    def __init__(self, recording: Recording | None, replays: Sequence[Replay]) -> None:
        self._replays = tuple(replays)
        self.gone = ""
        self.recording = recording
        if recording is None:
            self.recording, self.gone = _found(self._replays[0].file)
        self.title = self._replays[0].file if self.recording is None else self.recording.file
        told = [each.duration for each in self._replays]
        self.duration = max(told) if self.recording is None else self.recording.duration

    def replays(self) -> Sequence[Replay]:
        """All of them."""
        return self._replays

    def now(self) -> Now:
        """It has ended."""
        return Now(self.duration, self.duration, 1.0, math.nan, math.nan, "ended", ())

    def play(self) -> None:
        """Refuse."""
        raise self._refusal("play")

    def pause(self) -> None:
        """Refuse."""
        raise self._refusal("pause")

    def stop(self) -> None:
        """Refuse."""
        raise self._refusal("stop")

    def seek(self, to: float) -> None:
        """Refuse."""
        raise self._refusal("seek", to)

    def set_speed(self, speed: float) -> None:
        """Refuse."""
        raise self._refusal("speed", speed)

    def _refusal(self, what: str, value: object = None) -> SettingsError:
        return SettingsError(setting=what, value=value, rule="this replay has ended; make a Player to replay again")


def watched(sources: Sequence[Source]) -> list[Watched]:
    """Group what is to be shown: a player for itself, replays with their recording.

    Raises
    ------
    SettingsError
        There is nothing to show, or something that is no player, replay or recording.
    """
    players: list[Watched] = [
        Played(each, recording) if each.source is None else Happening(each, recording)
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
        elif not isinstance(each, Player | Recording):
            raise SettingsError(
                setting="sources", value=each, rule="live shows players, replays and recordings, nothing else"
            )
    kept: list[Watched] = [Kept(recordings.get(name), replays) for name, replays in groups.items()]
    if not players and not kept:
        raise SettingsError(setting="sources", value=(), rule="name a player, or a replay, to be shown")
    return players + kept


def _found(file: str) -> tuple[Recording | None, str]:
    try:
        return Recording(file), ""
    except NoSuchFile:
        return None, f"{file} is not there any more: the timeline works without sound and pictures."
    except RecordingError as problem:
        return None, f"{problem} The timeline works without sound and pictures."
