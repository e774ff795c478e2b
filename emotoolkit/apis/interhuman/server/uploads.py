"""Uploads of whole files: analysed within the request (v1, contract §7.1), or as a job after it (v2, §7.2).

The analysis is that of a stream.
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
from emotoolkit.apis.interhuman.server.upload_jobs import DURATION_TOLERANCE_S, MIN_FILE_S, JobPool, check_file
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.scopes import UPLOAD

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emotoolkit.apis.interhuman.server.auth import CredentialStore
    from emotoolkit.apis.interhuman.server.options import Options

__all__ = ["UploadEndpoints"]

BAD_REQUEST_CODES = frozenset({"ih4002", "ih4004", "ih4007"})
"""Errors that are about the request, not about the media in the file (§5)."""


class UploadEndpoints:
    """Handlers of upload requests.

    Parameters
    ----------
    options : Options
        Options of the server.
    credentials : CredentialStore
        The credentials that may upload.
    in_progress : context manager
        Entered while a job runs after its request.
    """

    def __init__(
        self, options: Options, credentials: CredentialStore, in_progress: AbstractContextManager[object]
    ) -> None:
        self._options = options
        self._credentials = credentials
        self._jobs = JobPool(options, in_progress)

    async def close(self) -> None:
        """Cancel the jobs in progress."""
        await self._jobs.close()

    async def upload(self, request: web.Request) -> web.Response:
        """Analyse a file, and respond with all findings (§7.1)."""
        session = str(uuid.uuid4())
        received = await self._read_upload(request, session)
        if isinstance(received, web.Response):
            return received
        file, _, sections = received
        include = tuple(section for section in messages.INCLUDE if section in sections)
        result = await asyncio.to_thread(_analyze_file, file, include)
        return (
            _rejection_response(result, session)
            if isinstance(result, ErrorReport)
            else json_response({**result, "server": SERVER_LABEL}, session)
        )

    async def submit(self, request: web.Request) -> web.Response:
        """Start a job for a file, and respond with its status, at once or after `wait_seconds` (§7.2)."""
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
        await asyncio.wait([asyncio.ensure_future(job.done.wait())], timeout=job_request.wait_s)
        return json_response(
            {**job.status_message(), "server": SERVER_LABEL}, session, 200 if job.done.is_set() else 202
        )

    async def job(self, request: web.Request) -> web.Response:
        """Respond with the status of a job (§7.2)."""
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
        """Authorize and parse an upload; returns file, other fields and requested sections, or an error response."""
        denied = self._access_error(request, session)
        if denied is not None:
            return denied
        if not request.content_type.startswith("multipart/"):
            return error_response(400, "ih4001", session, "the request is not multipart/form-data")
        try:
            file, fields, sections = await _read_form(request)
        except web.HTTPRequestEntityTooLarge:  # not kept as a cause: it references all that was read
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
    """Analyse a file; returns the body of the response, or why it cannot be analysed."""
    analyzer, probe, reporter = Analyzer(), Probe(), FlatReporter()
    try:
        probe.feed(file)
        error = reporter.note(analyzer.feed(file)) or reporter.note(analyzer.finish())
    finally:
        analyzer.close()
        probe.close()
    if error is None and probe.seconds + DURATION_TOLERANCE_S < MIN_FILE_S:
        error = ErrorReport("ih4007", f"the file has {probe.seconds:.2f} s, and {MIN_FILE_S:g} s are needed")
    return error or reporter.result(include)
