"""Who is let in, and how a client hears that it is not."""

from __future__ import annotations

import asyncio
import json
import math
import uuid

import aiohttp
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import emotoolkit as emo
from emotoolkit.apis.base.local_server import startup_line
from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import (
    CredentialStore,
    find_credential,
    scopes_by_digest,
    select_subprotocol,
)
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.wire import error_codes, messages, scopes
from emotoolkit.errors import ServerRefused
from tests.support.start_lines import told

KEY = "ih_live_do_not_tell"
PAIR = {"key_id": "lab", "key_secret": "also_secret"}


def stream(url: str) -> str:
    return url.replace("http", "ws") + messages.PATHS[0]


@pytest.mark.parametrize(
    ("authorization", "offered", "credential"),
    [
        (f"Bearer {KEY}", [], KEY),
        (f"bearer  {KEY} ", [], KEY),
        ("", [KEY], KEY),
        ("", ["access_token", KEY], KEY),
        (f"Bearer {KEY}", ["access_token", "other"], KEY),
        ("Basic eDp5", [], None),
        ("Bearer ", [], None),
        ("", [], None),
        ("", ["access_token"], None),
        ("", ["chat", "superchat"], None),
    ],
)
def test_forms(authorization, offered, credential):
    """A bearer, one subprotocol, or the pair of them; the header counts if there are both."""
    assert find_credential(authorization, offered) == credential


@pytest.mark.parametrize(
    ("offered", "answer"), [(["access_token", KEY], "access_token"), ([KEY], KEY), ([], None), (["a", "b"], "a")]
)
def test_selected(offered, answer):
    """A browser gets one of what it offered, and not the secret if it offered anything else."""
    assert select_subprotocol(offered) == answer


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": {"Authorization": f"Bearer {KEY}"}},
        {"subprotocols": [KEY]},
        {"subprotocols": ["access_token", KEY]},
    ],
)
async def test_let_in(options):
    """Each form of the right key opens a session, whose id is on the answer to the handshake."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url, connect(stream(url), **options) as wire:
        ready = json.loads(await wire.recv())
    assert ready["type"] == "session.ready"
    assert ready["correlation_id"] == wire.response.headers["X-Correlation-ID"]
    assert wire.subprotocol == (options.get("subprotocols") or [None])[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "ih2002"),
        ({"additional_headers": {"Authorization": "Bearer wrong"}}, "ih2001"),
        ({"subprotocols": ["wrong"]}, "ih2001"),
        ({"subprotocols": ["access_token", "wrong"]}, "ih2001"),
        ({"subprotocols": ["chat", "superchat"]}, "ih2002"),
    ],
)
async def test_not_let_in(options, code):
    """Anything else is a 401 with the documented body, and the number under which the server knows the attempt."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        with pytest.raises(InvalidStatus) as caught:
            await connect(stream(url), **options)
    response = caught.value.response
    body = json.loads(response.body)
    assert response.status_code == 401
    assert list(body) == ["error_id", "correlation_id", "link", "message"]
    assert body["error_id"] == code
    assert body["link"].startswith(f"https://docs.interhuman.ai/api-reference/error-handling#{code}-")
    assert body["correlation_id"] == response.headers["X-Correlation-ID"]
    assert uuid.UUID(body["correlation_id"])


async def refused(url: str, **settings) -> ServerRefused:
    with pytest.raises(ServerRefused) as caught:
        async with Interhuman(url=url, **settings).located().connect(print) as session:
            await session.finish()
    return caught.value


