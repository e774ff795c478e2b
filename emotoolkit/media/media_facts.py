"""Facts of a recording, a clip or a live recording, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from emotoolkit.media.sound_tally import SoundTally
    from emotoolkit.media.tracks import AudioTrack, UnusedTrack, VideoTrack

__all__ = ["MediaFacts", "Opening"]


@dataclass(frozen=True)
class Opening:
    """How FFmpeg opens a file: the name of its format, None where it finds that out, and options of that format."""

    format: str | None = None
    options: tuple[tuple[str, str], ...] = ()


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
    unused : tuple of UnusedTrack
        The file's other tracks, with the reason where one cannot be taken.
    is_estimated : bool
        Whether the duration is estimated: neither the header tells it, nor could it be counted quickly.
    promised : float or None
        Seconds by the header, where the file has more or less; None where they agree.
    gain : float
        Factor by which all samples are multiplied when they are read.
    opening : Opening
        How FFmpeg opens the file.
    tally : SoundTally or None
        What counts the samples that are read; None: nothing does.
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
    unused: tuple[UnusedTrack, ...] = ()
    is_estimated: bool = False
    promised: float | None = None
    gain: float = 1.0
    opening: Opening = field(default=Opening(), compare=False)
    tally: SoundTally | None = field(default=None, compare=False)

    @property
    def length(self) -> float:
        """Seconds of media in it."""
        return self.duration - self.begin

    @property
    def left_out(self) -> list[str]:
        """The file's tracks that cannot be taken, each with the reason; a single picture is none that is missed."""
        return [each.text for each in self.unused if each.why not in {"", "single picture"}]

    def as_keywords(self) -> dict[str, Any]:
        """Return the facts as keywords for another `MediaFacts`."""
        return {each.name: getattr(self, each.name) for each in fields(MediaFacts)}

    def counted_by(self, tally: SoundTally) -> Self:
        """Return the same medium, whose samples are counted by a tally when they are read."""
        same = object.__new__(type(self))
        MediaFacts.__init__(same, **{**self.as_keywords(), "tally": tally})
        return same
