"""Upload a whole recording as one file (contract page §7); the tables are the same as those of a stream.

The service's first version responds with the result; with a `model`, the file goes to its second version, as a job that
is polled until it is done. The upload has the same media as a stream, in one piece: its container, or its sound. So any
recording can be uploaded, and differences between the tables are the service's.
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp

from emotoolkit.apis.interhuman.client import http_client
from emotoolkit.apis.interhuman.wire import messages, values
from emotoolkit.apis.interhuman.wire.scopes import UPLOAD
from emotoolkit.errors import SegmentTooLarge, ServerSilent
from emotoolkit.media.reading import read_in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from emotoolkit.apis.interhuman.settings import InterhumanSettings
    from emotoolkit.media.recording import Recording

__all__ = ["posts"]

UPLOAD_PATH = "/v1/upload/analyze"

JOBS_PATH, JOB_PATH = "/v2/upload/analyze", "/v2/upload/jobs/{}"

ANALYSIS_TIMEOUT_S = 300.0
"""Seconds that the service may take for a file (§7.1), besides the file's own duration."""

POLL_INTERVAL_S = 2.0
"""Seconds between two requests for the status of a job (§7.2)."""


async def posts(
    settings: InterhumanSettings, recording: Recording, whole: Callable[[], bytes], sent: Callable[[int], None]
) -> AsyncIterator[str]:
    """Upload the file that `whole` makes of a recording, and yield each response; see `Interhuman.posts`."""
    data = await read_in_thread(recording, whole)
    if len(data) > messages.MAX_MESSAGE_BYTES:
        raise SegmentTooLarge(file=recording.file, start=0.0, bytes=len(data), limit=messages.MAX_MESSAGE_BYTES)
    sent(len(data))
    secret = await http_client.credential(settings, UPLOAD)
    upload = _Upload(settings, recording, {} if secret is None else {"Authorization": f"Bearer {secret}"})
    async for answer in upload.run_v1(data) if settings.model is None else upload.run_job(data, settings.model):
        yield answer


class _Upload:
    """One upload: where it is posted, as which file, and with which headers."""

    def __init__(self, settings: InterhumanSettings, recording: Recording, headers: dict[str, str]) -> None:
        self._settings = settings
        self._name = recording.path.name
        self._timeout_s = ANALYSIS_TIMEOUT_S + recording.duration
        self._headers = headers

    async def run_v1(self, data: bytes) -> AsyncIterator[str]:
        """Post the file to v1; the response is the result."""
        yield await self._post(UPLOAD_PATH, data, self._settings.include)

    async def run_job(self, data: bytes, model: str) -> AsyncIterator[str]:
        """Post the file to v2 and poll its job until it is done. Yields each status; the last has the result."""
        answer = await self._post(JOBS_PATH, data, (messages.SIGNALS, *self._settings.include), model=model)
        yield answer
        try:
            async with asyncio.timeout(self._timeout_s):
                while (job := values.pending_job_id(answer)) is not None:
                    await asyncio.sleep(POLL_INTERVAL_S)
                    path = JOB_PATH.format(quote(job, safe=""))
                    answer = await http_client.get(
                        self._settings, path, timeout_s=self._settings.timeout, headers=self._headers
                    )
                    yield answer
        except TimeoutError:
            facts = {"api": self._settings.title, "url": self._settings.address}
            raise ServerSilent(**facts, step=JOBS_PATH, timeout=round(self._timeout_s, 1)) from None

    async def _post(self, path: str, data: bytes, include: Iterable[str], **fields: str) -> str:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(data), filename=self._name, content_type="application/octet-stream")
        for section in include:
            form.add_field("include[]", section)
        for name, value in fields.items():
            form.add_field(name, value)
        return await http_client.post(self._settings, path, timeout_s=self._timeout_s, headers=self._headers, data=form)
