"""HTTP responses of the local server: JSON with the id of the request, and errors (contract §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CORRELATION_HEADER", "error_response", "json_response"]

CORRELATION_HEADER = "X-Correlation-ID"


def json_response(data: Mapping[str, Any], request_id: str, status: int = 200) -> web.Response:
    """Make a JSON response."""
    return web.json_response(dict(data), status=status, headers={CORRELATION_HEADER: request_id})


def error_response(status: int, code: str, request_id: str, message: str | None = None) -> web.Response:
    """Make an error response with a code of the wire."""
    return json_response(messages.error_body(code, request_id, message), request_id, status)
