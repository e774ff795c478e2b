"""Starting: how long an import takes, and how soon after `start()` the clock runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit.apis.base.journal import Began, Reference
from emotoolkit.replays.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Iterator

TALK = Path(__file__).parents[1] / "datasets" / "sample" / "talk.wav"
IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"
AGAINST = "import pandas"


def rows() -> Iterator[Row]:
    ours, pandas = ([imported(module) for _ in range(max(RUNS, 5))] for module in ("emotoolkit", "pandas"))
    yield measured("import emotoolkit", "s", ours, pandas, AGAINST, goal="≤ 0.15 s")
    runs = [started() for _ in range(RUNS)]
    for name, goal in (("cold", "≤ 1.0 s"), ("cold, with a local server to start", ""), ("warm", "≤ 0.05 s")):
        yield measured(f"start of a replay, {name}", "s", [run[name] for run in runs], goal=goal)


def imported(module: str) -> float:
    call = [sys.executable, "-c", IMPORT.format(module)]
    return float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)


def started() -> dict[str, float]:
    """Seconds until the first packet's time runs, in fresh processes; then again in the same ones."""
    with discarding("emotion_logic") as server:
        cold, warm = first_and_second(server.url)
    return {"cold": cold, "warm": warm, "cold, with a local server to start": first_and_second("")[0]}


def first_and_second(url: str) -> list[float]:
    call = [sys.executable, "-m", "bench.starting", url]
    return json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)


def once(url: str) -> float:
    """Seconds from asking for a player until its clock runs."""
    began = monotonic()
    player = emo.Player(TALK, emo.EmotionLogic(url=url or None)).start()
    while (found := running(player)) is None:
        time.sleep(0.0005)
    player.stop()
    player.wait()
    return found - began


def running(player: emo.Player) -> float | None:
    records = player.replays[0].records
    epoch = next((record.epoch for record in records if isinstance(record, Began)), 0.0)
    return next((epoch + record.at for record in records if isinstance(record, Reference)), None)


if __name__ == "__main__":
    print(json.dumps([once(sys.argv[1]), once(sys.argv[1])]))