@pytest.mark.parametrize(("key", "code"), [("wrong_key_of_mine", "ih2001"), (None, "ih2002")])
async def test_client_hears_why(key, code):
    """The client's error has code and number, and not the key."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]))) as url:
        error = await refused(url, key=key)
    assert error.code == code
    assert uuid.UUID(error.correlation_id)
    sentence = error_codes.ERRORS[code][1]
    assert f"declined the session: {sentence} (code {code}). Nothing was sent. Its number there is" in str(error)
    assert "wrong_key_of_mine" not in str(error) + repr(error.facts)


async def test_scope_is_missing():
    """A key for something else opens the handshake, and is then refused with 4003 before any ready."""
    async with app.serving(Options(keys=scopes_by_digest({KEY: ["interhumanai.upload"]}))) as url:
        async with connect(stream(url), subprotocols=[KEY]) as wire:
            told = json.loads(await wire.recv())
            with pytest.raises(ConnectionClosed):
                await wire.recv()
        assert (told["type"], told["data"]["code"], wire.close_code) == ("error", "ih2003", 4003)
        error = await refused(url, key=KEY)
    assert (error.code, error.correlation_id is not None) == ("ih2003", True)


async def test_scope_of_a_model_is_enough():
    """The names of scopes that were in force for a while are accepted."""
    async with (
        app.serving(Options(keys=scopes_by_digest({KEY: ["interhumanai.stream.inter-2"]}))) as url,
        Interhuman(url=url, key=KEY).located().connect(print) as session,
    ):
        await session.finish()


@pytest.mark.parametrize("model", ["inter-9", ""])
async def test_bad_model(model):
    """A model that there is not is refused with 1008."""
    async with app.serving() as url:
        address = url.replace("http", "ws") + messages.PATHS[1] + f"?model={model}"
        async with connect(address) as wire:
            told = json.loads(await wire.recv())
            with pytest.raises(ConnectionClosed):
                await wire.recv()
        assert (told["data"]["code"], wire.close_code) == ("ih4005", 1008)
        assert (await refused(address)).code == "ih4005"


async def test_second_session():
    """Where one session at once is allowed, the second is refused with 1001; when the first is over, it may come."""
    async with app.serving(Options(keys=scopes_by_digest([KEY]), limits=Limits(sessions=1))) as url:
        async with Interhuman(url=url, key=KEY).located().connect(print):
            async with connect(stream(url), subprotocols=[KEY]) as wire:
                told = json.loads(await wire.recv())
                await wire.wait_closed()
            assert (told["data"]["code"], wire.close_code) == ("ih3002", 1001)
            assert (await refused(url, key=KEY)).code == "ih3002"
        async with asyncio.timeout(60):  # the server notices the first one's end in its own time
            while told["type"] != "session.ready":
                async with connect(stream(url), subprotocols=[KEY]) as wire:
                    told = json.loads(await wire.recv())


def test_keys_do_not_travel():
    """What the server's process is told are digests, and none of it is in the list of processes."""
    options = Options(keys=scopes_by_digest([KEY]))
    assert KEY not in startup_line(options, 0) + repr(options)
    assert CredentialStore(told(options)[0].keys).authorize(KEY).scopes == scopes.SCOPES
    with app.serve(keys=[KEY], profile="v2") as local:
        words = psutil.Process(local.pid).cmdline()
    assert words[-2:] == ["-m", app.MODULE]


def test_server_process_with_keys(tmp_path, brief_interview):
    """The same with a server of its own, from settings to tables."""
    with app.serve(keys=[KEY]) as local:
        with pytest.raises(ServerRefused, match="code ih2002"):
            emo.replay(brief_interview, emo.Interhuman(url=local.url), speed=math.inf, progress=False)
        api = emo.Interhuman(url=local.url, key=KEY)
        replay = emo.replay(brief_interview, api, speed=math.inf, progress=False, journal=tmp_path)
    assert replay.complete
    assert KEY not in "".join(path.read_text() for path in tmp_path.iterdir())


async def post(url: str, path: str, **what) -> tuple[int, dict]:
    async with aiohttp.ClientSession() as http, http.post(url + path, **what) as response:
        answer = await response.json()
        assert response.headers["X-Correlation-ID"]
        return response.status, answer


async def test_exchange():
    """A pair of id and secret is exchanged for a token, which opens a session."""
    async with app.serving(Options(keys=scopes_by_digest([f"{PAIR['key_id']}:{PAIR['key_secret']}"]))) as url:
        status, given = await post(url, "/v1/auth", json={**PAIR, "scopes": [scopes.STREAM]})
        assert status == 200
        assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 900, scopes.STREAM)
        async with connect(stream(url), subprotocols=["access_token", given["access_token"]]) as wire:
            assert json.loads(await wire.recv())["type"] == "session.ready"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"key_id": "lab", "scopes": ["x"]}, 400, "ih2005"),
        ({**PAIR, "scopes": []}, 400, "ih2001"),
        ({**PAIR, "key_secret": "no", "scopes": [scopes.STREAM]}, 401, "ih2001"),
        ({**PAIR, "scopes": ["interhumanai.realtime"]}, 403, "ih2003"),
        ([1], 422, "ih1001"),
    ],
)
async def test_no_exchange(asked, status, code):
    """What is missing, wrong or too much is said with the documented status."""
    async with app.serving(Options(keys=scopes_by_digest(["lab:also_secret"]))) as url:
        answer = await post(url, "/v1/auth", json=asked)
    assert (answer[0], answer[1]["error_id"]) == (status, code)


def test_tokens_expire():
    """A token is good for 900 s."""
    now = [0.0]
    keys = CredentialStore(scopes_by_digest(["a:b"]), now=lambda: now[0])
    token = keys.exchange("a", "b", [scopes.STREAM])
    now[0] = 899.0
    assert keys.authorize(token).scopes == (scopes.STREAM,)
    now[0] = 900.0
    assert keys.authorize(token) == "ih2010"


async def test_not_a_websocket():
    """Who asks for the stream's address without wanting a WebSocket is told so; nothing breaks."""
    async with app.serving() as url, aiohttp.ClientSession() as http:
        async with http.get(url + messages.PATHS[0]) as response:
            assert response.status == 426
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET nonsense\r\n\r\n")
        assert b"400" in await reader.readline()
        writer.close()
