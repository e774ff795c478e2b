"""Journals written for one test: what a server might have said, however strange."""

from __future__ import annotations

import json
from pathlib import Path

from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Record, Reference, Sent, to_line
from emotoolkit.apis.interhuman.wire import messages


def write(path: Path, records: list[Record]) -> Path:
    """Write a journal."""
    path.write_text("".join(to_line(record) + "\n" for record in records), encoding="utf-8")
    return path


def interhuman(file: str, duration: float, *said: tuple[str, dict]) -> list[Record]:
    """A whole replay in which the server said this."""
    raws = [json.dumps({"type": kind, "timestamp": "", "correlation_id": "c", "data": data}) for kind, data in said]
    return _replay(file, duration, "interhuman", raws)


def signal(
    name: str, start: float, end: float, rationale: str = "", probability: str = "high"
) -> list[tuple[str, dict]]:
    """A signal from detection to end."""
    detected = {"signal_type": name, "start": start, "probability": probability, "rationale": rationale}
    return [
        (messages.SIGNAL_DETECTED, detected),
        (messages.SIGNAL_ENDED, {"signal_type": name, "start": start, "end": end}),
    ]


def emotion_logic(file: str, duration: float, *rows: dict) -> list[Record]:
    """A whole replay in which the server reported these segments."""
    raws = []
    for row in rows:
        data = {"headers": {name: n for n, name in enumerate(row)}, "channels": [list(row.values())]}
        raws.append(json.dumps(["audio-analysis", {"success": True, "data": data}]))
    return _replay(file, duration, "emotion_logic", raws)


def _replay(file: str, duration: float, api: str, raws: list[str]) -> list[Record]:
    return [
        Began("0.1.0", file, duration, api, [{}], 1.0, "2026-01-01T00:00:00+00:00"),
        Opened(0, 0, 0.0, 0.0),
        Reference(0.1, 0.0, 1.0, playing=True, why="start"),
        Sent(0, 0.0, duration, duration, duration, 1000),
        *(Received(0, duration + n * 0.01, raw) for n, raw in enumerate(raws)),
        Ended(0, duration + 1, "finished"),
    ]
