"""Control: how soon after a button was pressed the sender does it, and the notebook knows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit.apis.base.journal import Began, Reference
from emotoolkit.replays.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE, SECONDS = 16_000, 120
TURNS = 10
MILLI = 1000.0
WITHIN = "≤ 20 ms"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, discarding("emotion_logic") as server:
        path = Path(folder) / "silence.wav"
        soundfile.write(path, np.zeros(RATE * SECONDS, np.int16), RATE)
        runs = [pressed(path, emo.EmotionLogic(url=server.url, sampling_rate=None)) for _ in range(RUNS)]
    for why in ("pause", "resume", "speed", "seek"):
        yield measured(f"{why}: until the sender does it", "ms", [run[0][why] for run in runs], goal=WITHIN)
        yield measured(f"{why}: until the notebook knows", "ms", [run[1][why] for run in runs], goal=WITHIN)


def pressed(recording: Path, api: emo.EmotionLogic) -> tuple[dict[str, float], dict[str, float]]:
    """Press each button some times. Returns the longest delays in ms, of the sender and of the notebook."""
    player = emo.Player(recording, api).start()
    while not player.replays[0].records or player.sent < 1:
        time.sleep(0.01)
    done, known = {}, {}
    for turn in range(TURNS):
        presses = {
            "pause": player.pause,
            "resume": player.resume,
            "speed": lambda turn=turn: setattr(player, "speed", 2.0 - turn % 2),
            "seek": lambda turn=turn: player.seek(10.0 + turn),
        }
        for why, press in presses.items():
            began = monotonic()
            press()
            reference, seen = noted(player, why, began)
            done.setdefault(why, []).append((reference - began) * MILLI)
            known.setdefault(why, []).append((seen - began) * MILLI)
            time.sleep(0.05)
    player.stop()
    player.wait()
    return {why: max(times) for why, times in done.items()}, {why: max(times) for why, times in known.items()}


def noted(player: emo.Player, why: str, after: float) -> tuple[float, float]:
    """Moment of the clock's change, and moment at which it can be read here."""
    while True:
        records = player.replays[0].records
        epoch = next(record.epoch for record in records if isinstance(record, Began))
        for record in reversed(records):
            if isinstance(record, Reference) and record.why == why and record.at + epoch >= after - 1e-5:
                return record.at + epoch, monotonic()
        time.sleep(0.0005)
