"""Tokens for browsers: minted for a key, capped, and taken back (contract page §1.5)."""

from __future__ import annotations

import contextlib
import json

import aiohttp
import interhumanai
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import Caps, CredentialStore, scopes_by_digest
from emotoolkit.apis.interhuman.server.client_tokens import TokenRequest, read_request
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.scopes import STREAM, UPLOAD
from tests.support import footage
from tests.support.in_process_server import here

KEY = "ih_live_do_not_tell"
PIECES = footage.pieces("mp4", footage.file("mp4", 9), 3)


def stream(url: str) -> str:
    return url.replace("http", "ws") + messages.PATHS[0]


async def post(url: str, path: str, **asked) -> tuple[int, dict]:
    async with aiohttp.ClientSession() as http, http.post(url + path, json=asked) as response:
        assert response.headers["X-Correlation-ID"]
        return response.status, await response.json()


async def minted(url: str, **caps) -> str:
    status, given = await post(url, "/v1/client_tokens", api_key=KEY, **caps)
    assert status == 200
    return given["access_token"]


async def told(wire) -> list[dict]:
    heard = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            heard.append(json.loads(await wire.recv()))
    return heard


@pytest.mark.parametrize(
    ("asked", "life", "caps"),
    [
        ({}, 300, Caps(max_concurrent=1)),
        ({"expires_in": 5}, 60, Caps(max_concurrent=1)),
        ({"expires_in": 99_999, "max_concurrent": 3}, 3600, Caps(max_concurrent=3)),
        (
            {"max_bytes": 7, "allowed_origins": ["https://a"]},
            300,
            Caps(max_concurrent=1, max_bytes=7, allowed_origins=("https://a",)),
        ),
    ],
)
def test_what_is_asked(asked, life, caps):
    """Defaults, and bounds of the lifetime, are those of the contract."""
    assert read_request({"api_key": KEY, **asked}) == TokenRequest(KEY, (STREAM,), life, caps)


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"api_key": 1},
        {"api_key": KEY, "scopes": []},
        {"api_key": KEY, "scopes": "x"},
        {"api_key": KEY, "max_bytes": 0},
        {"api_key": KEY, "expires_in": True},
        {"api_key": KEY, "allowed_origins": "https://a"},
    ],
)
def test_what_is_no_request(asked):
    """Anything else is said to be wrong, in a sentence."""
    assert isinstance(read_request(asked), str)


async def test_a_token_opens_a_session_and_shows_its_caps():
    """A token for a key opens a session as a browser would; the answer has its caps, the absent ones as null."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        status, given = await post(url, "/v1/client_tokens", api_key=KEY, max_duration_seconds=90)
        assert status == 200
        assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 300, STREAM)
        assert (given["max_duration_seconds"], given["max_bytes"], given["max_concurrent"]) == (90, None, 1)
        async with connect(stream(url), subprotocols=["access_token", given["access_token"]]) as wire:
            ready = json.loads(await wire.recv())["data"]
    assert ready["session_max_duration_seconds"] == 90


async def test_who_gets_none():
    """A wrong key, a scope that the key does not have, and nonsense get their statuses."""
    async with app.serving(Options(keys=scopes_by_digest({KEY: [STREAM]}))) as url:
        assert (await post(url, "/v1/client_tokens", api_key="wrong"))[0] == 401
        assert (await post(url, "/v1/client_tokens", api_key=KEY, scopes=[UPLOAD]))[0] == 403
        assert (await post(url, "/v1/client_tokens"))[0] == 400
        assert (await post(url, "/v1/client_tokens/revoke", api_key="wrong", token="x"))[0] == 401
        assert (await post(url, "/v1/client_tokens/revoke", api_key=KEY))[0] == 400


async def test_revoked():
    """A live session of a token that was taken back ends with its next message; a new one is refused at once."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        token = await minted(url)
        async with connect(stream(url), subprotocols=["access_token", token]) as wire:
            await wire.recv()
            assert (await post(url, "/v1/client_tokens/revoke", api_key=KEY, token=token))[0] == 200
            await wire.send(PIECES[0])
            (error,) = await told(wire)
        assert (error["data"]["code"], wire.close_code) == ("ih2014", 4001)
        with pytest.raises(InvalidStatus) as caught:
            await connect(stream(url), subprotocols=["access_token", token])
        assert json.loads(caught.value.response.body)["error_id"] == "ih2014"
        assert (await post(url, "/v1/client_tokens/revoke", api_key=KEY, token=token))[0] == 200


@pytest.mark.parametrize("caps", [{"max_bytes": len(PIECES[0]) + 10}, {"max_video_seconds": 5}])
async def test_used_up(caps):
    """A token whose bytes or seconds are used up ends its session, and is of no use for another."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        token = await minted(url, max_concurrent=9, **caps)
        for pieces in (PIECES[:2], PIECES[:1]):
            async with connect(stream(url), subprotocols=["access_token", token]) as wire:
                for piece in pieces:
                    await wire.send(piece)
                codes = [each["data"]["code"] for each in await told(wire) if each["type"] == messages.ERROR]
            assert (codes, wire.close_code) == (["ih3006"], 4029)


async def test_one_session_at_once():
    """By default a token is good for one session at once, even where everybody is let in."""
    async with app.serving() as url:
        token = await minted(url)
        async with connect(stream(url), subprotocols=["access_token", token]) as first:
            await first.recv()
            async with connect(stream(url), subprotocols=["access_token", token]) as second:
                (error,) = await told(second)
        assert error["data"]["code"] == "ih3002"


async def test_origins():
    """A page from elsewhere may not use the token."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        offered = ["access_token", await minted(url, allowed_origins=["https://lab.example"])]
        async with connect(stream(url), subprotocols=offered, origin="https://lab.example") as wire:
            assert json.loads(await wire.recv())["type"] == messages.READY
        with pytest.raises(InvalidStatus, match="403"):
            await connect(stream(url), subprotocols=offered, origin="https://else.example")


def test_tokens_expire():
    """After its time a token is good for nothing."""
    now = [0.0]
    keys = CredentialStore(scopes_by_digest([KEY]), now=lambda: now[0])
    token = keys.mint(KEY, [STREAM], 60, Caps())
    assert not isinstance(keys.authorize(token), str)
    now[0] = 60.0
    assert keys.authorize(token) == "ih2010"


async def test_vendors_own_client():
    """The vendor's own client mints a token, uses it, and takes it back."""
    with here(app.serving(Options(keys=scopes_by_digest([KEY])))) as local:
        auth = interhumanai.AuthClient(base_url=local.url)
        given = await auth.create_client_token(api_key=KEY, max_concurrent=2, allowed_origins=["https://a"])
        assert (given.expires_in, given.max_concurrent) == (300, 2)
        await auth.revoke_client_token(api_key=KEY, token=given.access_token)
        with pytest.raises(interhumanai.InterhumanError):
            await auth.create_client_token(api_key="wrong")
