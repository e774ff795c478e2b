"""Face: where it is, how large, whether it looks at the camera, and how it moves. Streaming, on a grid of media time.

Five times a second a detector looks for a frontal face: the boosted cascade of Viola and Jones (2001), as trained by
Lienhart ("alt2") and shipped inside OpenCV 4; nothing is downloaded. In between, 25 times a second, the part of the
face that talking does not move (forehead, eyes, nose) is found again by normalised cross-correlation (OpenCV's
TM_CCOEFF_NORMED), which changes of light do not disturb. Travel is what that part moved.

Only the largest face is followed. What the movements mean is not said here; `head.py` finds nods and shakes in them.

Known limits: a face narrower than 1/7 of the picture's shorter side is not found. Turned means that the detector of
frontal faces lost a face which still looks as before; a face that turns to a full profile becomes absent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

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
"""Looks per second of media time: eight per cycle of the fastest shake."""

OBSERVATIONS_PER_DETECTION = 5
"""Looks from one search for a face to the next: five searches a second."""

MAX_PIXELS = 320 * 180
"""Pixels that a look has at most, whatever the picture's shape: a face of 1/7 of its height is found in it."""

MIN_FACE_PX, MIN_FACE_SHARE = 24, 1 / 7
"""Smallest face that is searched for: pixels of a look, and share of its shorter side."""

EARLY_TOLERANCE_S = 0.006
"""Seconds that a picture may come after its moment on the grid and still be the one seen there: see `movement.py`."""

SEARCH_MARGIN_WIDTHS = 0.5
"""Widths of a known face that are searched around it."""

MIN_SIZE_RATIO, MAX_SIZE_RATIO = 0.75, 1.4
"""How much smaller or larger a known face may have become."""

DETECTION_WEIGHT = 0.5
"""Weight of a new detection in place and size: a box jumps by some pixels, a head does not."""

TEMPLATE_REGION = (0.2, 0.15, 0.8, 0.65)
"""The part of the face's box that talking does not move: left, top, right, bottom."""

SEARCH_RADIUS_WIDTHS = 0.2
"""Widths of the face that it may move from one look to the next: 3 Hz and 12 of 124 pixels are 0.07 in 1/25 s."""

MIN_CORRELATION = 0.6
"""Correlation from which the face is still where it was, although the detector does not see it."""

MAX_MISSED_DETECTIONS = 1
"""Searches in vain before a face counts as gone: a lost picture is no absence."""

TEMPLATE_REFRESH_CORRELATION = 0.9
"""Correlation below which the part that is followed is taken anew at the next detection; always when size changed."""

TEMPLATE_REFRESH_RESIZE = 0.03
"""Change of size, as a share, from which on the part is taken anew."""

THUMBNAIL_SIZE_PX = (16, 9)
"""Width and height of the thumbnails of which cuts are found."""

MIN_THUMBNAIL_SD = 2.0
"""Standard deviation (0–255) of a thumbnail below which it shows nothing: black, a lost picture."""

MAX_CUT_CORRELATION, MIN_CUT_DIFFERENCE = 0.5, 10.0
"""A cut: thumbnails correlate less than this, and differ by at least this on average (0–255). Light alone does not."""


class Attention(Enum):
    """What is known of the face at a moment."""

    UNSEEN = "no face yet"
    FRONTAL = "the detector of frontal faces sees it"
    TURNED = "it is where it was, but the detector of frontal faces does not see it"
    ABSENT = "it was there and is gone"


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One moment of the grid.

    Attributes
    ----------
    time : float
        Seconds of media, a multiple of 1/25.
    attention : Attention
        As of the last search.
    x, y : float or None
        Middle of the face, as fractions of the picture's width and height.
    size : float or None
        Width of the face, as a fraction of the picture's width.
    width : float or None
        The same in pixels of the picture as sent.
    right, down : float or None
        Travel since an arbitrary moment, in pixels of the picture as sent. Only differences between looks of equal
        `track` mean something.
    track : int
        Number of the unbroken stretch of looks in which this face was followed.
    cut : bool
        Whether the scene changed since the look before.
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
    """A picture that may be looked at."""

    def luma(self) -> Image:
        """Give its brightness, shape (height, width)."""


def is_available() -> bool:
    """Whether faces can be measured here: OpenCV 5 has neither this detector nor what it was trained to."""
    try:
        import cv2
    except ImportError:
        return False
    return hasattr(cv2, "CascadeClassifier") and _cascade_path().exists()


