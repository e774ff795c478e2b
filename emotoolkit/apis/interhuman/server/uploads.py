"""Whole files on the local server: analysed within the request (v1, contract §7.1), or as a job behind it (v2, §7.2).

The same measuring as of a stream.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from emotoolkit.apis.interhuman.server import job_messages
from emotoolkit.apis.interhuman.server.analysis import Analysis
from emotoolkit.apis.interhuman.server.auth import presented
from emotoolkit.apis.interhuman.server.connection import LABEL
from emotoolkit.apis.interhuman.server.http_replies import answer, refusal
from emotoolkit.apis.interhuman.server.ingest import Trouble
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.server.reporting import Flat
from emotoolkit.apis.interhuman.server.upload_jobs import ROUNDING, SHORTEST, Workshop, looked_over
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.scopes import UPLOAD

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emotoolkit.apis.interhuman.server.auth import Keys
    from emotoolkit.apis.interhuman.server.options import Options

__all__ = ["Files"]

WRONG = frozenset({"ih4002", "ih4004", "ih4007"})
"""Errors that are about the request, and not about what is in the file (§5)."""


class Files:
    """Takes files from those who may upload some.

    Parameters
    ----------
    options : Options
        What the server is told.
    keys : Keys
        Who may.
    in_progress : context manager
        Entered for as long as a job takes that goes on behind the answer.
    """

    def __init__(self, options: Options, keys: Keys, in_progress: AbstractContextManager[object]) -> None:
        self._options = options
        self._keys = keys
        self._workshop = Workshop(options, in_progress)

    async def close(self) -> None:
        """Give up what is in progress."""
        await self._workshop.close()

    async def upload(self, request: web.Request) -> web.Response:
        """Analyse a file, and answer with all that was found (§7.1)."""
        session = str(uuid.uuid4())
        received = await self._received(request, session)
        if isinstance(received, web.Response):
            return received
        file, _, wishes = received
        include = tuple(section for section in messages.INCLUDE if section in wishes)
        found = await asyncio.to_thread(_analysed, file, include)
        return _declined(found, session) if isinstance(found, Trouble) else answer({**found, "server": LABEL}, session)

    async def submit(self, request: web.Request) -> web.Response:
        """Take a file as a job, and say how far it is, at once or after some seconds (§7.2)."""
        session = str(uuid.uuid4())
        received = await self._received(request, session)
        if isinstance(received, web.Response):
            return received
        file, fields, wishes = received
        wanted = job_messages.read(fields, wishes)
        if isinstance(wanted, str):
            return refusal(400, "ih4005", session, wanted)
        seconds = await asyncio.to_thread(looked_over, file, wanted.model)
        if isinstance(seconds, Trouble):
            return _declined(seconds, session)
        job = self._workshop.take(_credential(request), file, wanted, seconds)
        if job is None:
            return refusal(503, "ih1002", session)
        await asyncio.wait([asyncio.ensure_future(job.done.wait())], timeout=wanted.wait)
        return answer({**job.told(), "server": LABEL}, session, 200 if job.done.is_set() else 202)

    async def job(self, request: web.Request) -> web.Response:
        """Say how far a job is (§7.2)."""
        session = str(uuid.uuid4())
        barred = self._barred(request, session)
        if barred is not None:
            return barred
        job = self._workshop.find(_credential(request), request.match_info["job"])
        return refusal(404, "ih4021", session) if job is None else answer({**job.told(), "server": LABEL}, session)

    def _barred(self, request: web.Request, session: str) -> web.Response | None:
        grant = self._keys.grant(_credential(request))
        if isinstance(grant, str):
            return refusal(401, grant, session)
        return None if UPLOAD in grant.scopes else refusal(403, "ih2003", session)

    async def _received(
        self, request: web.Request, session: str
    ) -> tuple[bytes, dict[str, str], list[str]] | web.Response:
        """Take the form of who may upload apart: the file, the fields beside it, and what is to be included."""
        barred = self._barred(request, session)
        if barred is not None:
            return barred
        if not request.content_type.startswith("multipart/"):
            return refusal(400, "ih4001", session, "the request is not multipart/form-data")
        try:
            file, fields, wishes = await _form(request)
        except web.HTTPRequestEntityTooLarge:  # let go of: it holds on to all that was read
            return refusal(413, "ih4003", session)
        if file is None:
            return refusal(400, "ih4001", session)
        if len(file) > self._options.limits.largest:
            return refusal(413, "ih4003", session)
        return file, fields, wishes


def _credential(request: web.Request) -> str | None:
    return presented(request.headers.get("Authorization", ""), [])


def _declined(trouble: Trouble, session: str) -> web.Response:
    return refusal(400 if trouble.code in WRONG else 422, trouble.code, session, trouble.message)


async def _form(request: web.Request) -> tuple[bytes | None, dict[str, str], list[str]]:
    file, fields, wishes = None, {}, []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            file = bytes(await part.read())
        elif part.name == "include[]":
            wishes.append(await part.text())
        elif part.name:
            fields[part.name] = await part.text()
    return file, fields, wishes


def _analysed(file: bytes, include: tuple[str, ...]) -> dict[str, Any] | Trouble:
    """Measure a file: what an upload is answered, or why it cannot be."""
    analysis, probe, telling = Analysis(), Probe(), Flat()
    try:
        probe.feed(file)
        trouble = telling.note(analysis.feed(file)) or telling.note(analysis.finish())
    finally:
        analysis.close()
        probe.close()
    if trouble is None and probe.seconds + ROUNDING < SHORTEST:
        trouble = Trouble("ih4007", f"the file has {probe.seconds:.2f} s, and {SHORTEST:g} s are needed")
    return trouble or telling.result(include)
