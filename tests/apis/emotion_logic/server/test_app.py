"""The local server in a process of its own, with a client that is not ours: Node's socket.io-client, unmodified."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
import socketio

from emotoolkit import EmotionLogic, replay
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.apis.emotion_logic.server.options import Options
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import LocalServerFailed
from emotoolkit.media import audio
from tests.support.node import node

NODE_FOLDER = Path(__file__).parents[3] / "node"


@pytest.fixture
async def client(voice_server):
    """A bare socket.io client that keeps what it hears in `.heard`, connected."""
    wire = socketio.AsyncClient(reconnection=False)
    wire.heard = []

    async def hear(name, value=None):
        wire.heard.append((name, value))

    wire.on("*", hear)
    await wire.connect(voice_server.url, transports=["websocket"])
    yield wire
    await wire.disconnect()


async def answer(client, name):
    """Wait for the next message of a name."""
    while not any(heard == name for heard, _ in client.heard):
        await client.sleep(0.01)
    return client.heard.pop(next(n for n, (heard, _) in enumerate(client.heard) if heard == name))[1]


HANDSHAKE = messages.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


async def test_a_refused_handshake_may_be_tried_again(client):
    """A bad handshake gets its number and words, and the socket stays open for a good one."""
    await client.emit("handshake", HANDSHAKE | {"sampleRate": 12_345})
    refused = await answer(client, "handshake-done")
    assert refused == {
        "success": False,
        "errorCode": messages.ERROR_CODES["sampleRate"],
        "error": "sampleRate must be one of 6000, 8000, 11025, 16000, 22050, 44100, 48000",
    }
    await client.emit("handshake", HANDSHAKE)
    done = await answer(client, "handshake-done")
    assert done["success"] is True
    assert done["data"]["server"].startswith("local measurement")


async def test_a_second_handshake_is_refused(client):
    """One socket is one call."""
    for wanted in (True, False):
        await client.emit("handshake", HANDSHAKE)
        assert (await answer(client, "handshake-done"))["success"] is wanted


@pytest.mark.parametrize("request_name", messages.REPORT_REQUESTS)
async def test_both_report_names(client, talk, request_name):
    """Both names of the report request are answered, with every segment unless that is declined."""
    await client.emit("handshake", HANDSHAKE)
    for packet in audio.packets(talk):
        await client.emit("audio-stream", packet.data)
    await client.emit("audio-stream", b"")
    await answer(client, "audio-analysis-completed")
    await client.emit(request_name)
    report = (await answer(client, "analysis-report-ready"))["data"]
    rows = [value["data"]["channels"][0] for name, value in client.heard if name == "audio-analysis"]
    assert report["segments"]["data"] == rows
    assert report["reports"]["summary"]["channel-0"]["segmentsCount"] == len(rows) > 5


async def test_report_without_the_end_mark(client, talk):
    """A report request before the empty buffer closes what is open, as older programs expect."""
    await client.emit("handshake", HANDSHAKE)
    await client.emit("audio-stream", b"".join(p.data for p in audio.packets(talk))[: 11_025 * 2 * 2])
    await client.emit("fetch-analysis-report", {"fetchSegments": False})
    report = (await answer(client, "analysis-report-ready"))["data"]
    assert "segments" not in report
    assert report["reports"]["summary"]["channel-0"]["segmentsCount"] == 1
    assert [name for name, _ in client.heard] == ["handshake-done", "audio-analysis"]


@pytest.mark.parametrize(
    ("event", "value", "heard_as"),
    [
        ("audio-stream", b"\0\0", "audio-analysis-error"),
        ("fetch-analysis-report", {}, "analysis-report-ready"),
    ],
)
async def test_before_the_handshake(client, event, value, heard_as):
    """What comes before a handshake gets an error, and the socket lives."""
    await client.emit(event, value)
    assert (await answer(client, heard_as))["errorCode"] == messages.ERROR_CODES["order"]
    await client.emit("handshake", HANDSHAKE)
    assert (await answer(client, "handshake-done"))["success"]


async def test_audio_that_is_no_audio(client):
    """Text where bytes should be gets an error."""
    await client.emit("handshake", HANDSHAKE)
    await client.emit("audio-stream", "noise")
    assert (await answer(client, "audio-analysis-error"))["errorCode"] == messages.ERROR_CODES["payload"]


TRANSPORTS = [None, ["polling", "websocket"], ["websocket"], ["polling"]]
"""What a client library may be told to use; None is its own default."""


@pytest.mark.parametrize("transports", TRANSPORTS, ids=str)
def test_node_has_a_call(voice_server, talk, tmp_path, transports):
    """Node's socket.io-client 4 has a whole call with our server, written as the vendor's sample is."""
    data = b"".join(packet.data for packet in audio.packets(talk))
    (tmp_path / "talk.pcm").write_bytes(data)
    options = json.dumps({"reconnection": False} | ({"transports": transports} if transports else {}))
    done = node(str(NODE_FOLDER / "call.js"), voice_server.url, str(tmp_path / "talk.pcm"), options)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["segments"] > 5
    assert said["completed"] is True
    assert said["report"]["summary"]["channel-0"]["segmentsCount"] == said["segments"]
    assert (voice_server.kept / f"{said['streamId']}.pcm").read_bytes() == data
    assert said["transport"] == ("polling" if transports == ["polling"] else "websocket")


PYTHON_CALL = """
import json, sys, threading, socketio
url, file, how = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sound, said, done = open(file, "rb").read(), {"segments": 0}, threading.Event()
client = socketio.Client()