class FaceTracker:
    """Follow the face in a stream of pictures.

    Examples
    --------
    >>> class Black:
    ...     def luma(self):
    ...         return np.zeros((360, 640), np.uint8)
    >>> face = FaceTracker()
    >>> looks = [*face.feed(0.0, Black()), *face.finish(2.0)]
    >>> len(looks), looks[-1].time, looks[-1].attention
    (50, 1.96, <Attention.UNSEEN: 'no face yet'>)
    """

    def __init__(self) -> None:
        self._count = 0
        self._picture: HasLuma | None = None
        self._scaled_image: _ScaledImage | None = None
        self._cut_detector = _CutDetector()
        self._detector = _Detector()
        self._candidate: _Box | None = None
        self._tracked: _TrackedFace | None = None
        self._attention = Attention.UNSEEN
        self._tracks = 0

    def feed(self, time: float, picture: HasLuma) -> list[FaceObservation]:
        """Take the next picture, shown from `time` seconds on. Returns the looks that are now decided, in order."""
        looks = self.finish(time)
        self._picture, self._scaled_image = picture, None
        return looks

    def finish(self, end: float) -> list[FaceObservation]:
        """Look at the picture shown last until `end` seconds. Returns what `feed` returns."""
        looks = []
        while self._count / RATE_HZ + EARLY_TOLERANCE_S < end:
            looks.append(self._observe())
            self._count += 1
        return looks

    def _observe(self) -> FaceObservation:
        time = self._count / RATE_HZ
        if self._picture is None:
            return FaceObservation(time, self._attention)
        if self._scaled_image is None:  # made once, however often it is looked at
            self._scaled_image = _scale_down(self._picture.luma())
        small = self._scaled_image
        cut = self._cut_detector.is_cut(small.image)
        if cut:
            self._drop()
        elif self._tracked is not None:
            self._tracked.follow(small.image)
        if self._count % OBSERVATIONS_PER_DETECTION == 0:
            self._detect(small.image)
        return self._observation(time, small, cut=cut)

    def _detect(self, image: Image) -> None:
        held = self._tracked
        found = self._detector.find(image, None if held is None else held.box)
        if held is None:
            # One look is not enough: a face is there when the next one finds it again in the same place.
            sure = found is not None and self._candidate is not None and found.overlaps(self._candidate)
            self._candidate = found
            if found is not None and sure:
                self._tracks += 1
                self._tracked = _TrackedFace(image, found)
                self._attention = Attention.FRONTAL
        elif found is not None and found.overlaps(held.box):
            held.confirm(image, found)
            self._attention = Attention.FRONTAL
        elif held.correlation >= MIN_CORRELATION:
            self._attention, held.missed_detections = Attention.TURNED, 0
        elif held.missed_detections < MAX_MISSED_DETECTIONS:
            held.missed_detections += 1
        else:
            self._drop()
            self._candidate = found

    def _drop(self) -> None:
        if self._tracked is not None:
            self._attention = Attention.ABSENT
        self._tracked = self._candidate = None

    def _observation(self, time: float, small: _ScaledImage, *, cut: bool) -> FaceObservation:
        held = self._tracked
        if held is None:
            return FaceObservation(time, self._attention, cut=cut)
        height, width = small.image.shape
        box = held.box
        return FaceObservation(
            time,
            self._attention,
            x=box.x / width,
            y=box.y / height,
            size=box.width / width,
            width=box.width / small.scale,
            right=held.right / small.scale,
            down=held.down / small.scale,
            track=self._tracks,
            cut=cut,
        )


# Looking


class _ScaledImage(NamedTuple):
    """What is looked at: a picture of `MAX_PIXELS` pixels at most, and how many of its pixels are one of the picture's."""

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


