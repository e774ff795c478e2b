"""The local server as its clients see it: the vendor's own, ours, and bare sockets."""

from __future__ import annotations

import asyncio

import interhumanai
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage
from tests.support.interhuman_streams import TALK, connected, hear


@pytest.mark.parametrize(
    ("offered", "selected"), [(["access_token", "secret"], "access_token"), (["secret"], "secret"), (None, None)]
)
async def test_subprotocols(offered, selected):
    """A credential in the subprotocols is taken, and one of them selected, as browsers want it; none is fine too."""
    async with connected(subprotocols=offered) as wire:
        assert wire.subprotocol == selected


@pytest.mark.parametrize("path", ["/v1/stream/analyze?ih_sdk=x&model=y", "/v2/stream/analyze"])
async def test_paths(path):
    """Both versions of the stream are answered, whatever else is in the address or the headers."""
    async with connected(path, additional_headers={"X-Interhuman-SDK": "python/0"}) as wire:
        assert (await hear(wire))[0] == "session.ready"


async def test_other_paths():
    """Elsewhere there is nothing."""
    async with app.serving() as url:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(url.replace("http", "ws") + "/v3/stream/analyze")


async def test_sessions_do_not_hold_each_other_up():
    """While one session's media are measured, another is welcomed."""
    async with app.serving() as url:
        address = url.replace("http", "ws") + messages.PATHS[0]
        # no pings: the server answers none while it is measuring, which takes long on a busy machine
        async with connect(address, ping_interval=None) as busy, connect(address, ping_interval=None) as other:
            assert (await hear(busy))[0] == "session.ready"
            measured = asyncio.create_task(hear(busy))
            await busy.send(footage.file("mp4", 60))
            assert (await hear(other))[0] == "session.ready"
            await other.send(messages.config([]))
            assert (await hear(other))[0] == "session.updated"
            assert not measured.done()
            assert (await measured)[0] == "engagement.updated"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("kind", ["mp4", "webm"])
async def test_vendors_own_client(version, kind):
    """The vendor's own client has a whole session with a server process of ours and understands each message."""
    events = []
    pieces = footage.pieces(kind, footage.file(kind, 15, talk=TALK), 3)
    with app.serve() as local:
        client = interhumanai.InterhumanClient(access_token="ih_live_test", base_url=local.url)
        async with client.stream(api_version=version) as stream:
            ready = await stream.wait_for_session_ready()
            assert ready.data.max_segment_size_bytes == messages.MAX_MESSAGE_BYTES
            await stream.update_config(include=["conversation_quality_overall", "conversation_quality_timeline"])
            for piece in pieces:
                await stream.send_video(piece)
            await stream.request_close()
            async for event in stream:
                assert not isinstance(event, interhumanai.UnknownEvent)
                events.append(event)
        closed = await stream.wait_closed()
    assert closed.code == 1000
    assert [event.type for event in events][-1] == "session.ended"
    assert {event.type for event in events} >= {
        "signal.detected",
        "signal.ended",
        "engagement.updated",
        "conversation_quality.updated",
    }
