"""From journals to tables: a million events, beside pandas' own way with nested JSON, in the same run.

The journals are of a hundred recordings, with the messages in the mixture and the words in which the local servers say
them. Ours gives every table of results that a run keeps; the peer gets the same messages from the same files into one
flat frame a file, and pairs no signals. Each measurement has a process of its own, whose memory is its own.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.table import RUNS, measured
from emotoolkit import EmotionLogic, Interhuman, Replay
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Sent, to_line
from emotoolkit.apis.emotion_logic.wire import messages as emotion_logic
from emotoolkit.apis.interhuman.wire import messages as interhuman

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bench.table import Row

EVENTS, FILES, SEGMENTS, PARAMETERS = 1_000_000, 100, 100_000, 50
MORNING = datetime(2026, 1, 1, tzinfo=UTC)
SIGNALS = ["agreement", "confusion", "engagement", "interest", "stress"]
HERE, PLACE = "ws://127.0.0.1:1/v1/stream/analyze", "http://127.0.0.1:1"
STATES = ["engaged", "neutral", "disengaged"]
SCORES = ["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


def rows() -> Iterator[Row]:
    """Seconds and memory of ours and of the peer, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        events = [
            write(Path(folder) / f"{n}.jsonl", Interhuman(url=HERE), social(EVENTS // FILES)) for n in range(FILES)
        ]
        yield from compared(f"{EVENTS} events from {FILES} journals to tables", events, "at most 2 s, 5 × faster")
        whole = [write(Path(folder) / "whole.jsonl", Interhuman(url=HERE), social(EVENTS))]
        yield from compared(f"{EVENTS} events from one journal to tables", whole)
        speech = [write(Path(folder) / "speech.jsonl", EmotionLogic(url=PLACE), vocal(SEGMENTS))]
        yield from compared(f"{SEGMENTS} segments × {PARAMETERS} from one journal to a table", speech)


def compared(what: str, journals: list[Path], goal: str = "") -> Iterator[Row]:
    """Measure both, in turns."""
    taken = [(alone(tables, journals), alone(normalized, journals)) for _ in range(RUNS)]
    (ours, more), (peer, its) = (zip(*(pair[n] for pair in taken), strict=True) for n in (0, 1))
    yield measured(what, "s", ours, peer, "pandas.json_normalize", goal=goal)
    memory = "at most 600 MB more" if goal else ""
    yield measured(f"{what}: memory more at its peak", "MB", more, its, "pandas.json_normalize", goal=memory)


def alone(work: Callable[[list[Path]], int], journals: list[Path]) -> tuple[float, float]:
    """Seconds of processor that it takes in a process of its own, and by how many MB that grows."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(timed, (work, journals))


def timed(work: Callable[[list[Path]], int], journals: list[Path]) -> tuple[float, float]:
    first = journals[0].with_suffix(".first")
    first.write_bytes(b"".join(journals[0].read_bytes().splitlines(keepends=True)[:100]))
    work([first])  # what is imported and made when it is first wanted is not what is measured
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    work(journals)
    return time.process_time() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def tables(journals: list[Path]) -> int:
    kept = [result for path in journals for result in results(Replay.read(path))]
    return sum(map(len, kept))


def results(replay: Replay) -> list[pd.DataFrame]:
    if replay.api == "emotion_logic":
        return [replay.segments]
    return [replay.signals, replay.engagement, replay.quality, replay.coverage]


def normalized(journals: list[Path]) -> int:
    kept = []
    for path in journals:
        with path.open(encoding="utf-8") as file:
            lines = map(json.loads, file)
            said = [json.loads(line["raw"]) for line in lines if line["is"] == "received"]
            kept.append(pd.json_normalize([each if isinstance(each, dict) else each[-1] for each in said]))
    return sum(map(len, kept))


def write(path: Path, api: Any, said: Iterable[str]) -> Path:
    """Write the journal of a conversation, with a packet before every second message."""
    with path.open("w", encoding="utf-8") as file:
        began = Began("0", path.stem, 0.0, api.name, [api.settings()], None, MORNING.isoformat())
        file.write(f"{to_line(began)}\n{to_line(Opened(0, 0, 0.0, 0.0))}\n")
        for n, raw in enumerate(said):
            if n % 2 == 0:
                file.write(to_line(Sent(0, n / 10, (n + 2) / 10, None, n / 1000, 9000)) + "\n")
            file.write(to_line(Received(0, n / 1000, raw)) + "\n")
        file.write(to_line(Ended(0, 1.0, "finished")) + "\n")
    return path


def social(count: int) -> Iterator[str]:
    """Of ten messages three begin a signal, two change one and three end one; one is a state, one tells of quality."""
    for n in range(count):
        yield interhuman.envelope(*one(n // 10, n % 10), "c", MORNING + timedelta(milliseconds=n))


def one(turn: int, step: int) -> tuple[str, dict[str, Any]]:
    name, start = SIGNALS[(turn + step % 3) % len(SIGNALS)], turn * 8 + step / 7
    match step:
        case 0 | 1 | 2:
            return interhuman.SIGNAL_DETECTED, interhuman.signal(name, start, "low", f"nods {turn} times", "video")
        case 3 | 4:
            return "signal.updated", interhuman.signal(name, start, "high", None, "video")
        case 5 | 6 | 7:
            return interhuman.SIGNAL_ENDED, interhuman.signal_ended(name, start + 2)
        case 8:
            return interhuman.ENGAGEMENT, interhuman.engagement(STATES[turn % 3], start)
    values = {name: (turn * 7 + n) % 1000 / 10 for n, name in enumerate(SCORES)}
    told = interhuman.quality(interhuman.INCLUDE, values, values, (turn * 8, turn * 8 + 8), SCORES)
    return interhuman.QUALITY, told


def vocal(count: int) -> Iterator[str]:
    """A finished segment in each message, as with the names of its columns only in the first."""
    names = ["index", "channel", "startPosSec", "endPosSec", *(f"parameter{n}" for n in range(PARAMETERS))]
    cells = np.random.default_rng(0).normal(15, 4, (count, PARAMETERS)).round(3).tolist()
    for n, row in enumerate(cells):
        said = emotion_logic.analysis(names if n == 0 else None, [[n, 0, n * 2.0, n * 2.0 + 1.6, *row]])
        yield emotion_logic.text(emotion_logic.ANALYSIS, said)
