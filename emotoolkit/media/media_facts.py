"""Facts of a recording, a clip or a live recording, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.media.header import AudioTrack, VideoTrack

__all__ = ["MediaFacts"]


@dataclass(frozen=True, kw_only=True, repr=False)
class MediaFacts:
    """Facts of a medium. Two media of one class are equal if these are, wherever their files are.

    Attributes
    ----------
    file : str
        Its name in tables.
    path : pathlib.Path
        Absolute path of the file.
    duration : float
        Media second at which it ends.
    container : str
        Short name of the container format.
    audio : AudioTrack or None
        The sound.
    video : VideoTrack or None
        The pictures.
    origin : float
        Seconds on the container's own clock at which media time begins.
    begin : float
        Media second at which it begins: 0, except for a clip.
    until : float or None
        Media second at which it was set to end; None where it ends with the file, which may differ from its header.
    """

    file: str
    path: Path = field(compare=False)
    duration: float
    container: str
    audio: AudioTrack | None
    video: VideoTrack | None
    origin: float = field(compare=False)
    begin: float = 0.0
    until: float | None = None

    @property
    def length(self) -> float:
        """Seconds of media in it."""
        return self.duration - self.begin
