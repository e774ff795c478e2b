"""Every server of the package on loopback refuses the Host of another server; local servers also pages of others.

A page that names itself otherwise (DNS rebinding) has a foreign Host, and a page of another machine a foreign Origin.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import app as emotion_logic
from emotoolkit.apis.interhuman.server import app as interhuman
from emotoolkit.media.capture.browser_recorder import BrowserRecorder, _PageSocket
from emotoolkit.media.capture.growing_file import GrowingFileWriter
from emotoolkit.replays.remote_control import RemoteControl
from emotoolkit.utils.loopback import FOREIGN_HOST_TEXT, FOREIGN_PAGE_TEXT

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

ROUTES = {
    emotion_logic: (
        ("GET", "/socket.io/?EIO=4&transport=polling", {}),
        ("POST", "/socket.io/?EIO=4&transport=polling", {}),
        ("OPTIONS", "/socket.io/?EIO=4&transport=polling", {}),
        ("GET", "/socket.io/?EIO=4&transport=websocket", UPGRADE),
        ("POST", "/analysis/analyzeFile", {}),
        ("GET", "/nowhere", {}),
    ),
    interhuman: (
        ("GET", "/v1/stream/analyze", UPGRADE),
        ("GET", "/v2/stream/analyze", UPGRADE),
        ("POST", "/v1/upload/analyze", {}),
        ("POST", "/v2/upload/analyze", {}),
        ("GET", "/v2/upload/jobs/7", {}),
        ("POST", "/v1/auth", {}),
        ("POST", "/v1/client_tokens", {}),
        ("POST", "/v1/client_tokens/revoke", {}),
        ("OPTIONS", "/v1/upload/analyze", {}),
        ("GET", "/nowhere", {}),
    ),
}

OWN_HOSTS = ("localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LocalHost:{port}", "127.0.0.1")

FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost.:{port}",
    "localhost.evil.example",
    "localhost:1",
    "127.0.0.1:{port}@evil.example",
    "evil.example@127.0.0.1:{port}",
    "u:p@127.0.0.1:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "0.0.0.0:{port}",
    "2130706433:{port}",
    "127.0.0.1:{port}/",
    "http://127.0.0.1:{port}",
)

OWN_ORIGINS = (None, "http://127.0.0.1:{port}", "http://localhost:{port}", "http://localhost:8888", "https://[::1]")

FOREIGN_ORIGINS = (
    "http://evil.example",
    "http://evil.example:{port}",
    "https://127.0.0.1.evil.example",
    "http://localhost.evil.example:{port}",
    "http://u:p@127.0.0.1:{port}",
    "http://127.0.0.1:{port}@evil.example",
    "null",
    "file://",
    "localhost",
    "chrome-extension://abcdef",
)


async def request(port: int, method: str, path: str, headers: dict[str, str | None]) -> str:
    """Send a request; give what comes back, to the end of the head's first line and the first bytes of the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{name}: {value.format(port=port)}" for name, value in headers.items() if value is not None]
    writer.write("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "Content-Length: 0", "", ""]).encode())
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next((int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length")), 0)
        body = (await reader.readexactly(size)).decode()
    writer.close()
    return f"{head.splitlines()[0]}\n{body}"


@pytest.mark.parametrize("server", list(ROUTES), ids=["emotion_logic", "interhuman"])
async def test_local_servers(server):
    """A foreign Host or Origin is refused on each route, a missing Origin and those of this machine are not."""
    async with server.serving() as url:
        port = urlsplit(url).port
        for method, path, more in ROUTES[server]:
            for host in FOREIGN_HOSTS:
                said = await request(port, method, path, {"Host": host, **more})
                assert ("403" in said and FOREIGN_HOST_TEXT in said) or "400" in said, (path, host)
            for origin in FOREIGN_ORIGINS:
                said = await request(port, method, path, {"Host": "localhost:{port}", "Origin": origin, **more})
                assert FOREIGN_PAGE_TEXT in said, (path, origin)
            # A picture or a script of another page: its browser sends no Origin.
            said = await request(
                port, method, path, {"Host": "localhost:{port}", "Sec-Fetch-Site": "cross-site", **more}
            )
            assert FOREIGN_PAGE_TEXT in said
            for host in OWN_HOSTS:
                for origin in OWN_ORIGINS:
                    said = await request(port, method, path, {"Host": host, "Origin": origin, **more})
                    assert "This server answers to" not in said, (path, host, origin)


@asynccontextmanager
async def remote_control(_talk, _folder):
    """The worker's server for pages."""
    control = RemoteControl(lambda _: None)
    await control.open()
    yield control.issue_url(0, "token-of-a-replay"), "POST"
    await control.close()


@asynccontextmanager
async def page_recorder(_talk, folder: Path):
    """The server of a recorder in a page."""
    file = GrowingFileWriter(folder / "page.webm")
    socket = _PageSocket(BrowserRecorder(file, lambda _: None, asyncio.get_running_loop().time))
    yield await socket.open(), "GET"
    await socket.close()
    file.close()


@asynccontextmanager
async def view(talk, _folder):
    """The server of a view."""
    shown = emo.live(talk, timeline="synced")
    yield shown._player_widget.url, "POST"
    shown.close()


@pytest.mark.parametrize("door", [remote_control, page_recorder, view])
async def test_doors_with_a_token(door, talk, tmp_path):
    """A foreign Host is refused even with the token, a wrong token too; the page of a notebook may be anywhere."""
    async with door(talk, tmp_path) as (url, method):
        port, path = urlsplit(url).port, urlsplit(url).path
        more = UPGRADE if method == "GET" else {}
        for host in FOREIGN_HOSTS:
            said = await request(port, method, path, {"Host": host, **more})
            assert ("403" in said and FOREIGN_HOST_TEXT in said) or "400" in said, host
        for host in OWN_HOSTS:
            for origin in ("https://hub.example", "http://localhost:8888", None):
                said = await request(port, method, path, {"Host": host, "Origin": origin, **more})
                assert said.split()[1] in {"101", "200", "400", "409"}, (host, origin)
                assert FOREIGN_HOST_TEXT not in said
        for wrong in ("/", f"{path}x", path[:-1], "/medium", f"/{'x' * 32}/medium"):
            said = await request(port, method, wrong, {"Host": "127.0.0.1:{port}", **more})
            assert said.split()[1] in {"404", "405"}, wrong
            assert talk.file not in said
