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

__all__ = ["DETECTIONS", "FRESH", "RATE", "Attention", "Face", "Look", "Shown", "available"]

RATE = 25
"""Looks per second of media time: eight per cycle of the fastest shake."""

DETECTIONS = 5
"""Looks from one search for a face to the next: five searches a second."""

AREA = 320 * 180
"""Pixels that a look has at most, whatever the picture's shape: a face of 1/7 of its height is found in it."""

SMALLEST, FACE = 24, 1 / 7
"""Smallest face that is searched for: pixels of a look, and share of its shorter side."""

EARLY = 0.006
"""Seconds that a picture may come after its moment on the grid and still be the one seen there: see `movement.py`."""

AROUND = 0.5
"""Widths of a known face that are searched around it."""

SMALLER, LARGER = 0.75, 1.4
"""How much smaller or larger a known face may have become."""

FRESH = 0.5
"""Weight of a new detection in place and size: a box jumps by some pixels, a head does not."""

UPPER = (0.2, 0.15, 0.8, 0.65)
"""The part of the face's box that talking does not move: left, top, right, bottom."""

REACH = 0.2
"""Widths of the face that it may move from one look to the next: 3 Hz and 12 of 124 pixels are 0.07 in 1/25 s."""

ALIKE = 0.6
"""Correlation from which the face is still where it was, although the detector does not see it."""

PATIENCE = 1
"""Searches in vain before a face counts as gone: a lost picture is no absence."""

SURE = 0.9
"""Correlation below which the part that is followed is taken anew at the next detection; always when size changed."""

RESIZED = 0.03
"""Change of size, as a share, from which on the part is taken anew."""

THUMB = (16, 9)
"""Width and height of the thumbnails of which cuts are found."""

FLAT = 2.0
"""Standard deviation (0–255) of a thumbnail below which it shows nothing: black, a lost picture."""

OTHER, APART = 0.5, 10.0
"""A cut: thumbnails correlate less than this, and differ by at least this on average (0–255). Light alone does not."""


class Attention(Enum):
    """What is known of the face at a moment."""

    UNSEEN = "no face yet"
    FRONTAL = "the detector of frontal faces sees it"
    TURNED = "it is where it was, but the detector of frontal faces does not see it"
    ABSENT = "it was there and is gone"


@dataclass(frozen=True, slots=True)
class Look:
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


class Shown(Protocol):
    """A picture that may be looked at."""

    def luma(self) -> Image:
        """Give its brightness, shape (height, width)."""


def available() -> bool:
    """Whether faces can be measured here: OpenCV 5 has neither this detector nor what it was trained to."""
    try:
        import cv2
    except ImportError:
        return False
    return hasattr(cv2, "CascadeClassifier") and _trained().exists()


