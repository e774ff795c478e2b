"""Clip: a part of a recording, named as in its dataset. Sending processes import this, so it must not import pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from emotoolkit.errors import NoSuchFile
from emotoolkit.media.media_facts import MediaFacts
from emotoolkit.media.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Clip"]

SampleT = TypeVar("SampleT", bound="np.number[Any]")


class Clip(Recording):
    """A part of a recording, under the name that it has in a dataset. Times are those of the whole file.

    Its sound ends exactly at its end; its pictures, sent in messages of some seconds, with the message that holds it.

    Parameters
    ----------
    path : path
        The file.
    name : str
        Its name in the dataset: `file` in every table.
    start, end : float or None
        Media seconds of the file at which the clip begins and ends; None: where the file does.

    Attributes
    ----------
    begin, duration : float
        Media seconds of the file at which the clip begins and ends, since times are those of the whole file.
    length : float
        Seconds of media in the clip.
    until : float or None
        Media second at which it was set to end; None where it ends with the file, which may differ from its header.

    Raises
    ------
    RecordingError, SettingsError
        The file cannot be opened; the clip is not within it.

    Examples
    --------
    >>> from pathlib import Path
    >>> clip = Clip(Path("datasets/sample/talk.wav"), "talk.wav", 5.0, 7.5)
    >>> clip.file, clip.begin, clip.duration, clip.length
    ('talk.wav', 5.0, 7.5, 2.5)
    """

    def __init__(self, path: Path, name: str, start: float | None = None, end: float | None = None) -> None:
        try:
            whole = Recording(path)
        except NoSuchFile:
            raise NoSuchFile(file=str(path), folder="") from None  # its dataset says what it is relative to
        begin, last = whole.window(start or 0.0, end)
        part = {"file": name, "duration": last, "begin": begin, "until": last if last < whole.duration else None}
        MediaFacts.__init__(self, **{**whole.as_keywords(), **part})

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound from media second `start` up to the clip's end, block by block; see `Recording.blocks`."""
        return self._up_to_end(super().blocks(start), start)

    def pcm16(self, start: float = 0.0) -> Iterator[NDArray[np.int16]] | None:
        """Read the sound up to the clip's end as stored 16-bit samples; see `Recording.pcm16`."""
        stored = super().pcm16(start)
        return None if stored is None else self._up_to_end(stored, start)

    def _up_to_end(self, blocks: Iterator[NDArray[SampleT]], start: float) -> Iterator[NDArray[SampleT]]:
        if self.until is None or self.audio is None:
            yield from blocks
            return
        rate = self.audio.sampling_rate
        left = round(self.duration * rate) - round(start * rate)
        for block in blocks:
            yield block[:left]
            left -= len(block)
            if left <= 0:
                return