@client.on("handshake-done")
def ready(answer):
    said["stream"] = answer["data"]["streamId"]
    for at in range(0, len(sound), 6616):
        client.emit("audio-stream", sound[at:at + 6616])
    client.emit("audio-stream", b"")

@client.on("audio-analysis")
def analysis(answer):
    said["segments"] += 1

@client.on("audio-analysis-completed")
def completed(answer):
    client.emit("fetch-analysis-call", {"outputFormat": None, "fetchSegments": "true"})

@client.on("analysis-report-ready")
def report(answer):
    said["report"] = len(answer["data"]["segments"]["data"])
    done.set()

client.connect(url, **how)
said["transport"] = client.transport()
numbers = {"channels": "1", "backgroundNoise": "1000", "bitRate": "16", "sampleRate": "11025"}
client.emit("handshake", {"isPCM": "true", "outputType": None, **numbers})
assert done.wait(50), said
client.disconnect()
print(json.dumps(said))
"""


@pytest.mark.parametrize("transports", [None, ["websocket"]], ids=str)
def test_python_has_a_call(voice_server, talk, tmp_path, transports):
    """python-socketio's plain client has one with its default options, and with numbers and words in quotes."""
    data = b"".join(packet.data for packet in audio.packets(talk))
    (tmp_path / "talk.pcm").write_bytes(data)
    how = json.dumps({"transports": transports} if transports else {})
    call = [sys.executable, "-c", PYTHON_CALL, voice_server.url, str(tmp_path / "talk.pcm"), how]
    done = subprocess.run(call, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["segments"] == said["report"] > 5
    assert said["transport"] == "websocket"
    assert (voice_server.kept / f"{said['stream']}.pcm").read_bytes() == data


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_pages_of_other_origins_are_refused(voice_server, transport):
    """A page of another machine gets no session, whichever transport it asks for."""
    headers = {"Origin": "http://evil.example"}
    if transport == "websocket":
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    url = f"{voice_server.url}/socket.io/?EIO=4&transport={transport}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        assert answer.status == 403
        assert "pages of this machine alone" in await answer.text()
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"], ["websocket"]], ids=str)
@pytest.mark.parametrize("close_frame", [True, False])
async def test_a_connection_is_cut_on_each_transport(transports, close_frame):
    """A server that was told to end the connection ends it, on whichever transport it is by then."""
    options = Options(faults=Faults(drop=1.0, close_frame=close_frame))
    gone = asyncio.Event()
    async with app.serving(options) as url, asyncio.timeout(30):
        wire = socketio.AsyncClient(reconnection=False)

        async def leave(*reason):
            gone.set()

        wire.on("disconnect", leave)
        await wire.connect(url, transports=transports)
        await wire.emit("handshake", HANDSHAKE)
        for _ in range(8):
            if wire.connected:
                with contextlib.suppress(socketio.exceptions.SocketIOError):
                    await wire.emit("audio-stream", bytes(6616))
            await asyncio.sleep(0)
        await gone.wait()
        await wire.disconnect()


def test_a_server_that_cannot_start(voice_server):
    """A port that is taken is said, with the server's own words."""
    port = int(voice_server.url.rpartition(":")[2])
    with pytest.raises(LocalServerFailed, match=r"did not start \(exit code 1\).*address already in use"):
        app.serve(port=port)


def test_ends_with_its_with_block():
    """The process ends where the `with` block ends."""
    with app.serve() as local:
        assert local.alive
    assert not local.alive
    assert repr(local).endswith("(ended)>")


def test_a_folder_to_keep_in(talk, tmp_path):
    """A folder for what is received is made where there is none; a stream never fails for want of it."""
    with app.serve(keep=tmp_path / "not" / "there") as local:
        voice = replay(talk, EmotionLogic(url=local.url), speed=float("inf"), progress=False)
    assert len(voice.segments) > 5
    (kept,) = (tmp_path / "not" / "there").iterdir()
    assert kept.stat().st_size == voice.packets["bytes"].sum()
