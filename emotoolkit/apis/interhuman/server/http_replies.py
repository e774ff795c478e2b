"""What the local server says over HTTP: JSON with the id of the request, and refusals with their body (contract §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CORRELATION_HEADER", "error_response", "json_response"]

CORRELATION_HEADER = "X-Correlation-ID"


def json_response(data: Mapping[str, Any], request_id: str, status: int = 200) -> web.Response:
    """Say something; `session` is the id of the request."""
    return web.json_response(dict(data), status=status, headers={CORRELATION_HEADER: request_id})


def error_response(status: int, code: str, request_id: str, message: str | None = None) -> web.Response:
    """Decline, with the wire's number for the reason."""
    return json_response(messages.error_body(code, request_id, message), request_id, status)
