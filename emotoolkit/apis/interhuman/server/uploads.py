"""Whole files on the local server: analysed within the request (v1, contract §7.1), or as a job behind it (v2, §7.2).

The same measuring as of a stream.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from emotoolkit.apis.interhuman.server import job_messages
from emotoolkit.apis.interhuman.server.analysis import Analyzer
from emotoolkit.apis.interhuman.server.auth import find_credential
from emotoolkit.apis.interhuman.server.connection import SERVER_LABEL
from emotoolkit.apis.interhuman.server.http_replies import error_response, json_response
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.server.reporting import FlatReporter
from emotoolkit.apis.interhuman.server.upload_jobs import DURATION_TOLERANCE_S, MIN_FILE_S, JobQueue, check_file
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.scopes import UPLOAD

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emotoolkit.apis.interhuman.server.auth import CredentialStore
    from emotoolkit.apis.interhuman.server.options import Options

__all__ = ["UploadEndpoints"]

BAD_REQUEST_CODES = frozenset({"ih4002", "ih4004", "ih4007"})
"""Errors that are about the request, and not about what is in the file (§5)."""


class UploadEndpoints:
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

    def __init__(self, options: Options, keys: CredentialStore, in_progress: AbstractContextManager[object]) -> None:
        self._options = options
        self._credentials = keys
        self._jobs = JobQueue(options, in_progress)

    async def close(self) -> None:
        """Give up what is in progress."""
        await self._jobs.close()

    async def upload(self, request: web.Request) -> web.Response:
        """Analyse a file, and answer with all that was found (§7.1)."""
        session = str(uuid.uuid4())
        received = await self._read_upload(request, session)
        if isinstance(received, web.Response):
            return received
        file, _, sections = received
        include = tuple(section for section in messages.INCLUDE if section in sections)
        found = await asyncio.to_thread(_analyze_file, file, include)
        return (
            _rejection_response(found, session)
            if isinstance(found, ErrorReport)
            else json_response({**found, "server": SERVER_LABEL}, session)
        )

    async def submit(self, request: web.Request) -> web.Response:
        """Take a file as a job, and say how far it is, at once or after some seconds (§7.2)."""
        session = str(uuid.uuid4())
        received = await self._read_upload(request, session)
        if isinstance(received, web.Response):
            return received
        file, fields, sections = received
        job_request = job_messages.read_request(fields, sections)
        if isinstance(job_request, str):
            return error_response(400, "ih4005", session, job_request)
        seconds = await asyncio.to_thread(check_file, file, job_request.model)
        if isinstance(seconds, ErrorReport):
            return _rejection_response(seconds, session)
        job = self._jobs.submit(_credential(request), file, job_request, seconds)
        if job is None:
            return error_response(503, "ih1002", session)
        await asyncio.wait([asyncio.ensure_future(job.done.wait())], timeout=job_request.wait)
        return json_response(
            {**job.status_message(), "server": SERVER_LABEL}, session, 200 if job.done.is_set() else 202
        )

    async def job(self, request: web.Request) -> web.Response:
        """Say how far a job is (§7.2)."""
        session = str(uuid.uuid4())
        denied = self._access_error(request, session)
        if denied is not None:
            return denied
        job = self._jobs.find(_credential(request), request.match_info["job"])
        return (
            error_response(404, "ih4021", session)
            if job is None
            else json_response({**job.status_message(), "server": SERVER_LABEL}, session)
        )

    def _access_error(self, request: web.Request, session: str) -> web.Response | None:
        grant = self._credentials.authorize(_credential(request))
        if isinstance(grant, str):
            return error_response(401, grant, session)
        return None if UPLOAD in grant.scopes else error_response(403, "ih2003", session)

    async def _read_upload(
        self, request: web.Request, session: str
    ) -> tuple[bytes, dict[str, str], list[str]] | web.Response:
        """Take the form of who may upload apart: the file, the fields beside it, and what is to be included."""
        denied = self._access_error(request, session)
        if denied is not None:
            return denied
        if not request.content_type.startswith("multipart/"):
            return error_response(400, "ih4001", session, "the request is not multipart/form-data")
        try:
            file, fields, sections = await _read_form(request)
        except web.HTTPRequestEntityTooLarge:  # let go of: it holds on to all that was read
            return error_response(413, "ih4003", session)
        if file is None:
            return error_response(400, "ih4001", session)
        if len(file) > self._options.limits.largest:
            return error_response(413, "ih4003", session)
        return file, fields, sections


def _credential(request: web.Request) -> str | None:
    return find_credential(request.headers.get("Authorization", ""), [])


def _rejection_response(error: ErrorReport, session: str) -> web.Response:
    return error_response(400 if error.code in BAD_REQUEST_CODES else 422, error.code, session, error.message)


async def _read_form(request: web.Request) -> tuple[bytes | None, dict[str, str], list[str]]:
    file, fields, sections = None, {}, []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            file = bytes(await part.read())
        elif part.name == "include[]":
            sections.append(await part.text())
        elif part.name:
            fields[part.name] = await part.text()
    return file, fields, sections


def _analyze_file(file: bytes, include: tuple[str, ...]) -> dict[str, Any] | ErrorReport:
    """Measure a file: what an upload is answered, or why it cannot be."""
    analysis, probe, reporter = Analyzer(), Probe(), FlatReporter()
    try:
        probe.feed(file)
        error = reporter.note(analysis.feed(file)) or reporter.note(analysis.finish())
    finally:
        analysis.close()
        probe.close()
    if error is None and probe.seconds + DURATION_TOLERANCE_S < MIN_FILE_S:
        error = ErrorReport("ih4007", f"the file has {probe.seconds:.2f} s, and {MIN_FILE_S:g} s are needed")
    return error or reporter.result(include)
