"""Faces: how much faster than real time they are measured, beside a search for a face in every picture.

Both get the same decoded pictures (640×360, 25 a second) in this process, on one thread; time is the processor's. The
peer does less: it finds no movement, and does not know who was there a moment ago.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import av
import cv2

from emotoolkit.apis.interhuman.server.media_items import Picture
from emotoolkit.measure.face import FaceTracker
from emotoolkit.measure.head import HeadMovementDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERVIEW = Path(__file__).parents[1] / "datasets" / "sample" / "interview.mp4"
FPS, RUNS = 25, 3


def rows() -> Iterator[tuple[str, float, float, str, float, str]]:
    """Median of three runs each, in turns."""
    pictures = decoded()
    seconds = pictures[-1].end
    taken = [(_seconds(measure, pictures), _seconds(search, pictures)) for _ in range(RUNS)]
    decoding = median(_seconds(lambda _: decoded(), pictures) for _ in range(RUNS))
    ours, peer = (median(column) for column in zip(*taken, strict=True))
    for what, more in (("", 0.0), (", with decoding", decoding)):
        fast, slow = seconds / (ours + more), seconds / (peer + more)
        yield (
            f"face and head, 640×360 at 25/s{what}",
            fast,
            slow,
            "× real time",
            fast / slow,
            "a search in every picture",
        )


def decoded() -> list[Picture]:
    with av.open(str(INTERVIEW)) as film:
        film.streams.video[0].codec_context.thread_count = 1
        return [Picture(n / FPS, (n + 1) / FPS, frame) for n, frame in enumerate(film.decode(video=0))]


def measure(pictures: list[Picture]) -> None:
    face, head = FaceTracker(), HeadMovementDetector()
    for picture in pictures:
        head.feed(face.feed(picture.time, picture))
    head.feed(face.finish(pictures[-1].end))


def search(pictures: list[Picture]) -> None:
    """Do what examples of the field do."""
    cv2.setNumThreads(1)
    trained = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
    cascade = cv2.CascadeClassifier(str(trained))
    for picture in pictures:
        cascade.detectMultiScale(picture.luma(), 1.2, 3, minSize=(60, 60))


def _seconds(work: Callable[[list[Picture]], object], pictures: list[Picture]) -> float:
    began = time.process_time()
    work(pictures)
    return time.process_time() - began


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t")
