"""A whole recording at once, analysed as a file: the sibling of the stream (contract page §7.1), same tables.

What is uploaded is the stream's one container in one piece. So any recording can be uploaded, and it is the same media
that a replay sends: what differs in the tables is the service's doing.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from emotoolkit import __version__
from emotoolkit.errors import EmotoolkitError, SegmentTooLarge
from emotoolkit.interhuman import messages, rest
from emotoolkit.interhuman.credentials import UPLOAD
from emotoolkit.journal import Began, Ended, Opened, Received, Reference, Sent, to_line
from emotoolkit.replayed import Replay

if TYPE_CHECKING:
    from emotoolkit.interhuman.api import Interhuman
    from emotoolkit.journal import Record
    from emotoolkit.packet import Packet
    from emotoolkit.recording import Recording

__all__ = ["upload"]

PATH = "/v1/upload/analyze"

PATIENCE = 300.0
"""Seconds that the service may take for a file (§7.1)."""


def upload(settings: Interhuman, recording: Recording, journal: Path | None = None) -> Replay:
    """Upload a recording and wait for the answer; `Interhuman.upload` says more."""
    settings = settings.located()
    folder = Path(tempfile.mkdtemp(prefix="emotoolkit-")) if journal is None else journal
    folder.mkdir(parents=True, exist_ok=True)
    book = _Book(folder / f"{recording.path.stem}-interhuman-upload.jsonl")
    book.write(_began(settings, recording))
    failure: EmotoolkitError | None = None
    try:
        whole = _whole(settings, recording)
        book.write(Opened(0, 0, 0.0, book.at()))
        book.write(Reference(book.at(), 0.0, None, playing=True, why="start"))
        book.write(Sent(0, 0.0, whole.end, None, book.at(), len(whole.data)))
        with ThreadPoolExecutor(1) as beside:  # a notebook's own loop is running
            answer = beside.submit(asyncio.run, _ask(settings, recording.path.name, whole.data)).result()
        book.write(Received(0, book.at(), answer))
    except EmotoolkitError as problem:
        failure = problem
        book.write(Ended(0, book.at(), "failed", type(problem).__name__, problem.facts))
        failure.replay = Replay(tuple(book.records), book.path)
        failure.replays = (failure.replay,)
        raise
    book.write(Ended(0, book.at(), "finished"))
    return Replay(tuple(book.records), book.path)


def _whole(settings: Interhuman, recording: Recording) -> Packet:
    from emotoolkit.packet import Packet

    packets = list(settings.packets(recording))
    whole = Packet(0.0, packets[-1].end, b"".join(packet.data for packet in packets))
    if len(whole.data) > messages.LARGEST:
        raise SegmentTooLarge(file=recording.file, start=0.0, bytes=len(whole.data), limit=messages.LARGEST)
    return whole


async def _ask(settings: Interhuman, name: str, data: bytes) -> str:
    secret = await rest.credential(settings, UPLOAD)
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    for section in settings.include:
        form.add_field("include[]", section)
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return await rest.post(settings, PATH, patience=PATIENCE, headers=headers, data=form)


def _began(settings: Interhuman, recording: Recording) -> Began:
    return Began(
        emotoolkit=__version__,
        file=recording.file,
        duration=recording.duration,
        api=settings.name,
        sessions=[settings.settings()],
        speed=None,
        utc=datetime.now(UTC).isoformat(),
    )


class _Book:
    """The journal: to disk first, then to memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Record] = []
        self._began = time.monotonic()
        path.write_text("", encoding="utf-8")

    def at(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._began, 6)

    def write(self, record: Record) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(to_line(record) + "\n")
        self.records.append(record)
