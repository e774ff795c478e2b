"""A journal is played to a request with its token, and to no other."""

from __future__ import annotations

import asyncio
import math
import shutil
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import psutil
import pytest
import websockets

import emotoolkit as emo
from emotoolkit.apis.base import local_server
from emotoolkit.apis.base.journal import Began, from_line, to_line
from emotoolkit.apis.base.playback import access
from emotoolkit.apis.base.playback.access import NOT_FOUND_TEXT
from emotoolkit.errors import LocalServerFailed

MODULES = {
    "emotion_logic": "emotoolkit.apis.emotion_logic.server.playback",
    "interhuman": "emotoolkit.apis.interhuman.server.playback",
}


@pytest.fixture(scope="module", params=sorted(MODULES))
def played(request, talk, interview, tmp_path_factory):
    """Two journals of one folder, each with the address that plays it; and the recording."""
    recording, api = (talk, emo.EmotionLogic()) if request.param == "emotion_logic" else (interview, emo.Interhuman())
    place = tmp_path_factory.mktemp("study-of-eva")
    first = emo.replay(recording, api, speed=math.inf, progress=False, journal=place)
    shutil.copy(first.journal, place / "other.jsonl")
    found = []
    for path in (first.journal, place / "other.jsonl"):
        (session,) = emo.Cassette(path).sessions(recording)
        found.append(session.located().address)
    return request.param, first, found, recording


def wire_address(api: str, address: str, **changed: str | None) -> str:
    """Give the HTTP address of a session, with changed query parameters; None leaves one out."""
    parts = urlsplit(address)
    words = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    words = {name: value for name, value in words.items() if value is not None}
    path = parts.path
    if api == "emotion_logic":
        path, words = "/socket.io/", {**words, "EIO": "4", "transport": "websocket"}
    return urlunsplit(("http", parts.netloc, path, urlencode(words), ""))


async def request_websocket(url: str, host: str | None = None, **headers: str) -> str:
    """Request a WebSocket over a plain socket; return the answer without its date."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    told = {
        "Host": parts.netloc if host is None else host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items() if value)]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next((int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length")), 0)
        body = (await reader.readexactly(size)).decode()
    writer.close()
    return "\n".join([line for line in head.splitlines() if not line.startswith("Date")] + [body])


async def test_refused_alike(played):
    """Without the journal's own token, or from a page of another origin, the answer is always the same."""
    api, _, (address, other), _ = played
    mine = wire_address(api, address)
    (foreign,) = parse_qs(urlsplit(other).query)["token"]
    answers = {
        "origin": await request_websocket(mine, Origin="http://evil.example"),
        "origin like ours": await request_websocket(mine, Origin="http://127.0.0.1.evil.example"),
        "origin of a file": await request_websocket(mine, Origin="null"),
        "host": await request_websocket(mine, host="evil.example"),
        "both": await request_websocket(mine, host="evil.example", Origin="http://evil.example"),
        "host like ours": await request_websocket(mine, host="127.evil.example:80"),
        "no token": await request_websocket(wire_address(api, address, token=None)),
        "empty token": await request_websocket(wire_address(api, address, token="")),
        "wrong token": await request_websocket(wire_address(api, address, token="x" * 32)),
        "no token, no journal": await request_websocket(wire_address(api, address, token=None, journal="none.jsonl")),
        "nowhere": await request_websocket(urlunsplit(("http", urlsplit(mine).netloc, "/", "", ""))),
    }
    assert {each.splitlines()[-1] for each in answers.values()} == {NOT_FOUND_TEXT.strip()}
    # Of aiohttp itself, for everybody; its version 3.11 leaves that to us.
    assert {"400", "404"} & set((await request_websocket(mine, host="")).splitlines()[0].split())
    assert len(set(answers.values())) == 1, answers
    assert "101" in (await request_websocket(mine)).splitlines()[0]
    if api == "interhuman":  # socket.io's own rule wants the very same origin
        assert "101" in (await request_websocket(mine, Origin="http://localhost:8888")).splitlines()[0]
    for changed in ({"token": foreign}, {"journal": "other.jsonl"}):
        assert {await request_websocket(wire_address(api, address, **changed))} == set(answers.values())


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({}, {"origin": "http://evil.example"}),
        ({"token": None}, {}),
        ({"token": "another's"}, {}),
        ({"journal": "other.jsonl"}, {}),
        ({"journal": "../other.jsonl"}, {}),
    ],
)
async def test_other_clients_are_refused(played, changed, how):
    """A client of another library is refused as well."""
    api, _, (address, other), _ = played
    if changed.get("token"):
        changed = {"token": parse_qs(urlsplit(other).query)["token"][0]}
    url = wire_address(api, address, **changed).replace("http", "ws", 1)
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(url, proxy=None, **how) as wire:
            await wire.recv()
    assert caught.value.response.body == NOT_FOUND_TEXT.encode()


def test_nothing_in_the_list_of_processes(played):
    """The command line of the server has neither the place of a journal nor its token."""
    api, first, (address, _), _ = played
    words = psutil.Process(local_server.get_shared(MODULES[api]).pid).cmdline()
    assert words[-1] == MODULES[api]
    (token,) = parse_qs(urlsplit(address).query)["token"]
    for word in (token, first.journal.name, first.journal.parent.name):
        assert word not in " ".join(words)


def test_one_server_a_token_each(played):
    """Two journals have one server and two tokens, and no token is written to a journal."""
    api, first, (address, other), recording = played
    assert urlsplit(address).netloc == urlsplit(other).netloc
    tokens = [parse_qs(urlsplit(each).query)["token"][0] for each in (address, other)]
    assert tokens[0] != tokens[1]
    again = emo.replay(recording, emo.Cassette(first.journal), speed=math.inf, progress=False)
    assert not any(token in again.journal.read_text(encoding="utf-8") for token in tokens)
    server, token = access.grant_access(MODULES[api], first.journal, first.journal.name)
    assert (server.pid, token) == (local_server.get_shared(MODULES[api]).pid, tokens[0])


def test_an_address_in_a_journal_is_not_used(played, tmp_path):
    """The recording goes to the local server, whatever address a journal has, which may be forged."""
    _, first, _, recording = played
    lines = first.journal.read_text(encoding="utf-8").splitlines()
    began = from_line(lines[0])
    assert isinstance(began, Began)
    for settings in began.sessions:
        settings.update(url="x:@evil.example/v1/stream/analyze", consent="none of yours")
    path = tmp_path / "crafted.jsonl"
    path.write_text("\n".join([to_line(began), *lines[1:], ""]), encoding="utf-8")
    (session,) = emo.Cassette(path).sessions(recording)
    assert urlsplit(session.located().address).hostname == "127.0.0.1"


def test_a_server_that_has_ended():
    """Registering a journal with a server that has ended raises an error with the API's name."""
    server = local_server.LocalServer(MODULES["interhuman"])
    psutil.Process(server.pid).kill()
    with pytest.raises(LocalServerFailed, match="interhuman"):
        server.send_line("{}")
