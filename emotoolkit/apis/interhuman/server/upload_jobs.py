"""The jobs of v2's uploads: a file is looked over, taken, and analysed behind the answer (contract page §7.2)."""

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
from emotoolkit.apis.interhuman.server.analysis import Analysis
from emotoolkit.apis.interhuman.server.ingest import Trouble
from emotoolkit.apis.interhuman.wire import error_codes, messages
from emotoolkit.media.pyav import LENIENT

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emotoolkit.apis.interhuman.server.job_messages import Wanted
    from emotoolkit.apis.interhuman.server.options import Options

__all__ = ["Job", "Workshop", "looked_over"]

SHORTEST, LONGEST = 3.0, 1800.0
"""Seconds of media that a file must have, and may have."""

ROUNDING = 0.1
"""Seconds by which a file may fall short of that: encoders round to their frames."""


def looked_over(file: bytes, model: str) -> Trouble | float:
    """Find what is wrong with a file before it is a job (§5); else its length, in seconds."""
    try:
        with av.open(io.BytesIO(file), **LENIENT) as container:
            pictures, sounds = container.streams.video, container.streams.audio
            if model != messages.LISTENER and not pictures:
                return Trouble("ih5001", "the file has no picture track")
            if not sounds:
                return Trouble("ih5008", "the file has no sound track")
            seconds = _length(container)
    except (av.error.FFmpegError, IndexError, ValueError) as problem:
        return Trouble("ih4002", f"the file cannot be read ({getattr(problem, 'strerror', None) or problem})")
    if seconds + ROUNDING < SHORTEST:
        return Trouble("ih4007", f"the file has {seconds:.2f} s, and {SHORTEST:g} s are needed")
    if seconds - ROUNDING > LONGEST:
        return Trouble("ih4004", f"the file has {seconds:.0f} s, and {LONGEST:g} s are allowed")
    return seconds


def _length(container: Any) -> float:
    """Seconds from the first to the last of what the tracks hold, without decoding it."""
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
    """A file that is analysed, and whose it is."""

    owner: str | None
    wanted: Wanted
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "queued"
    outcome: dict[str, Any] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def expires(self) -> datetime:
        """When it cannot be read any more."""
        return self.created + timedelta(seconds=job_messages.LIFE)

    def told(self) -> dict[str, Any]:
        """Say how far it is."""
        return job_messages.envelope(
            self.id, self.status, self.wanted.model, self.created, self.expires, **self.outcome
        )

    def end(self, outcome: dict[str, Any] | Trouble) -> None:
        """Take up what came of it."""
        if isinstance(outcome, Trouble):
            self.status, told = "failed", messages.body(outcome.code, self.id, outcome.message)
            self.outcome = {"error": told}
        else:
            self.status, self.outcome = "completed", {"result": outcome}
        self.done.set()


class Workshop:
    """The jobs of one server; each enters `in_progress` for as long as it takes."""

    def __init__(self, options: Options, in_progress: AbstractContextManager[object]) -> None:
        self._options = options
        self._in_progress = in_progress
        self._jobs: dict[str, Job] = {}
        self._work: set[asyncio.Task[None]] = set()

    def take(self, owner: str | None, file: bytes, wanted: Wanted, seconds: float) -> Job | None:
        """Begin a job of so many seconds of media; None: there are as many as there may be."""
        if 0 < self._options.limits.jobs <= len(self._work):
            return None
        now = datetime.now(UTC)
        self._jobs = {name: job for name, job in self._jobs.items() if now < job.expires}
        job = Job(owner, wanted)
        self._jobs[job.id] = job
        work = asyncio.create_task(self._count(job, file, seconds))
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        return job

    def find(self, owner: str | None, name: str) -> Job | None:
        """Find a job of somebody's."""
        job = self._jobs.get(name)
        return job if job is not None and job.owner == owner and datetime.now(UTC) < job.expires else None

    async def close(self) -> None:
        """Give up what is in progress."""
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _count(self, job: Job, file: bytes, seconds: float) -> None:
        with self._in_progress:
            await self._do(job, file, seconds)

    async def _do(self, job: Job, file: bytes, seconds: float) -> None:
        faults = self._options.faults
        await asyncio.sleep(faults.delay)
        job.status = "running"
        if faults.error:
            job.end(Trouble(faults.error, error_codes.sentence(faults.error)))
            return
        try:
            job.end(await asyncio.to_thread(_analysed, file, job.wanted, seconds))
        except Exception:  # a fault of ours: who asks hears of it, and whoever serves sees where it was
            logging.getLogger(__name__).exception("a job failed")
            job.end(Trouble("ih1001", error_codes.sentence("ih1001")))


def _analysed(file: bytes, wanted: Wanted, seconds: float) -> dict[str, Any] | Trouble:
    analysis = Analysis()
    if wanted.model == messages.LISTENER:
        analysis.listen()
    try:
        findings = [*analysis.read(file), *analysis.finish()]
    finally:
        analysis.close()
    trouble = next((each for each in findings if isinstance(each, Trouble)), None)
    return trouble or job_messages.result(findings, wanted.include, seconds)
