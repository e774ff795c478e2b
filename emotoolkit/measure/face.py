"""Face detection and tracking: place, size, attention and travel. Streaming, on a grid of media time.

Five times a second a detector searches for a frontal face: the boosted cascade of Viola and Jones (2001), as trained by
Lienhart ("alt2") and shipped inside OpenCV 4; nothing is downloaded. In between, 25 times a second, the part of the
face that does not move in talking (forehead, eyes, nose) is matched as a template by normalised cross-correlation
(OpenCV's TM_CCOEFF_NORMED), which is robust to changes of light. Travel is the movement of that part.

Only the largest face is tracked. `head.py` finds nods and shakes in its travel.

Known limits: a face narrower than 1/7 of the picture's shorter side is not found. `TURNED` means that the detector of
frontal faces lost a face which the template still matches; a face that turns to a full profile becomes `ABSENT`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from emotoolkit.measure.cuts import CutDetector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

__all__ = [
    "DETECTION_WEIGHT",
    "OBSERVATIONS_PER_DETECTION",
    "RATE_HZ",
    "Attention",
    "FaceObservation",
    "FaceTracker",
    "HasLuma",
    "is_available",
]

RATE_HZ = 25
"""Observations per second of media time: eight per cycle of the fastest shake."""

OBSERVATIONS_PER_DETECTION = 5
"""Observations from one detection to the next: five detections a second."""

MAX_PIXELS = 320 * 180
"""Pixels of a scaled image at most, of any shape: a face of 1/7 of its height is still found."""

MIN_FACE_PX, MIN_FACE_SHARE = 24, 1 / 7
"""Smallest face that is searched for: pixels of the scaled image, and share of its shorter side."""

EARLY_TOLERANCE_S = 0.006
"""Seconds that a picture may be later than its point on the grid and still be observed there: see `movement.py`."""

SEARCH_MARGIN_WIDTHS = 0.5
"""Widths of a known face that are searched around it."""

MIN_SIZE_RATIO, MAX_SIZE_RATIO = 0.75, 1.4
"""How much smaller or larger a known face may have become."""

DETECTION_WEIGHT = 0.5
"""Weight of a new detection in the running mean of place and size: detected boxes jitter by some pixels."""

TEMPLATE_REGION = (0.2, 0.15, 0.8, 0.65)
"""The part of the face's box that does not move in talking: left, top, right, bottom."""

SEARCH_RADIUS_WIDTHS = 0.2
"""Widths of the face that it may move between observations: 3 Hz and 12 of 124 pixels are 0.07 in 1/25 s."""

MIN_CORRELATION = 0.6
"""Correlation from which on the face is still there, although the detector does not find it."""

MAX_MISSED_DETECTIONS = 1
"""Missed detections before a face is absent: a single lost picture must not count."""

TEMPLATE_REFRESH_CORRELATION = 0.9
"""Correlation below which the template is replaced at the next detection."""

TEMPLATE_REFRESH_RESIZE = 0.03
"""Change of the face's size, as a share, from which on the template is replaced."""


class Attention(Enum):
    """State of the face."""

    UNSEEN = "no face yet"
    FRONTAL = "the detector of frontal faces sees it"
    TURNED = "it is where it was, but the detector of frontal faces does not see it"
    ABSENT = "it was there and is gone"


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """The face at one point of the grid.

    Attributes
    ----------
    time : float
        Seconds of media, a multiple of 1/25.
    attention : Attention
        As of the latest detection.
    x, y : float or None
        Middle of the face, as fractions of the picture's width and height.
    size : float or None
        Width of the face, as a fraction of the picture's width.
    width : float or None
        The same in pixels of the picture as sent.
    right, down : float or None
        Travel since an arbitrary moment, in pixels of the picture as sent. Only differences within one `track` are
        meaningful.
    track : int
        Number of the uninterrupted run of observations of this face.
    cut : bool
        Whether the scene changed since the observation before.
    """

    time: float
    attention: Attention
    x: float | None = None
    y: float | None = None
    size: float | None = None
    width: float | None = None
    right: float | None = None
    down: float | None = None
    track: int = 0
    cut: bool = False


