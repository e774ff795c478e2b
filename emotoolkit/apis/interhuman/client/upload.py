"""A whole recording at once, analysed as a file: the sibling of the stream (contract page §7), same tables.

The service's first version answers with the result; with a `model`, the file goes to its second, as a job that is asked
after until it is done. What is uploaded is what a stream would be sent, in one piece: its one container, or its sound.
So any recording can be uploaded, and it is the same media: what differs in the tables is the service's doing.
"""

from __future__ import annotations

import asyncio
import io
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp

from emotoolkit.apis.interhuman.client import http_client
from emotoolkit.apis.interhuman.server.auth import UPLOAD
from emotoolkit.apis.interhuman.wire import decoder, messages
from emotoolkit.errors import SegmentTooLarge, ServerSilent
from emotoolkit.replays.upload import read_whole, upload_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from emotoolkit.apis.interhuman.api import Interhuman
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay

__all__ = ["upload"]

PATH = "/v1/upload/analyze"

JOBS, JOB = "/v2/upload/analyze", "/v2/upload/jobs/{}"

PATIENCE = 300.0
"""Seconds that the service may take for a file (§7.1), besides as long as it lasts."""

POLL = 2.0
"""Seconds from one question after a job to the next (§7.2)."""


def upload(settings: Interhuman, recording: Recording, journal: Path | None = None) -> Replay:
    """Upload a recording and wait for the answer; `Interhuman.upload` says more."""

    async def ask(session: Interhuman, sent: Callable[[int], None]) -> AsyncIterator[str]:
        whole = await read_whole(recording, partial(_whole, session, recording))
        sent(len(whole))
        secret = await http_client.credential(session, UPLOAD)
        posted = _Posted(session, recording, {} if secret is None else {"Authorization": f"Bearer {secret}"})
        async for answer in posted.once(whole) if session.model is None else posted.as_a_job(whole, session.model):
            yield answer

    return upload_each(recording, [settings.located()], journal, ask)


def _whole(settings: Interhuman, recording: Recording) -> bytes:
    whole = settings.whole(recording)
    if len(whole) > messages.LARGEST:
        raise SegmentTooLarge(file=recording.file, start=0.0, bytes=len(whole), limit=messages.LARGEST)
    return whole


class _Posted:
    """A file at the service."""

    def __init__(self, settings: Interhuman, recording: Recording, headers: dict[str, str]) -> None:
        self._settings = settings
        self._name = recording.path.name
        self._patience = PATIENCE + recording.duration
        self._headers = headers

    async def once(self, data: bytes) -> AsyncIterator[str]:
        """Post it to v1; the answer is the result."""
        yield await self._post(PATH, data, self._settings.include)

    async def as_a_job(self, data: bytes, model: str) -> AsyncIterator[str]:
        """Post it to v2, and ask after it until it is done. Each answer says how far it is, the last has the result."""
        answer = await self._post(JOBS, data, (messages.SIGNALS, *self._settings.include), model=model)
        yield answer
        try:
            async with asyncio.timeout(self._patience):
                while (job := decoder.pending(answer)) is not None:
                    await asyncio.sleep(POLL)
                    path = JOB.format(quote(job, safe=""))
                    answer = await http_client.get(
                        self._settings, path, patience=self._settings.timeout, headers=self._headers
                    )
                    yield answer
        except TimeoutError:
            facts = {"api": self._settings.title, "url": self._settings.address}
            raise ServerSilent(**facts, step=JOBS, timeout=round(self._patience, 1)) from None

    async def _post(self, path: str, data: bytes, include: Iterable[str], **fields: str) -> str:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(data), filename=self._name, content_type="application/octet-stream")
        for section in include:
            form.add_field("include[]", section)
        for name, value in fields.items():
            form.add_field(name, value)
        return await http_client.post(self._settings, path, patience=self._patience, headers=self._headers, data=form)
