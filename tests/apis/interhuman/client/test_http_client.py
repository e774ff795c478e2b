"""Requests of the client over HTTP: tokens, and what goes wrong."""

from __future__ import annotations

import json

import pytest

from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.client import http_client
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import (
    scopes_by_digest,
)
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import messages, scopes
from emotoolkit.errors import ServerRefused, ServerSilent, ServerUnreachable
from tests.support.closed_port import nobody
from tests.support.stub_server import answering

PAIR = {"key_id": "lab", "key_secret": "also_secret"}


def stream(url: str) -> str:
    return url.replace("http", "ws") + messages.PATHS[0]


async def refused(url: str, **settings) -> ServerRefused:
    with pytest.raises(ServerRefused) as caught:
        async with Interhuman(url=url, **settings).located().connect(print) as session:
            await session.finish()
    return caught.value


async def test_client_exchanges():
    """A client with a pair gets its token itself, once for many sessions, and shows neither anywhere."""
    settings = Interhuman(**PAIR)
    assert "secret" not in repr(settings).replace("key_secret", "") + json.dumps(settings.settings())
    async with app.serving(Options(keys=scopes_by_digest(["lab:also_secret"]))) as url:
        for _ in range(2):
            async with Interhuman(url=url, **PAIR).located().connect(print) as session:
                await session.finish()
        assert len([place for place in http_client._token_cache if place[0] == stream(url)]) == 1
        error = await refused(url, key_id="lab", key_secret="wrong_secret")
    assert error.code == "ih2001"
    assert "wrong_secret" not in str(error) + repr(error.facts)


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[]", '{"access_token": "x"}', '{"expires_in": "soon"}'])
async def test_what_is_no_token(body):
    """An answer to the exchange that is no token is said to be none; the secret is not in the sentence."""
    with answering(http_client.AUTH_PATH, body) as url:
        error = await refused(url, **PAIR)
    assert "declined the session: what it answers to /v1/auth is no token (code 200)" in str(error)
    assert "also_secret" not in str(error) + repr(error.facts)


async def test_client_renews(monkeypatch):
    """A token is not used in its last thirty seconds."""
    async with app.serving(Options(keys=scopes_by_digest(["lab:also_secret"]))) as url:
        settings = Interhuman(url=url, **PAIR).located()
        first = await http_client.credential(settings, scopes.STREAM)
        assert await http_client.credential(settings, scopes.STREAM) == first
        monkeypatch.setattr(http_client, "EXPIRY_MARGIN_S", 900.0)
        assert await http_client.credential(settings, scopes.STREAM) != first


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ('{"error_id": "ih3001", "message": "too many requests", "correlation_id": "c"}', 429, ("ih3001", "c")),
        ("<html>no</html>", 502, (502, None)),
        ("", 302, (302, None)),
    ],
)
async def test_refusals(body, status, said):
    """An error has code and id of its body, or its status; a redirect is one, as it would take the key elsewhere."""
    with answering("/{rest:.*}", body, status) as url, pytest.raises(ServerRefused) as caught:
        await http_client.get(Interhuman(url=url).located(), "/v2/upload/jobs/a", timeout_s=10)
    assert (caught.value.code, caught.value.facts["correlation_id"]) == said


async def test_silence_and_nobody():
    """A server that does not answer in time, and an address without a server, are errors of their own."""
    with answering("/{rest:.*}", None) as url, pytest.raises(ServerSilent, match=r"'/v1/auth' within 0\.1 s"):
        await http_client.post(Interhuman(url=url).located(), "/v1/auth", timeout_s=0.1)
    with nobody() as url, pytest.raises(ServerUnreachable):
        await http_client.get(Interhuman(url=url).located(), "/v1/auth", timeout_s=10)


async def test_a_key_needs_no_exchange():
    """A key is presented as it is; without a key and a whole pair there is nothing to present."""
    assert await http_client.credential(Interhuman(key="mine", **PAIR), scopes.STREAM) == "mine"
    assert await http_client.credential(Interhuman(), scopes.STREAM) is None
    assert await http_client.credential(Interhuman(key_id="lab"), scopes.STREAM) is None
