"""Jobs of v2's uploads: a file is checked, accepted, and analysed after the response (contract page §7.2)."""

from __future__ import annotations

import asyncio
import io
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.apis.interhuman.server import job_messages
from emotoolkit.apis.interhuman.server.analysis import Analyzer
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.wire import error_codes, messages
from emotoolkit.media.pyav import OPEN_OPTIONS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emotoolkit.apis.interhuman.server.job_messages import JobRequest
    from emotoolkit.apis.interhuman.server.options import Options

__all__ = ["Job", "JobPool", "check_file"]

MIN_FILE_S, MAX_FILE_S = 3.0, 1800.0
"""Shortest and longest file, in seconds of media."""

DURATION_TOLERANCE_S = 0.1
"""Seconds by which a file may be shorter or longer than that: encoders round to their frames."""


def check_file(file: bytes, model: str) -> ErrorReport | float:
    """Check a file before it becomes a job (§5); returns its duration in seconds, or an error."""
    try:
        with av.open(io.BytesIO(file), **OPEN_OPTIONS) as container:
            pictures, sounds = container.streams.video, container.streams.audio
            if model != messages.AUDIO_MODEL and not pictures:
                return ErrorReport("ih5001", "the file has no picture track")
            if not sounds:
                return ErrorReport("ih5008", "the file has no sound track")
            seconds = _duration(container)
    except (av.error.FFmpegError, IndexError, ValueError) as problem:
        return ErrorReport("ih4002", f"the file cannot be read ({getattr(problem, 'strerror', None) or problem})")
    if seconds + DURATION_TOLERANCE_S < MIN_FILE_S:
        return ErrorReport("ih4007", f"the file has {seconds:.2f} s, and {MIN_FILE_S:g} s are needed")
    if seconds - DURATION_TOLERANCE_S > MAX_FILE_S:
        return ErrorReport("ih4004", f"the file has {seconds:.0f} s, and {MAX_FILE_S:g} s are allowed")
    return seconds


def _duration(container: Any) -> float:
    """Measure the duration of the longest track in seconds, without decoding it."""
    first: dict[int, float] = {}
    longest = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            start = float(packet.pts * packet.time_base)
            end = start + float((packet.duration or 0) * packet.time_base)
            longest = max(longest, end - first.setdefault(packet.stream_index, start))
    return longest


@dataclass(eq=False)
class Job:
    """The analysis of a file, for the credential `owner`."""

    owner: str | None
    request: JobRequest
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "queued"
    outcome: dict[str, Any] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def expires(self) -> datetime:
        """Time from which on its status cannot be requested any more."""
        return self.created + timedelta(seconds=job_messages.JOB_LIFETIME_S)

    def status_message(self) -> dict[str, Any]:
        """Report its status."""
        return job_messages.job_status(
            self.id, self.status, self.request.model, self.created, self.expires, **self.outcome
        )

    def end(self, outcome: dict[str, Any] | ErrorReport) -> None:
        """Set its result or error."""
        if isinstance(outcome, ErrorReport):
            self.status, error = "failed", messages.error_body(outcome.code, self.id, outcome.message)
            self.outcome = {"error": error}
        else:
            self.status, self.outcome = "completed", {"result": outcome}
        self.done.set()


class JobPool:
    """The jobs of one server. They start at once, or are refused; each enters `in_progress` while it runs."""

    def __init__(self, options: Options, in_progress: AbstractContextManager[object]) -> None:
        self._options = options
        self._in_progress = in_progress
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, owner: str | None, file: bytes, request: JobRequest, seconds: float) -> Job | None:
        """Start a job of `seconds` of media; None if as many as allowed are running."""
        if 0 < self._options.limits.jobs <= len(self._tasks):
            return None
        now = datetime.now(UTC)
        self._jobs = {name: job for name, job in self._jobs.items() if now < job.expires}
        job = Job(owner, request)
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run_counted(job, file, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def find(self, owner: str | None, name: str) -> Job | None:
        """Find a job of this owner; None if there is none, or it has expired."""
        job = self._jobs.get(name)
        return job if job is not None and job.owner == owner and datetime.now(UTC) < job.expires else None

    async def close(self) -> None:
        """Cancel the jobs in progress."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run_counted(self, job: Job, file: bytes, seconds: float) -> None:
        with self._in_progress:
            await self._run(job, file, seconds)

    async def _run(self, job: Job, file: bytes, seconds: float) -> None:
        faults = self._options.faults
        await asyncio.sleep(faults.delay)
        job.status = "running"
        if faults.error:
            job.end(ErrorReport(faults.error, error_codes.default_message(faults.error)))
            return
        try:
            job.end(await asyncio.to_thread(_analyze_file, file, job.request, seconds))
        except Exception:  # a fault of this server: report it to the client, and log the traceback
            logging.getLogger(__name__).exception("a job failed")
            job.end(ErrorReport("ih1001", error_codes.default_message("ih1001")))


def _analyze_file(file: bytes, request: JobRequest, seconds: float) -> dict[str, Any] | ErrorReport:
    analyzer = Analyzer()
    if request.model == messages.AUDIO_MODEL:
        analyzer.set_audio_only()
    try:
        findings = [*analyzer.read(file), *analyzer.finish()]
    finally:
        analyzer.close()
    error = next((each for each in findings if isinstance(each, ErrorReport)), None)
    return error or job_messages.job_result(findings, request.include, seconds)