class HasLuma(Protocol):
    """A picture that can give its brightness."""

    def luma(self) -> Image:
        """Return its brightness, shape (height, width)."""


def is_available() -> bool:
    """Whether the detector is installed: OpenCV 5 has neither it nor its training data."""
    try:
        import cv2
    except ImportError:
        return False
    return hasattr(cv2, "CascadeClassifier") and _cascade_path().exists()


class FaceTracker:
    """Track the largest face in a stream of pictures.

    Each observation matches the template first, and every fifth one runs the detector:

    - Without a face, two detections in a row at the same place start a track (`FRONTAL`).
    - With one, a detection at its place confirms it (`FRONTAL`). Without a detection it is `TURNED` as long as the
      template matches; otherwise it is dropped after one missed detection (`ABSENT`).
    - A cut drops the face at once.

    Examples
    --------
    >>> class Black:
    ...     def luma(self):
    ...         return np.zeros((360, 640), np.uint8)
    >>> face = FaceTracker()
    >>> observations = [*face.feed(0.0, Black()), *face.finish(2.0)]
    >>> len(observations), observations[-1].time, observations[-1].attention
    (50, 1.96, <Attention.UNSEEN: 'no face yet'>)
    """

    def __init__(self) -> None:
        self._count = 0
        self._picture: HasLuma | None = None
        self._scaled_image: _ScaledImage | None = None
        self._cut_detector = CutDetector()
        self._candidate: _Box | None = None
        self._tracked: _TrackedFace | None = None
        self._attention = Attention.UNSEEN
        self._tracks = 0

    @cached_property
    def _detector(self) -> _Detector:
        """Loaded for the first picture that is looked at: it takes 80 ms, and a quarter of a megabyte."""
        return _Detector()

    def feed(self, time: float, picture: HasLuma) -> list[FaceObservation]:
        """Add the next picture, shown from `time` seconds on. Returns the observations before `time`, in order."""
        observations = self.finish(time)
        self._picture, self._scaled_image = picture, None
        return observations

    def finish(self, end: float) -> list[FaceObservation]:
        """Observe the latest picture up to `end` seconds. Returns what `feed` returns."""
        observations = []
        while self._count / RATE_HZ + EARLY_TOLERANCE_S < end:
            observations.append(self._observe())
            self._count += 1
        return observations

    def _observe(self) -> FaceObservation:
        time = self._count / RATE_HZ
        if self._picture is None:
            return FaceObservation(time, self._attention)
        if self._scaled_image is None:  # scaled once per picture, which may be observed several times
            self._scaled_image = _scale_down(self._picture.luma())
        scaled = self._scaled_image
        cut = self._cut_detector.is_cut(scaled.image)
        if cut:
            self._drop()
        elif self._tracked is not None:
            self._tracked.follow(scaled.image)
        if self._count % OBSERVATIONS_PER_DETECTION == 0:
            self._detect(scaled.image)
        return self._observation(time, scaled, cut=cut)

    def _detect(self, image: Image) -> None:
        tracked = self._tracked
        found = self._detector.find(image, None if tracked is None else tracked.box)
        if tracked is None:
            confirmed = found is not None and self._candidate is not None and found.overlaps(self._candidate)
            self._candidate = found
            if found is not None and confirmed:
                self._tracks += 1
                self._tracked = _TrackedFace(image, found)
                self._attention = Attention.FRONTAL
        elif found is not None and found.overlaps(tracked.box):
            tracked.confirm(image, found)
            self._attention = Attention.FRONTAL
        elif tracked.correlation >= MIN_CORRELATION:
            self._attention, tracked.missed_detections = Attention.TURNED, 0
        elif tracked.missed_detections < MAX_MISSED_DETECTIONS:
            tracked.missed_detections += 1
        else:
            self._drop()
            self._candidate = found

    def _drop(self) -> None:
        if self._tracked is not None:
            self._attention = Attention.ABSENT
        self._tracked = self._candidate = None

    def _observation(self, time: float, scaled: _ScaledImage, *, cut: bool) -> FaceObservation:
        tracked = self._tracked
        if tracked is None:
            return FaceObservation(time, self._attention, cut=cut)
        height, width = scaled.image.shape
        box = tracked.box
        return FaceObservation(
            time,
            self._attention,
            x=box.x / width,
            y=box.y / height,
            size=box.width / width,
            width=box.width / scaled.scale,
            right=tracked.right / scaled.scale,
            down=tracked.down / scaled.scale,
            track=self._tracks,
            cut=cut,
        )