class Face:
    """Follow the face in a stream of pictures.

    Examples
    --------
    >>> class Black:
    ...     def luma(self):
    ...         return np.zeros((360, 640), np.uint8)
    >>> face = Face()
    >>> looks = [*face.feed(0.0, Black()), *face.finish(2.0)]
    >>> len(looks), looks[-1].time, looks[-1].attention
    (50, 1.96, <Attention.UNSEEN: 'no face yet'>)
    """

    def __init__(self) -> None:
        self._count = 0
        self._showing: Shown | None = None
        self._small: _Small | None = None
        self._cuts = _Cuts()
        self._detector = _Detector()
        self._candidate: _Box | None = None
        self._held: _Held | None = None
        self._attention = Attention.UNSEEN
        self._tracks = 0

    def feed(self, time: float, picture: Shown) -> list[Look]:
        """Take the next picture, shown from `time` seconds on. Returns the looks that are now decided, in order."""
        looks = self.finish(time)
        self._showing, self._small = picture, None
        return looks

    def finish(self, end: float) -> list[Look]:
        """Look at the picture shown last until `end` seconds. Returns what `feed` returns."""
        looks = []
        while self._count / RATE + EARLY < end:
            looks.append(self._look())
            self._count += 1
        return looks

    def _look(self) -> Look:
        time = self._count / RATE
        if self._showing is None:
            return Look(time, self._attention)
        if self._small is None:  # made once, however often it is looked at
            self._small = _small(self._showing.luma())
        small = self._small
        cut = self._cuts.cut(small.image)
        if cut:
            self._lose()
        elif self._held is not None:
            self._held.follow(small.image)
        if self._count % DETECTIONS == 0:
            self._search(small.image)
        return self._told(time, small, cut=cut)

    def _search(self, image: Image) -> None:
        held = self._held
        found = self._detector.find(image, None if held is None else held.box)
        if held is None:
            # One look is not enough: a face is there when the next one finds it again in the same place.
            sure = found is not None and self._candidate is not None and found.overlaps(self._candidate)
            self._candidate = found
            if found is not None and sure:
                self._tracks += 1
                self._held = _Held(image, found)
                self._attention = Attention.FRONTAL
        elif found is not None and found.overlaps(held.box):
            held.confirm(image, found)
            self._attention = Attention.FRONTAL
        elif held.likeness >= ALIKE:
            self._attention, held.missed = Attention.TURNED, 0
        elif held.missed < PATIENCE:
            held.missed += 1
        else:
            self._lose()
            self._candidate = found

    def _lose(self) -> None:
        if self._held is not None:
            self._attention = Attention.ABSENT
        self._held = self._candidate = None

    def _told(self, time: float, small: _Small, *, cut: bool) -> Look:
        held = self._held
        if held is None:
            return Look(time, self._attention, cut=cut)
        height, width = small.image.shape
        box = held.box
        return Look(
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


class _Small(NamedTuple):
    """What is looked at: a picture of `AREA` pixels at most, and how many of its pixels are one of the picture's."""

    image: Image
    scale: float


def _small(luma: Image) -> _Small:
    import cv2

    height, width = luma.shape
    scale = min(1.0, math.sqrt(AREA / (width * height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = (
        np.ascontiguousarray(luma) if size == (width, height) else cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    )
    return _Small(np.asarray(image, np.uint8), scale)


class _Cuts:
    """Scene cuts, from one look to the next."""

    def __init__(self) -> None:
        self._before: NDArray[np.float64] | None = None

    def cut(self, image: Image) -> bool:
        """Take the next look; whether it shows another scene than the one before."""
        import cv2

        thumb = cv2.resize(image, THUMB, interpolation=cv2.INTER_AREA).astype(np.float64)
        if thumb.std() < FLAT:
            return False  # nothing is shown: what comes next will tell
        before, self._before = self._before, thumb
        if before is None or float(np.abs(thumb - before).mean()) < APART:
            return False
        return _correlation(thumb, before) < OTHER


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation; 0 where one of the two is flat."""
    one, other = one - one.mean(), other - other.mean()
    power = math.sqrt(float((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power > 0 else 0.0


# Finding


def _trained() -> Path:
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
        return apart < min(self.width, other.width) / 2 and 1 / LARGER < self.width / other.width < LARGER

    def part(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Corners of a part of it, given in shares of the box."""
        x, y = self.x - self.width / 2, self.y - self.width / 2
        return x + left * self.width, y + top * self.width, x + right * self.width, y + bottom * self.width


class _Detector:
    """The largest frontal face of a look."""

    def __init__(self) -> None:
        import cv2

        # There are as many sessions as there are cores to use; and in one thread boxes come in a settled order.
        cv2.setNumThreads(1)
        self._cascade = cv2.CascadeClassifier(str(_trained()))

    def find(self, image: Image, known: _Box | None) -> _Box | None:
        """Search around a known face, in small steps of size; everywhere, in larger ones, without or in vain."""
        found = None if known is None else self._around(image, known)
        return found or self._within(image, 0, 0, 1.2, max(SMALLEST, round(FACE * min(image.shape))), 0)

    def _around(self, image: Image, known: _Box) -> _Box | None:
        left, top, right, bottom = known.part(-AROUND, -AROUND, 1 + AROUND, 1 + AROUND)
        x, y = max(0, round(left)), max(0, round(top))
        part = image[y : max(0, round(bottom)), x : max(0, round(right))]
        return self._within(part, x, y, 1.1, round(SMALLER * known.width), round(LARGER * known.width))

    def _within(self, image: Image, x: int, y: int, step: float, least: int, most: int) -> _Box | None:
        if min(image.shape) < max(least, SMALLEST):
            return None
        boxes = self._cascade.detectMultiScale(np.ascontiguousarray(image), step, 3, 0, (least, least), (most, most))
        if not len(boxes):
            return None
        left, top, width, height = (int(value) for value in max(map(tuple, boxes), key=lambda box: (box[2], box)))
        return _Box(x + left + width / 2, y + top + height / 2, width)


# Following


class _Held:
    """A face that is followed: its box, its travel, and the part of it that is found again."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.box = box
        self.right = self.down = 0.0
        self.likeness = 1.0
        self.missed = 0
        self._grip = _Grip(image, box)
        self._grip_at = (0.0, 0.0)

    def follow(self, image: Image) -> None:
        """Find the part again, and move the box with it."""
        expected = self.right - self._grip_at[0], self.down - self._grip_at[1]
        right, down, self.likeness = self._grip.found(image, *expected)
        if self.likeness < ALIKE:
            return  # hidden, or gone: the next search will tell
        right, down = self._grip_at[0] + right, self._grip_at[1] + down
        self.box = _Box(self.box.x + right - self.right, self.box.y + down - self.down, self.box.width)
        self.right, self.down = right, down

    def confirm(self, image: Image, found: _Box) -> None:
        """Draw the box towards where it was found, and take the part anew if it has changed."""
        self.missed = 0
        self.box = _Box(*(old + FRESH * (new - old) for old, new in zip(self.box, found, strict=True)))
        if self.likeness < SURE or abs(self.box.width / self._grip.width - 1) > RESIZED:
            self._grip = _Grip(image, self.box)
            self._grip_at = self.right, self.down
            self.likeness = 1.0


class _Grip:
    """The part of a face that is found again."""

    def __init__(self, image: Image, box: _Box) -> None:
        self.width = box.width
        left, top, right, bottom = box.part(*UPPER)
        height, width = image.shape
        self._left, self._top = max(0, round(left)), max(0, round(top))
        self._part = image[self._top : min(height, round(bottom)), self._left : min(width, round(right))].copy()
        self._reach = max(2, math.ceil(REACH * box.width))
        # The peak of a likeness is not quite even; where the part was taken from, it must be at 0.
        self._right = self._down = 0.0
        self._right, self._down, _ = self.found(image, 0.0, 0.0)

    def found(self, image: Image, right: float, down: float) -> tuple[float, float, float]:
        """Find it near where it is expected, in pixels from where it was taken: how far right and down, how alike."""
        import cv2

        rows, columns = self._part.shape
        height, width = image.shape
        if min(rows, columns) < 4 or rows > height or columns > width:  # noqa: PLR2004 - nothing to recognise
            return right, down, 0.0
        first_x, last_x = _span(self._left + round(right), self._reach, columns, width)
        first_y, last_y = _span(self._top + round(down), self._reach, rows, height)
        likeness = cv2.matchTemplate(image[first_y:last_y, first_x:last_x], self._part, cv2.TM_CCOEFF_NORMED)
        row, column = (int(at) for at in np.unravel_index(int(np.argmax(likeness)), likeness.shape))
        best = float(likeness[row, column])
        if not math.isfinite(best):
            return right, down, 0.0
        return (
            first_x + column + _summit(likeness[row], column) - self._left - self._right,
            first_y + row + _summit(likeness[:, column], row) - self._top - self._down,
            best,
        )


def _span(at: int, reach: int, length: int, limit: int) -> tuple[int, int]:
    """From where to where to search within `limit` for something of `length` that is expected `at`."""
    at = min(max(at, 0), limit - length)
    return max(0, at - reach), min(limit, at + length + reach)


def _summit(values: NDArray[Any], at: int) -> float:
    """Where between its neighbours a peak is highest: the summit of the parabola through the three, −0.5 to 0.5."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, peak, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2 * peak + after
    return (before - after) / (2 * bend) if bend < 0 else 0.0
