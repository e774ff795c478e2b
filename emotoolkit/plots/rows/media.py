"""Rows of a recording: its pictures, its waveform, its loudness.

An `Unread…` row reads the file, which may happen in another thread; the row that it returns is drawn. Where the file is
gone, that is a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from emotoolkit.errors import NoSuchFile
from emotoolkit.plots.rows.base import TextRow, set_y_names, text_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording

__all__ = ["LoudnessRow", "PicturesRow", "UnreadLoudness", "UnreadPictures", "UnreadWaveform", "WaveformRow"]

STRIP_WIDTH_INCHES = 7.7
"""Width of a strip of pictures in inches: what the layout leaves between the names on the left and the legends."""

PICTURE_HEIGHT_PX = 144
"""Height in pixels to which a picture is scaled: twice its height on a screen, for print."""

MAX_POINTS = 2000
"""Points of the waveform over the width of a plot, at most: more than it has pixels."""

MIN_LOUDNESS_DBFS = -80.0
"""Lower end of a loudness row in dBFS: below it is the noise of a quiet room."""

FILE_MISSING_TEXT = "the recording's file is not there any more"


@dataclass(frozen=True)
class UnreadPictures:
    """A strip of pictures of a recording, each the key picture at or before the middle of its place."""

    recording: Recording
    view: tuple[float, float]
    height: ClassVar[float] = 0.72

    def read(self) -> PicturesRow | TextRow:
        """Read as many pictures as fit."""
        assert self.recording.video is not None
        start, end = self.view
        width, height = self.recording.video.display_size
        count = max(1, int(STRIP_WIDTH_INCHES * height / (self.height * width)))
        places = start + (np.arange(count) + 0.5) * (end - start) / count
        try:
            images = self.recording.images(count, PICTURE_HEIGHT_PX, start, end)
        except NoSuchFile:
            return TextRow(FILE_MISSING_TEXT)
        return PicturesRow([(float(place), pixels) for place, (_, pixels) in zip(places, images, strict=False)])


@dataclass(frozen=True)
class PicturesRow:
    """Pictures, each with the media time in seconds at which it is placed."""

    images: list[tuple[float, NDArray[np.uint8]]]
    height: ClassVar[float] = UnreadPictures.height

    def draw(self, ax: Axes) -> None:
        """Draw the pictures, with their aspect ratio kept."""
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        for place, pixels in self.images:
            image = OffsetImage(pixels, zoom=self.height * 72 / PICTURE_HEIGHT_PX)
            box = AnnotationBbox(image, (place, 0.5), frameon=False, pad=0, annotation_clip=True)
            box.set_in_layout(False)
            ax.add_artist(box)
        ax.set_ylim(0, 1)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)


@dataclass(frozen=True)
class UnreadWaveform:
    """The lowest and the highest sample of a recording at each point of time."""

    recording: Recording
    view: tuple[float, float]
    height: ClassVar[float] = 0.8

    def read(self) -> WaveformRow | TextRow:
        """Read all samples, and keep the extremes of each point."""
        if self.recording.audio is None:
            return TextRow("no sound")
        try:
            return WaveformRow(*self.recording.envelope(_point_count(self.recording, self.view), *self.view))
        except NoSuchFile:
            return TextRow(FILE_MISSING_TEXT)


@dataclass(frozen=True)
class WaveformRow:
    """Times in seconds, with the lowest and the highest sample at each; the loudest sample fills the height."""

    times: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    height: ClassVar[float] = UnreadWaveform.height

    def draw(self, ax: Axes) -> None:
        """Draw one area."""
        ax.fill_between(self.times, self.low, self.high, color=text_colour(), alpha=0.75, linewidth=0.4)
        # At least 1 %, so that the noise of a silent recording does not fill the height.
        top = 1.05 * max(float(np.abs([self.low, self.high]).max()), 0.01)
        ax.set_ylim(-top, top)
        set_y_names(ax, [0], ["sound"])


@dataclass(frozen=True)
class UnreadLoudness:
    """The loudness of a recording at each point of time: root mean square in dBFS, over all channels."""

    recording: Recording
    view: tuple[float, float]
    height: ClassVar[float] = 0.8

    def read(self) -> LoudnessRow | TextRow:
        """Read all samples, and keep the level of each point."""
        if self.recording.audio is None:
            return TextRow("no sound")
        try:
            return LoudnessRow(*self.recording.loudness(_point_count(self.recording, self.view) // 4 + 1, *self.view))
        except NoSuchFile:
            return TextRow(FILE_MISSING_TEXT)


@dataclass(frozen=True)
class LoudnessRow:
    """Times in seconds, with the level in dBFS at each."""

    times: NDArray[np.float64]
    levels: NDArray[np.float64]
    height: ClassVar[float] = UnreadLoudness.height

    def draw(self, ax: Axes) -> None:
        """Draw one area, from the lowest level up."""
        ax.fill_between(
            self.times,
            MIN_LOUDNESS_DBFS,
            np.maximum(self.levels, MIN_LOUDNESS_DBFS),
            color=text_colour(),
            alpha=0.75,
            linewidth=0,
        )
        ax.set_ylim(MIN_LOUDNESS_DBFS, 0)
        ax.set_yticks([MIN_LOUDNESS_DBFS, MIN_LOUDNESS_DBFS / 2, 0])
        ax.set_ylabel("dBFS", fontsize="small")


def _point_count(recording: Recording, view: tuple[float, float]) -> int:
    """Return the number of points to draw: never more than there are samples."""
    assert recording.audio is not None
    return max(1, min(MAX_POINTS, int((view[1] - view[0]) * recording.audio.sampling_rate)))
