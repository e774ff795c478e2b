"""A head of which every movement is known: the portrait of the sample, drawn anew for each picture. Nothing is a test.

The head (an ellipse from hair to chin) moves as one piece, neck and backdrop give way; the lips may move by themselves.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from emotoolkit.apis.interhuman.server.media_items import Picture
from emotoolkit.measure.face import FaceTracker
from emotoolkit.measure.head import HeadMovementDetector
from tests.support.grey_frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INTERVIEW = Path(__file__).parents[2] / "datasets" / "sample" / "interview.mp4"
FPS = 25

MIDDLE, RADII, SOFT = (284.0, 140.0), (120.0, 138.0), 0.85
MOUTH, LIPS = (280.0, 195.0), (34.0, 20.0)


@cache
def sample():
    """Two pictures of the sample, shape (360, 640): the portrait at rest, and the empty room."""
    with av.open(str(INTERVIEW)) as film:
        pictures = [frame.to_ndarray(format="gray") for n, frame in enumerate(film.decode(video=0)) if n in (25, 550)]
    return pictures[0], pictures[1]


@dataclass(frozen=True)
class Pose:
    """How the head is held: moved by so many pixels, enlarged, the jaw lowered; gone; and how bright it is (times)."""

    right: float = 0.0
    down: float = 0.0
    zoom: float = 1.0
    jaw: float = 0.0
    light: float = 1.0
    gone: bool = False


@lru_cache(120)
def _grid(zoom: float):
    """Where each point of the picture comes from, and how much it moves with the head."""
    y, x = np.mgrid[0:360, 0:640].astype(np.float32)
    x, y = MIDDLE[0] + (x - MIDDLE[0]) / np.float32(zoom), MIDDLE[1] + (y - MIDDLE[1]) / np.float32(zoom)
    far = np.clip((np.hypot((x - MIDDLE[0]) / RADII[0], (y - MIDDLE[1]) / RADII[1]) - 1) / SOFT, 0, 1)
    lips = np.exp(-(((x - MOUTH[0]) / LIPS[0]) ** 2) - ((y - MOUTH[1]) / LIPS[1]) ** 2)
    return x, y, 1 - far * far * (3 - 2 * far), lips


def draw(pose: Pose):
    """Draw one picture, shape (360, 640)."""
    if pose.gone:
        return lit(sample()[1], pose.light)
    return lit(_posed(pose.right, pose.down, pose.zoom, pose.jaw), pose.light)


@lru_cache(400)
def _posed(right: float, down: float, zoom: float, jaw: float):
    x, y, share, lips = _grid(zoom)
    x, y = x - np.float32(right) * share, y - np.float32(down) * share - np.float32(jaw) * lips
    return cv2.remap(sample()[0], x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)


def lit(image, times: float):
    levels = np.clip(np.rint(np.arange(256) * times), 0, 255).astype(np.uint8)
    return image if times == 1 else cv2.LUT(image, levels)


def swing(seconds: float, hertz: float, pixels: float) -> Iterator[float]:
    """Travel of a movement that begins and ends at rest, per picture."""
    for n in range(round(seconds * FPS)):
        yield pixels * float(np.sin(2 * np.pi * hertz * n / FPS))


def coded(images: Iterable, crf: int, fps: int = FPS) -> Iterator[Picture]:
    """Pictures as they come out of H.264, compressed as a call is; 18 is good, 35 is poor."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        track = None
        for n, image in enumerate(images):
            if track is None:
                track = film.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": str(crf)})
                track.height, track.width = image.shape
                track.pix_fmt = "yuv420p"
            frame = frame_of(image)
            frame.pts, frame.time_base = n, Fraction(1, fps)
            film.mux(track.encode(frame))
        film.mux(track.encode(None))
    out.seek(0)
    with av.open(out) as film:
        for n, frame in enumerate(film.decode(video=0)):
            yield Picture(n / fps, (n + 1) / fps, frame)


@dataclass(frozen=True)
class Plain:
    """A picture that was never coded."""

    image: object

    def luma(self):
        return self.image


def plain(images: Iterable, fps: float = FPS) -> Iterator[tuple[float, Plain]]:
    """Pictures as drawn, each with its time."""
    for n, image in enumerate(images):
        yield n / fps, Plain(image)


def looked(pictures: Iterable, end: float | None = None):
    """Every look at some pictures, and every movement found in them."""
    face, head = FaceTracker(), HeadMovementDetector()
    looks, movements, last = [], [], 0.0
    for picture in pictures:
        time, shown = (picture.time, picture) if isinstance(picture, Picture) else picture
        new = face.feed(time, shown)
        looks += new
        movements += head.feed(new)
        last = time + 1 / FPS
    new = face.finish(last if end is None else end)
    return [*looks, *new], [*movements, *head.feed(new), *head.finish()]
