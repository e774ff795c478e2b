"""The client's wire: an old server is seen through, and whatever arrives is heard."""

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.client.socketio import UNREADABLE_EVENT, SocketIOAudioPacket, SocketIOPacket
from emotoolkit.errors import OldSocketIO, ServerSilent
from emotoolkit.media.packet import Packet

NODE_FOLDER = Path(__file__).parents[3] / "node"


@asynccontextmanager
async def raw(speak):
    """Serve a websocket whose conversation is `speak(websocket)`; yields the address."""

    async def meet(request):
        peer = web.WebSocketResponse()
        await peer.prepare(request)
        await speak(peer)
        async for _ in peer:
            pass
        return peer

    app = web.Application()
    app.router.add_get("/socket.io/", meet)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def opened(**more):
    """The first packet of a connection."""
    return "0" + json.dumps({"sid": "E", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000} | more)


async def open_and_close(url):
    """Open a session, and close it at once. Returns what was heard, as text."""
    heard = []
    async with EmotionLogic(url=url, timeout=5).connect(heard.append):
        return heard


async def send_hours(url):
    """Send two hours of sound as fast as it is taken."""
    async with EmotionLogic(url=url, timeout=1.0).connect(lambda _: None) as session:
        for n in range(2000):
            await session.send(Packet(n * 10.0, (n + 1) * 10.0, bytes(220_500)))


async def test_an_old_server_is_seen_through():
    """A server that says `40` unasked and without an id gets a sentence, and is sent nothing."""
    heard = []

    async def speak(peer):
        await peer.send_str(opened(pingTimeout=5000))
        await peer.send_str("40")
        heard.extend([message.data async for message in peer])

    async with raw(speak) as url:
        with pytest.raises(OldSocketIO, match=rf"The Emotion Logic server at {url} speaks socket\.io 2") as caught:
            await open_and_close(url)
    assert "Nothing was sent." in str(caught.value)
    assert not any("handshake" in str(message) for message in heard)


@pytest.fixture
def old_server():
    """Node's socket.io 2 in a process of its own: the process, and its address."""
    node = Path(sys.executable).with_name("node")
    program = str(node) if node.exists() else shutil.which("node")
    call = [program, str(NODE_FOLDER / "old.js")]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server, f"http://127.0.0.1:{server.stdout.readline().strip()}"


async def test_a_real_old_server_is_seen_through(old_server):
    """The same with Node's socket.io 2 itself: neither a handshake nor a packet reaches it."""
    server, url = old_server
    with pytest.raises(OldSocketIO, match=r"speaks socket\.io 2"):
        await open_and_close(url)
    said, _ = server.communicate()
    assert not {*said.split()} & {"handshake", "audio-stream"}


async def test_a_new_server_is_not_taken_for_an_old_one():
    """A server without `maxPayload`, as socket.io 3 was, is a new one if it gives the session an id."""

    async def speak(peer):
        await peer.send_str(opened())
        async for message in peer:
            if message.type is WSMsgType.TEXT and message.data.startswith("40"):
                await peer.send_str('40{"sid":"S"}')
            elif message.data.startswith("42"):
                await peer.send_str('42["handshake-done",{"success":true}]')

    async with raw(speak) as url:
        await open_and_close(url)


async def test_a_server_that_reads_no_more():
    """When the server stops reading, the sender says so after the timeout, and closes without it."""
    parted = asyncio.Event()

    async def speak(peer):
        await peer.send_str(opened(maxPayload=1_000_000))
        for answer in ('40{"sid":"S"}', '42["handshake-done",{"success":true}]'):
            await peer.receive()
            await peer.send_str(answer)
        await parted.wait()

    async with raw(speak) as url:
        with pytest.raises(ServerSilent, match=r"did not answer 'audio-stream' within 1 s"):
            await send_hours(url)
        parted.set()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


FRAMES = [
    '2["audio-analysis",{"success":true,"da',
    "2",
    "2[]",
    "2{}",
    '2["disconnect"]',
    '2["connect_error",{}]',
    '2/other,["audio-analysis",{}]',
    '51-["audio-analysis",{"_placeholder":true,"num":7}]',
    "9",
    "",
    "3[1]",
    "null",
    '{"a":1}',
    '2["x",' + "[" * 100_000,
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:20] or "nothing")
async def test_what_is_no_event_is_heard(frame):
    """A frame that is torn, foreign or unknown is kept as text, and the next one is read as if nothing had been."""

    async def speak(peer):
        await peer.send_str(opened(maxPayload=1_000_000))
        await peer.receive()
        for answer in ('40{"sid":"S"}', "4" + frame, '42["handshake-done",{"success":true}]'):
            await peer.send_str(answer)

    async with raw(speak) as url:
        heard = await open_and_close(url)
    assert [json.loads(message)[0] for message in heard] == [UNREADABLE_EVENT, "handshake-done"]
    assert json.loads(heard[0])[1].replace(" ", "") == frame.replace(" ", "")


@given(st.text() | st.binary() | st.from_regex(r"[0-6][0-9]{0,3}-?[\[{\"].*", fullmatch=True))
def test_any_frame_is_read(frame):
    """Law: no frame makes the wire fail; with a client none waits for another, with a server for one at most."""
    assert SocketIOPacket(encoded_packet=frame).attachment_count == 0
    sound = SocketIOAudioPacket(encoded_packet=frame)
    assert sound.attachment_count in (0, 1)
    assert not sound.attachment_count or sound.add_attachment(b"sound")
