"""One recording through one API from beginning to end, in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.replays import assignments
from emotoolkit.replays.player import Player

if TYPE_CHECKING:
    import os

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.replays.assignments import RecordingLike
    from emotoolkit.replays.result import Replay

__all__ = ["replay"]


def replay(
    recording: RecordingLike,
    api: Api,
    *,
    speed: float = 1.0,
    catch_up: float = 1.0,
    journal: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Replay:
    """Replay a recording through an API and wait for the end.

    Parameters
    ----------
    recording : Recording, str or path
        What is replayed.
    api : EmotionLogic, Interhuman, or an API that another package brings
        Through what.
    speed : float
        Media seconds per second, from 0.25; 1.0 is real time, `math.inf` as fast as the server takes it.
    catch_up : float
        How many times faster to play after a stall until it is caught up, from 1 (not at all) to 1.1.
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
        As `Player` and `Player.wait` do; also if it is several recordings or APIs.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> voice = replay("datasets/sample/talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
    >>> voice.segments.index.names
    FrozenList(['file', 'start', 'end'])
    """
    assignments.check_single(recording, api)
    return Player(recording, api, speed=speed, catch_up=catch_up, journal=journal).start().wait(progress=progress)[0]
