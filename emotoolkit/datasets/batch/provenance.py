"""run.json: the provenance of a run's numbers, for readers in ten years. Without keys and personal paths."""

from __future__ import annotations

import json
import math
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from emotoolkit._version import __version__
from emotoolkit.apis.registry import providing_package
from emotoolkit.datasets.batch.cache_key import describe_request
from emotoolkit.datasets.batch.receipt import DONE, FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import RunOptions

__all__ = ["FILE_NAME", "describe_run", "write"]

FILE_NAME = "run.json"
LIBRARIES = ("av", "numpy", "pandas", "pyarrow", "python-socketio", "soundfile", "soxr", "websockets", "uvloop")
LATENESS_COLUMNS = ("lateness_p50", "lateness_p95", "lateness_p99")


def describe_run(
    options: RunOptions, receipts: Sequence[Receipt], *, sessions: int, began: datetime, state: str
) -> dict[str, Any]:
    """Describe how a run came about.

    Parameters
    ----------
    options : RunOptions
        Options of the run.
    receipts : sequence of Receipt
        Outcome of each row.
    sessions : int
        Sessions open at once, at most.
    began : datetime.datetime
        When this run was started (UTC).
    state : str
        "complete", or why it ended before.
    """
    done = [each for each in receipts if each.status == DONE]
    return {
        **describe_request(options.api),
        "state": state,
        "measured_by": sorted({each.source for each in done}),
        "consent": options.api.settings().get("consent"),
        "speed": None if math.isinf(options.speed) else options.speed,
        "sessions": sessions,
        "attempts": options.attempts,
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "emotoolkit": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "libraries": {name: version for name in _libraries(options) if (version := _version(name))},
        "counts": {
            "rows": len(receipts),
            "done": len(done),
            "failed": sum(each.status == FAILED for each in receipts),
            "seconds_of_media": round(sum(each.duration for each in done), 6),
        },
        "clock": _clock_facts(done),
        "recordings": [
            {"file": each.file, "start": each.start, "end": each.end, "sha256": each.media, "codec": each.codec}
            for each in receipts
        ],
    }


def write(options: RunOptions, facts: dict[str, Any]) -> None:
    """Write `run.json` into the run's folder."""
    options.storage.write(FILE_NAME, json.dumps(facts, indent=1, ensure_ascii=False).encode())


def _clock_facts(done: Sequence[Receipt]) -> dict[str, float | None]:
    """Return the highest lateness of a recording in s, and the number of stalls in all."""
    values = {name: [each.summary.get(name) for each in done] for name in LATENESS_COLUMNS}
    known = {name: [value for value in column if value is not None] for name, column in values.items()}
    worst = {f"{name}_worst": max(column, default=None) for name, column in known.items()}
    return {**worst, "stalls": sum(each.summary.get("stalls") or 0 for each in done)}


def _libraries(options: RunOptions) -> list[str]:
    """List the packages on which the numbers may depend, with the one that brings the API."""
    return [*LIBRARIES, *filter(None, [providing_package(options.api.name)])]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
