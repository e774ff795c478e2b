"""Uploading: a recording as a file, all at once, through the sibling of an API that takes files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from emotoolkit.recording import Recording

if TYPE_CHECKING:
    import os

    from emotoolkit.replayed import Replay

__all__ = ["Uploads", "upload"]


class Uploads(Protocol):
    """Settings of an API that also takes whole files."""

    def upload(self, recording: Recording, journal: Path | None = None) -> Replay:
        """Have a recording analysed as a file; returns when the answer is there. `journal` is a folder."""


def upload(
    recording: Recording | str | os.PathLike[str], api: Uploads, *, journal: str | os.PathLike[str] | None = None
) -> Replay:
    """Have a recording analysed as a file instead of a stream, and wait for the answer.

    Nothing is paced: times in the tables are media time, and latencies mean nothing. What a stream and a file of the
    same recording give can be compared row by row.

    Parameters
    ----------
    recording : Recording, str or path
        What is analysed.
    api : EmotionLogic or Interhuman
        Through what. Where the API's files are taken at another address than its streams, that is its `url`.
    journal : str, path or None
        Folder for the journal; None takes a temporary one that is not removed.

    Returns
    -------
    Replay
        The same tables as of a replay.

    Raises
    ------
    RecordingError, SettingsError, ReplayError
        As `replay` does.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> voice = upload("datasets/sample/talk.wav", emo.EmotionLogic())
    >>> voice.segments.index.names
    FrozenList(['file', 'start', 'end'])
    """
    chosen = recording if isinstance(recording, Recording) else Recording(recording)
    return api.upload(chosen, None if journal is None else Path(journal))
