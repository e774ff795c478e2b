"""Reads the body of an HTTP response up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.errors import MessageTooLarge
from emotoolkit.utils.folders import BYTES_PER_MB

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["read_body"]

CHUNK_BYTES = 1 << 16
"""Bytes that are read at once."""


async def read_body(response: ClientResponse, *, api: str, url: str, limit_mb: float) -> str:
    """Read the body of a response as text; what is no UTF-8 becomes replacement characters.

    Parameters
    ----------
    response : aiohttp.ClientResponse
        Its body has not been read yet.
    api, url : str
        The server's name and address, for the error.
    limit_mb : float
        MB of the body, decompressed, at most.

    Raises
    ------
    MessageTooLarge
        It has more.
    """
    parts: list[bytes] = []
    left = limit_mb * BYTES_PER_MB
    async for part in response.content.iter_chunked(CHUNK_BYTES):
        left -= len(part)
        if left < 0:
            raise MessageTooLarge(api=api, url=url, limit=limit_mb, sent=0.0)
        parts.append(part)
    return b"".join(parts).decode(errors="replace")
