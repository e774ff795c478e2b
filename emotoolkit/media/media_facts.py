"""What is known of a medium, as a value: of a recording, a clip of one, or one that is still being made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.media.header import AudioTrack, VideoTrack

__all__ = ["MediaFacts"]


@dataclass(frozen=True, kw_only=True, repr=False)
class MediaFacts:
    """Facts of a medium; two media of one class are equal if these are, wherever their files lie.

    Attributes
    ----------
    file : str
        The name under which it is in the tables.
    path : pathlib.Path
        Where the file is, absolute.
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
        Media second at which it begins: 0, but for a clip.
    until : float or None
        Media second before which it was told to end; None where it ends with the file, whatever the header promises.
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
