"""File analysis on the local server: `POST /analysis/analyzeFile` (contract page §7).

A file is measured as a stream is, so it has the same segments.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.server.analysis import CallAnalysis
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.columns import ColumnLayout
from emotoolkit.apis.emotion_logic.wire.messages import Handshake, Refusal
from emotoolkit.errors import RecordingError
from emotoolkit.utils.folders import safe_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emotoolkit.apis.base.kept_media import UploadBudget, UploadShare
    from emotoolkit.apis.emotion_logic.wire.messages import FileRequest

__all__ = ["make_handler"]

NATIVE_RATE_HZ = 11_025
"""Samples per second at which a file is analysed: the engine's own rate, as for a stream (contract page §2.3)."""

CHUNK_BYTES = 2**16
"""Bytes of an upload that are held at once."""


MAX_SUFFIX_CHARS = 12
"""Characters of the suffix of an upload's name."""


def make_handler(
    label: str, budget: UploadBudget, columns: str = "measured"
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Make the handler of `POST /analysis/analyzeFile`, whose answers carry `label`, the kind of server.

    `budget` limits the bytes of all uploads together; `columns` is that of `Variant`.
    """
    layout = ColumnLayout(scoring.COLUMNS, columns)

    async def analyze(request: web.Request) -> web.Response:
        with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder, budget.upload() as share:
            try:
                fields, file = await _read_form(request, Path(folder), share)
            except _TooLargeError:
                message = "the file is larger than what is free for uploads (limit uploads)"
                return web.json_response({"server": label} | messages.failure("file", message), status=413)
            answer = await asyncio.to_thread(_answer, fields, file, layout)
        return web.json_response({"server": label} | answer, status=200 if answer["success"] else 400)

    return analyze


class _TooLargeError(Exception):
    """There is no room for a file."""


async def _read_form(request: web.Request, folder: Path, share: UploadShare) -> tuple[dict[str, str], Path | None]:
    """Read the form: its fields, which some programs put into the query (§7.2), and the file."""
    fields, file = dict(request.query), None
    if not request.content_type.startswith("multipart/"):
        return fields, file
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            file = folder / f"upload{safe_name(Path(part.filename or '').suffix[:MAX_SUFFIX_CHARS])}"
            with file.open("wb") as kept:
                while chunk := await part.read_chunk(CHUNK_BYTES):
                    _take(share, len(chunk))
                    kept.write(chunk)
        elif part.name:
            fields[part.name] = await part.text()
            _take(share, len(fields[part.name]))
    return fields, file


def _take(share: UploadShare, size: int) -> None:
    if not share.take(size):
        raise _TooLargeError


def _answer(fields: dict[str, str], file: Path | None, layout: ColumnLayout) -> dict[str, Any]:
    request = messages.read_file_request(fields)
    if isinstance(request, Refusal):
        return messages.failure(request.about, request.message)
    if file is None:
        return messages.failure("file", "the form has no part named file")
    try:
        call = _analyze_file(file, request)
    except RecordingError as problem:
        return messages.failure("file", str(problem).replace(str(file), "the file"))
    write = messages.report_text if request.output == messages.TEXT else messages.report
    return write(call.report(), layout.names, map(layout.row, call.rows))


def _analyze_file(file: Path, request: FileRequest) -> CallAnalysis:
    """Analyse the first two channels separately."""
    from emotoolkit.media import audio  # not needed for streams alone
    from emotoolkit.media.recording import Recording

    recording = Recording(file)
    stereo = recording.audio is not None and recording.audio.channels > 1
    call = CallAnalysis(Handshake(2 if stereo else 1, request.background_noise, 16, NATIVE_RATE_HZ))
    for packet in audio.packets(
        recording, sampling_rate=NATIVE_RATE_HZ, channels="both" if stereo else "mono", length=1.0
    ):
        call.feed(packet.data)
    call.finish()
    return call
