"""From journals to tables: a million events, beside pandas' own way with nested JSON, in the same run."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit import Interhuman, Replay
from emotoolkit.journal import Began, Ended, Opened, Received, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS, FILES = 1_000_000, 100
STATES = ("engaged", "neutral", "disengaged")


def rows(events: int = EVENTS) -> Iterator[tuple[str, float, float, str, float, str]]:
    """Seconds for the table of engagement from journals, and for json_normalize over the same messages."""
    with tempfile.TemporaryDirectory() as folder:
        journals = [write(Path(folder) / f"{n}.jsonl", events // FILES) for n in range(FILES)]
        began = time.perf_counter()
        count = sum(len(Replay.read(path).engagement) for path in journals)
        ours = time.perf_counter() - began
        assert count == events
        began = time.perf_counter()
        for path in journals:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            pd.json_normalize([json.loads(line["raw"]) for line in lines if line["is"] == "received"])
        peer = time.perf_counter() - began
    yield f"{events} events from journals to tables", ours, peer, "s", peer / ours, "pandas.json_normalize"


def write(path: Path, events: int) -> Path:
    """Write a journal of engagement states."""
    api = Interhuman(url="ws://127.0.0.1:1/v1/stream/analyze")
    with path.open("w", encoding="utf-8") as file:
        began = Began("0", path.stem, float(events), api.name, [api.settings()], None, "2026-01-01T00:00:00+00:00")
        for record in (began, Opened(0, 0, 0.0, 0.0)):
            file.write(to_line(record) + "\n")
        for n in range(events):
            data = {"type": "engagement.updated", "data": {"state": STATES[n % 3], "start": float(n)}}
            file.write(to_line(Received(0, n / 1000, json.dumps(data))) + "\n")
        file.write(to_line(Ended(0, events / 1000, "finished")) + "\n")
    return path


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t", flush=True)
