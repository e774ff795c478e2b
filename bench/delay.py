"""Delay of what is live: from the moment a page has a chunk to the moment the packets that it completes have left.

A real browser records a real face and real speech. It is measured twice: alone, and beside a notebook that sorts three
million numbers again and again, which holds its interpreter for seconds at a time.
"""

from __future__ import annotations

import io
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

import emotoolkit as emo
from bench.table import RUNS, Row, measured
from emotoolkit.apis.base.journal import Began, Sent
from emotoolkit.replays.clock import monotonic
from tests.support.browser import chromium
from tests.support.capture_pages import shown
from tests.support.faces import devices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit import Replay
    from tests.support.capture_pages import Shown

SECONDS = 25
NUMBERS = 3_000_000
INTERVIEW = Path(__file__).parents[1] / "datasets" / "sample" / "interview.mp4"
APIS = {"emotion_logic": ("audio",), "interhuman": ("audio", "video")}


def rows() -> Iterator[Row]:
    alone, beside = ([session(busy=busy) for _ in range(RUNS)] for busy in (False, True))
    for api in APIS:
        ours, peer = ([run[api] for run in runs] for runs in (beside, alone))
        yield measured(f"chunk to {api}, p95, beside sorting", "s", ours, peer, "the same alone", goal="≤ 0.15 s")


def session(*, busy: bool) -> dict[str, float]:
    """Record for some seconds. Gives the 95th percentile of the delay for each API, in seconds."""
    with tempfile.TemporaryDirectory() as folder, chromium(*devices(emo.Recording(INTERVIEW), Path(folder))) as browser:
        source = emo.camera(Path(folder) / "session.webm", via="browser", size=(320, 180), rate=20)
        player = emo.Player(source, [emo.EmotionLogic(), emo.Interhuman()])
        with shown(browser, source) as page:
            player.start()
            numbers = [random.random() for _ in range(NUMBERS)]
            while player.sent < SECONDS:
                page.sync()
                page.page.wait_for_timeout(200)
                if busy:
                    sorted(numbers)
            since_1970 = time.time() - monotonic()
            player.stop()
            while not source.wait(0.05):
                page.page.wait_for_timeout(50)
            page.until("recorder.state === 'ended'")
            chunks = Chunks(page)
        return {replay.api: float(np.percentile(chunks.delays(replay, since_1970), 95)) for replay in player.wait()}


class Chunks:
    """What a browser's recorder produced, and when."""

    def __init__(self, page: Shown) -> None:
        self._ends = np.cumsum(page.page.evaluate("made.map((each) => each.size)"))
        self._when = np.array(page.page.evaluate("when"))
        with av.open(io.BytesIO(page.produced)) as container:
            self._places = [
                (packet.stream.type, float(packet.pts * packet.time_base), packet.pos + packet.size)
                for packet in container.demux()
                if packet.size
            ]

    def delays(self, replay: Replay, since_1970: float) -> list[float]:
        """Seconds between the chunk that a packet of media had to wait for and its leaving."""
        (epoch,) = (record.epoch for record in replay.records if isinstance(record, Began))
        sent = [record for record in replay.records if isinstance(record, Sent)]
        return [since_1970 + epoch + each.sent - self._came(each.end, APIS[replay.api]) for each in sent]

    def _came(self, end: float, kinds: tuple[str, ...]) -> float:
        needed = max(place for kind, start, place in self._places if kind in kinds and start < end)
        return float(self._when[min(np.searchsorted(self._ends, needed), len(self._when) - 1)])
