"""What the local server says over HTTP: JSON with the id of the request, and refusals with their body (contract §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CORRELATION", "answer", "refusal"]

CORRELATION = "X-Correlation-ID"


def answer(data: Mapping[str, Any], session: str, status: int = 200) -> web.Response:
    """Say something; `session` is the id of the request."""
    return web.json_response(dict(data), status=status, headers={CORRELATION: session})


def refusal(status: int, code: str, session: str, message: str | None = None) -> web.Response:
    """Decline, with the wire's number for the reason."""
    return answer(messages.body(code, session, message), session, status)
