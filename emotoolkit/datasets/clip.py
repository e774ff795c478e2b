"""A row of a dataset as something to replay: a file, fetched if it is elsewhere, or a stretch of one."""

from __future__ import annotations

import copy
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.datasets.manifest import is_remote
from emotoolkit.errors import NoSuchFile
from emotoolkit.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Clip", "fetched", "seconds"]


@dataclass(frozen=True, init=False, repr=False)
class Clip(Recording):
    """A stretch of a recording, under the name that it has in a dataset. Times are those of the whole file.

    Its sound ends exactly at its end; pictures, which are sent in messages of seconds, with the message it lies in.

    Parameters
    ----------
    path : path
        The file.
    name : str
        Its name in the dataset: `file` in every table.
    start, end : float or None
        Media seconds of the file at which the clip begins and ends; None is the file's own.

    Attributes
    ----------
    begin : float
        Media second at which the clip begins; it ends at `duration`.

    Raises
    ------
    RecordingError, SettingsError
        It cannot be opened; the stretch is not in it.

    Examples
    --------
    >>> from pathlib import Path
    >>> clip = Clip(Path("datasets/sample/talk.wav"), "talk.wav", 5.0, 7.5)
    >>> clip.file, clip.begin, clip.duration, clip.length
    ('talk.wav', 5.0, 7.5, 2.5)
    """

    begin: float = field(default=0.0)

    def __init__(self, path: Path, name: str, start: float | None = None, end: float | None = None) -> None:
        try:
            super().__init__(path)
        except NoSuchFile as problem:
            raise NoSuchFile(file=name, folder=problem.folder) from None
        begin, last = self.window(start or 0.0, end)
        for known, value in {"file": name, "begin": begin, "duration": last}.items():
            object.__setattr__(self, known, value)

    @property
    def length(self) -> float:
        """Seconds of media in the clip."""
        return self.duration - self.begin

    @property
    def alone(self) -> Recording:
        """The clip as a recording of its own length, for whoever asks only whether it is long enough."""
        facts = copy.copy(self)
        object.__setattr__(facts, "duration", self.length)
        return facts

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound from media second `start` up to the clip's end, block by block; see `Recording.blocks`."""
        rate = 0 if self.audio is None else self.audio.sampling_rate
        left = round(self.duration * rate) - round(start * rate)
        for block in super().blocks(start):
            yield block[:left]
            left -= len(block)
            if left <= 0:
                return


@contextmanager
def fetched(file: str) -> Iterator[Path]:
    """Give a file as a path of this machine; one from elsewhere is copied, and removed afterwards.

    Raises
    ------
    NoSuchFile
        There is nothing at that address.
    """
    if not is_remote(file):
        yield Path(file)
        return
    import fsspec

    with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder:
        here = Path(folder) / PurePosixPath(file).name
        try:
            with fsspec.open(file, "rb") as there, here.open("wb") as copied:
                shutil.copyfileobj(there, copied)
        except FileNotFoundError:
            raise NoSuchFile(file=file, folder=file.rpartition("/")[0]) from None
        yield here


def seconds(time: pd.Timedelta | float | None) -> float | None:
    """A time of a manifest in seconds; None where it says nothing.

    Examples
    --------
    >>> seconds(pd.Timedelta("1.5s")), seconds(pd.NaT)
    (1.5, None)
    """
    if time is None or pd.isna(time):
        return None
    return time.total_seconds() if isinstance(time, pd.Timedelta) else float(time)