# Scaling


class _ScaledImage(NamedTuple):
    """A picture of at most `MAX_PIXELS` pixels, and its scale relative to the original."""

    image: Image
    scale: float


def _scale_down(luma: Image) -> _ScaledImage:
    import cv2

    height, width = luma.shape
    scale = min(1.0, math.sqrt(MAX_PIXELS / (width * height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = (
        np.ascontiguousarray(luma) if size == (width, height) else cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    )
    return _ScaledImage(np.asarray(image, np.uint8), scale)


# Detection


def _cascade_path() -> Path:
    import cv2

    return Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"


class _Box(NamedTuple):
    """A face's middle and its width (and height: the detector's boxes are square), in pixels of a scaled image."""

    x: float
    y: float
    width: float

    def overlaps(self, other: _Box) -> bool:
        """Whether it may be the same face: middles less than half a width apart, sizes similar."""
        distance = max(abs(self.x - other.x), abs(self.y - other.y))
        ratio = self.width / other.width
        return distance < min(self.width, other.width) / 2 and 1 / MAX_SIZE_RATIO < ratio < MAX_SIZE_RATIO

    def region(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Compute the corners of a part of the box, given in shares of it."""
        x, y = self.x - self.width / 2, self.y - self.width / 2
        return x + left * self.width, y + top * self.width, x + right * self.width, y + bottom * self.width


class _Detector:
    """Find the largest frontal face of an image."""

    def __init__(self) -> None:
        import cv2

        # Sessions run in parallel already, and only in one thread is the order of boxes deterministic.
        cv2.setNumThreads(1)
        self._cascade = cv2.CascadeClassifier(str(_cascade_path()))

    def find(self, image: Image, known: _Box | None) -> _Box | None:
        """Search around a known face in small steps of size; otherwise, or in vain, everywhere in larger steps."""
        found = None if known is None else self._find_near(image, known)
        return found or self._find_in(image, 0, 0, 1.2, max(MIN_FACE_PX, round(MIN_FACE_SHARE * min(image.shape))), 0)

    def _find_near(self, image: Image, known: _Box) -> _Box | None:
        left, top, right, bottom = known.region(
            -SEARCH_MARGIN_WIDTHS, -SEARCH_MARGIN_WIDTHS, 1 + SEARCH_MARGIN_WIDTHS, 1 + SEARCH_MARGIN_WIDTHS
        )
        x, y = max(0, round(left)), max(0, round(top))
        part = image[y : max(0, round(bottom)), x : max(0, round(right))]
        return self._find_in(part, x, y, 1.1, round(MIN_SIZE_RATIO * known.width), round(MAX_SIZE_RATIO * known.width))

    def _find_in(self, image: Image, x: int, y: int, step: float, min_size: int, max_size: int) -> _Box | None:
        if min(image.shape) < max(min_size, MIN_FACE_PX):
            return None
        boxes = self._cascade.detectMultiScale(
            np.ascontiguousarray(image), step, 3, 0, (min_size, min_size), (max_size, max_size)
        )
        if not len(boxes):
            return None
        left, top, width, height = (int(value) for value in max(map(tuple, boxes), key=lambda box: (box[2], box)))
        return _Box(x + left + width / 2, y + top + height / 2, width)


# Tracking


class _TrackedFace:
    """A face that is tracked: its box, its travel and its template."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.box = box
        self.right = self.down = 0.0
        self.correlation = 1.0
        self.missed_detections = 0
        self._template = _Template(image, box)
        self._template_origin = (0.0, 0.0)

    def follow(self, image: Image) -> None:
        """Match the template in the next image, and move the box with it."""
        expected = self.right - self._template_origin[0], self.down - self._template_origin[1]
        right, down, self.correlation = self._template.match(image, *expected)
        if self.correlation < MIN_CORRELATION:
            return  # hidden or gone, which the next detection decides
        right, down = self._template_origin[0] + right, self._template_origin[1] + down
        self.box = _Box(self.box.x + right - self.right, self.box.y + down - self.down, self.box.width)
        self.right, self.down = right, down

    def confirm(self, image: Image, found: _Box) -> None:
        """Update the box with a detection, and replace the template if the face has changed."""
        self.missed_detections = 0
        self.box = _Box(*(old + DETECTION_WEIGHT * (new - old) for old, new in zip(self.box, found, strict=True)))
        if (
            self.correlation < TEMPLATE_REFRESH_CORRELATION
            or abs(self.box.width / self._template.width - 1) > TEMPLATE_REFRESH_RESIZE
        ):
            self._template = _Template(image, self.box)
            self._template_origin = self.right, self.down
            self.correlation = 1.0


class _Template:
    """The part of a face that is matched in later images."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.width = box.width
        left, top, right, bottom = box.region(*TEMPLATE_REGION)
        height, width = image.shape
        self._left, self._top = max(0, round(left)), max(0, round(top))
        self._image = image[self._top : min(height, round(bottom)), self._left : min(width, round(right))].copy()
        self._radius = max(2, math.ceil(SEARCH_RADIUS_WIDTHS * box.width))
        # The peak of a correlation is not quite symmetrical; its offset in the template's own image is subtracted.
        self._right = self._down = 0.0
        self._right, self._down, _ = self.match(image, 0.0, 0.0)

    def match(self, image: Image, right: float, down: float) -> tuple[float, float, float]:
        """Match it near the expected offset. Returns offset to the right, offset down (px), and correlation."""
        import cv2

        rows, columns = self._image.shape
        height, width = image.shape
        if min(rows, columns) < 4 or rows > height or columns > width:  # noqa: PLR2004 - too small to match
            return right, down, 0.0
        first_x, last_x = _search_range(self._left + round(right), self._radius, columns, width)
        first_y, last_y = _search_range(self._top + round(down), self._radius, rows, height)
        correlation = cv2.matchTemplate(image[first_y:last_y, first_x:last_x], self._image, cv2.TM_CCOEFF_NORMED)
        row, column = (int(at) for at in np.unravel_index(int(np.argmax(correlation)), correlation.shape))
        best = float(correlation[row, column])
        if not math.isfinite(best):
            return right, down, 0.0
        return (
            first_x + column + _parabola_peak(correlation[row], column) - self._left - self._right,
            first_y + row + _parabola_peak(correlation[:, column], row) - self._top - self._down,
            best,
        )


def _search_range(expected: int, radius: int, length: int, limit: int) -> tuple[int, int]:
    """Compute the range within `limit` to search for something of `length` that is `expected` to begin there."""
    expected = min(max(expected, 0), limit - length)
    return max(0, expected - radius), min(limit, expected + length + radius)


def _parabola_peak(values: NDArray[Any], at: int) -> float:
    """Compute the offset of a peak, −0.5 to 0.5, by the parabola through it and its neighbours."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, peak, after = (float(value) for value in values[at - 1 : at + 2])
    curvature = before - 2 * peak + after
    return (before - after) / (2 * curvature) if curvature < 0 else 0.0
