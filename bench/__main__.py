"""Run benchmarks: `python -m bench` all of them, `python -m bench pace crowd` some. BENCH_RUNS=1 is a quick look.

Each runs in a process of its own, so that one which hangs or fails takes no other with it. After each, its rows are in
docs/benchmarks.csv and in the picture beside it, in place of its former ones.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time

from bench import picture
from bench.table import FILE, RUNS, keep

BENCHES = (
    "starting",
    "control",
    "throughput",
    "cutting",
    "crowd",
    "pace",
    "measures",
    "face",
    "plots",
    "tables",
    "planning",
    "batch",
    "capacity",
    "delay",
)
PATIENCE = 1200
"""Seconds after which a bench is given up."""


def main(names: list[str]) -> int:
    """Run some benches. Returns how many failed."""
    began, failed = time.monotonic(), []
    for name in names or BENCHES:
        print(f"== {name} ({RUNS} runs)", flush=True)
        try:
            subprocess.run(
                [sys.executable, "-m", "bench", name], env=dict(os.environ) | ALONE, check=True, timeout=PATIENCE
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            failed.append(name)
            print(f"{name} gave nothing: {problem}", flush=True)
    print(f"{time.monotonic() - began:.0f} s; the table is {FILE}" + (f"; failed: {failed}" if failed else ""))
    return len(failed)


def alone(name: str) -> None:
    """Run one bench in this process, and keep its rows as they come."""
    rows = []
    for row in importlib.import_module(f"bench.{name}").rows():
        rows.append(row)
        print(*(row if isinstance(row, tuple) else row.told()), sep="  ", flush=True)
        keep(name, rows)
    picture.draw()


ALONE = {"BENCH_ALONE": "1"}

if __name__ == "__main__":
    if os.environ.get("BENCH_ALONE"):
        alone(sys.argv[1])
    else:
        sys.exit(main(sys.argv[1:]))