class _CutDetector:
    """Scene cuts, from one look to the next."""

    def __init__(self) -> None:
        self._previous: NDArray[np.float64] | None = None

    def is_cut(self, image: Image) -> bool:
        """Take the next look; whether it shows another scene than the one before."""
        import cv2

        thumb = cv2.resize(image, THUMBNAIL_SIZE_PX, interpolation=cv2.INTER_AREA).astype(np.float64)
        if thumb.std() < MIN_THUMBNAIL_SD:
            return False  # nothing is shown: what comes next will tell
        before, self._previous = self._previous, thumb
        if before is None or float(np.abs(thumb - before).mean()) < MIN_CUT_DIFFERENCE:
            return False
        return _correlation(thumb, before) < MAX_CUT_CORRELATION


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation; 0 where one of the two is flat."""
    one, other = one - one.mean(), other - other.mean()
    power = math.sqrt(float((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power > 0 else 0.0


# Finding


def _cascade_path() -> Path:
    import cv2

    return Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"


class _Box(NamedTuple):
    """A face: its middle and its width (and height: the detector's boxes are square), in pixels of a look."""

    x: float
    y: float
    width: float

    def overlaps(self, other: _Box) -> bool:
        """Whether it may be the same face: middles less than half a width apart, sizes alike."""
        apart = max(abs(self.x - other.x), abs(self.y - other.y))
        return (
            apart < min(self.width, other.width) / 2 and 1 / MAX_SIZE_RATIO < self.width / other.width < MAX_SIZE_RATIO
        )

    def region(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Corners of a part of it, given in shares of the box."""
        x, y = self.x - self.width / 2, self.y - self.width / 2
        return x + left * self.width, y + top * self.width, x + right * self.width, y + bottom * self.width


class _Detector:
    """The largest frontal face of a look."""

    def __init__(self) -> None:
        import cv2

        # There are as many sessions as there are cores to use; and in one thread boxes come in a settled order.
        cv2.setNumThreads(1)
        self._cascade = cv2.CascadeClassifier(str(_cascade_path()))

    def find(self, image: Image, known: _Box | None) -> _Box | None:
        """Search around a known face, in small steps of size; everywhere, in larger ones, without or in vain."""
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


# Following


class _TrackedFace:
    """A face that is followed: its box, its travel, and the part of it that is found again."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.box = box
        self.right = self.down = 0.0
        self.correlation = 1.0
        self.missed_detections = 0
        self._template = _Template(image, box)
        self._template_origin = (0.0, 0.0)

    def follow(self, image: Image) -> None:
        """Find the part again, and move the box with it."""
        expected = self.right - self._template_origin[0], self.down - self._template_origin[1]
        right, down, self.correlation = self._template.match(image, *expected)
        if self.correlation < MIN_CORRELATION:
            return  # hidden, or gone: the next search will tell
        right, down = self._template_origin[0] + right, self._template_origin[1] + down
        self.box = _Box(self.box.x + right - self.right, self.box.y + down - self.down, self.box.width)
        self.right, self.down = right, down

    def confirm(self, image: Image, found: _Box) -> None:
        """Draw the box towards where it was found, and take the part anew if it has changed."""
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
    """The part of a face that is found again."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.width = box.width
        left, top, right, bottom = box.region(*TEMPLATE_REGION)
        height, width = image.shape
        self._left, self._top = max(0, round(left)), max(0, round(top))
        self._image = image[self._top : min(height, round(bottom)), self._left : min(width, round(right))].copy()
        self._radius = max(2, math.ceil(SEARCH_RADIUS_WIDTHS * box.width))
        # The peak of a likeness is not quite even; where the part was taken from, it must be at 0.
        self._right = self._down = 0.0
        self._right, self._down, _ = self.match(image, 0.0, 0.0)

    def match(self, image: Image, right: float, down: float) -> tuple[float, float, float]:
        """Find it near where it is expected, in pixels from where it was taken: how far right and down, how alike."""
        import cv2

        rows, columns = self._image.shape
        height, width = image.shape
        if min(rows, columns) < 4 or rows > height or columns > width:  # noqa: PLR2004 - nothing to recognise
            return right, down, 0.0
        first_x, last_x = _search_range(self._left + round(right), self._radius, columns, width)
        first_y, last_y = _search_range(self._top + round(down), self._radius, rows, height)
        likeness = cv2.matchTemplate(image[first_y:last_y, first_x:last_x], self._image, cv2.TM_CCOEFF_NORMED)
        row, column = (int(at) for at in np.unravel_index(int(np.argmax(likeness)), likeness.shape))
        best = float(likeness[row, column])
        if not math.isfinite(best):
            return right, down, 0.0
        return (
            first_x + column + _parabola_peak(likeness[row], column) - self._left - self._right,
            first_y + row + _parabola_peak(likeness[:, column], row) - self._top - self._down,
            best,
        )


def _search_range(at: int, reach: int, length: int, limit: int) -> tuple[int, int]:
    """From where to where to search within `limit` for something of `length` that is expected `at`."""
    at = min(max(at, 0), limit - length)
    return max(0, at - reach), min(limit, at + length + reach)


def _parabola_peak(values: NDArray[Any], at: int) -> float:
    """Where between its neighbours a peak is highest: the summit of the parabola through the three, −0.5 to 0.5."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, peak, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2 * peak + after
    return (before - after) / (2 * bend) if bend < 0 else 0.0
