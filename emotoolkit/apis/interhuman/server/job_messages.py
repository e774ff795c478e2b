"""Requests and responses of v2's uploads, where each file is a job (contract page §7.2). No I/O.

A job cuts its file into windows of equal length and reports the state and the signals of each. A signal has the times
of its window, so the result is coarser than that of a stream, from the same measurements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.interhuman.server.analysis import MIN_WINDOW_S, EngagementState
from emotoolkit.apis.interhuman.server.reporting import FlatReporter
from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from emotoolkit.apis.interhuman.server.analysis import Finding

__all__ = ["JOB_LIFETIME_S", "WINDOW_S", "JobRequest", "job_result", "job_status", "read_request"]

WINDOW_S = 5.0
"""Seconds of a window, as in the page's example."""

JOB_LIFETIME_S = 3600
"""Seconds for which the status of a job can be requested."""

MAX_WAIT_S = 120
"""Seconds for which a response may wait for the job, at most."""

NEUTRAL = "neutral"
"""State of a window without a finding (§4.3)."""

PROBABILITIES = (None, "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A valid request: the model, the sections, and seconds for which the response may wait for the result."""

    model: str
    include: tuple[str, ...]
    wait_s: float


def read_request(fields: Mapping[str, str], include: Collection[str]) -> JobRequest | str:
    """Parse the fields of an upload; returns a sentence that says why, if they are not valid."""
    model, wait = fields.get("model"), fields.get("wait_seconds", "0")
    if model not in messages.MODELS:
        return f"model must be one of {', '.join(messages.MODELS)}"
    if not wait.isdecimal() or int(wait) > MAX_WAIT_S:
        return f"wait_seconds must be a whole number, 0 to {MAX_WAIT_S}"
    return JobRequest(
        model, tuple(each for each in (messages.SIGNALS, *messages.INCLUDE) if each in include), float(wait)
    )


def job_status(job: str, status: str, model: str, created: datetime, expires: datetime, **more: Any) -> dict[str, Any]:
    """Report the status of a job. `more` is its result or its error; what is missing is left out, not null."""
    times = {"created_at": created.isoformat(), "expires_at": expires.isoformat()}
    return {"job_id": job, "status": status, "model": model, **times, "status_url": f"/v2/upload/jobs/{job}", **more}


def job_result(findings: Sequence[Finding], include: Collection[str], duration: float) -> dict[str, Any]:
    """Distribute the findings of a file to windows."""
    reporter = FlatReporter()
    reporter.note(findings)
    results = reporter.result([section for section in messages.INCLUDE if section in include])
    states = [(each.start, each.state) for each in findings if isinstance(each, EngagementState)]
    count = max(1, math.ceil((duration - MIN_WINDOW_S) / WINDOW_S))
    borders = [*(index * WINDOW_S for index in range(count)), round(duration, 3)]
    windows = [
        _window(index, start, end, results["signals"], states) for index, (start, end) in enumerate(pairwise(borders))
    ]
    sections: dict[str, Any] = {messages.SIGNALS: _merge_signals(windows)} if messages.SIGNALS in include else {}
    if "conversation_quality" in results:
        sections["conversation_quality"] = results["conversation_quality"]
    return {"duration_seconds": round(duration, 3), "window_seconds": WINDOW_S, "windows": windows, **sections}


def _window(
    index: int, start: float, end: float, spans: Iterable[Mapping[str, Any]], states: Sequence[tuple[float, str]]
) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        if span["start"] < end and start < span["end"]:
            entry = {**span, "start": start, "end": end}
            found[span["type"]] = _stronger(found.get(span["type"], entry), entry)
    return {
        "index": index,
        "start_seconds": start,
        "end_seconds": end,
        "engagement_status": _state(start, end, states),
        "signals": list(found.values()),
    }


def _state(start: float, end: float, states: Sequence[tuple[float, str]]) -> str:
    """Find the state that lasts longest in a window."""
    durations: dict[str, float] = {}
    for (state_start, state), (state_end, _) in pairwise([*states, (end, NEUTRAL)]):
        durations[state] = durations.get(state, 0.0) + max(0.0, min(state_end, end) - max(state_start, start))
    longest = max(durations, key=lambda state: durations[state], default=NEUTRAL)
    return longest if durations.get(longest) else NEUTRAL


def _merge_signals(windows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Merge signals of the same type in adjacent windows; each keeps the highest probability with its rationale."""
    merged: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    for window in windows:
        for entry in window["signals"]:
            before = last.get(entry["type"])
            if before is not None and before["end"] == entry["start"]:
                before |= {**_stronger(before, entry), "start": before["start"], "end": entry["end"]}
            else:
                last[entry["type"]] = dict(entry)
                merged.append(last[entry["type"]])
    return merged


def _stronger(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return max(one, other, key=lambda entry: PROBABILITIES.index(entry["probability"]))
