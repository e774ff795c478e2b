"""A whole recording at once, analysed as a file: the sibling of the stream (contract page §7.1), same tables.

What is uploaded is the stream's one container in one piece. So any recording can be uploaded, and it is the same media
that a replay sends: what differs in the tables is the service's doing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from emotoolkit.errors import SegmentTooLarge
from emotoolkit.interhuman import messages, rest
from emotoolkit.interhuman.credentials import UPLOAD
from emotoolkit.uploading import upload_each

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotoolkit.interhuman.api import Interhuman
    from emotoolkit.recording import Recording
    from emotoolkit.replayed import Replay

__all__ = ["upload"]

PATH = "/v1/upload/analyze"

PATIENCE = 300.0
"""Seconds that the service may take for a file (§7.1)."""


def upload(settings: Interhuman, recording: Recording, journal: Path | None = None) -> Replay:
    """Upload a recording and wait for the answer; `Interhuman.upload` says more."""

    async def ask(session: Interhuman, sent: Callable[[int], None]) -> str:
        whole = await asyncio.to_thread(_whole, session, recording)
        sent(len(whole))
        return await _posted(session, recording.path.name, whole)

    return upload_each(recording, [settings.located()], journal, ask)


def _whole(settings: Interhuman, recording: Recording) -> bytes:
    whole = settings.whole(recording)
    if len(whole) > messages.LARGEST:
        raise SegmentTooLarge(file=recording.file, start=0.0, bytes=len(whole), limit=messages.LARGEST)
    return whole


async def _posted(settings: Interhuman, name: str, data: bytes) -> str:
    secret = await rest.credential(settings, UPLOAD)
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    for section in settings.include:
        form.add_field("include[]", section)
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return await rest.post(settings, PATH, patience=PATIENCE, headers=headers, data=form)
