"""The client's conversation, with the normal server and with those that lack a step."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.errors import ServerEndless, ServerFault, ServerGone, ServerRefused, ServerSilent, ServerUnreachable
from emotoolkit.media.packet import Packet
from tests.support.closed_port import nobody
from tests.support.scripted_emotion_logic import (
    AsSpecified,
    Breaks,
    BreaksOff,
    Chatters,
    HangsUp,
    Mute,
    NeverCompletes,
    NoReport,
    PageAlone,
    Refuses,
    RefusesInText,
    SaysNothing,
    Scripted,
    scripted,
)

PACKETS = [Packet(n * 0.3, (n + 1) * 0.3, bytes(6616)) for n in range(5)]


async def talk_to(namespace, *, timeout=20.0, warm_up=None, report=True):
    """Have a whole conversation with a scripted server. Returns what the client heard, as names."""
    heard = []
    async with scripted(namespace) as url:
        settings = EmotionLogic(url=url, timeout=timeout, warm_up=warm_up or timeout, report=report)
        async with settings.connect(lambda raw: heard.append(json.loads(raw)[0])) as session:
            for packet in PACKETS:
                await session.send(packet)
            await session.finish()
    return heard


async def test_the_normal_conversation():
    """Handshake, packets, the empty buffer, completed, one report request, report: in this order, each once."""
    server = Scripted()
    heard = await talk_to(server)
    assert heard == ["handshake-done", "audio-analysis-completed", "analysis-report-ready"]
    said = [(name, len(value) if name == "audio-stream" else None) for name, value in server.heard]
    assert said == [
        ("handshake", None),
        *[("audio-stream", 6616)] * 5,
        ("audio-stream", 0),
        ("fetch-analysis-report", None),
    ]
    assert server.heard[0][1] == {
        "isPCM": True,
        "channels": 1,
        "backgroundNoise": 1000,
        "bitRate": 16,
        "sampleRate": 11_025,
        "outputType": "json",
    }


async def test_without_completed():
    """A server that never says "completed" is asked for the report after the timeout."""
    assert await talk_to(NeverCompletes(), timeout=3.0) == ["handshake-done", "analysis-report-ready"]


async def test_report_by_the_specifications_name():
    """The specification's name is tried when the usual one is not answered, and only then."""
    server = AsSpecified()
    assert "analysis-report-ready" in await talk_to(server, timeout=3.0)
    assert [name for name, _ in server.heard[-2:]] == ["fetch-analysis-report", "fetch-analysis-call"]


async def test_without_a_report():
    """A server without a report loses the report, nothing else."""
    assert await talk_to(NoReport(), timeout=3.0) == ["handshake-done", "audio-analysis-completed"]


async def test_report_not_wanted():
    """`report=False` asks for none."""
    server = Scripted()
    await talk_to(server, report=False)
    assert server.heard[-1] == ("audio-stream", b"")


async def test_no_word_for_the_end_and_no_report_wanted():
    """Where "completed" does not come, the report is what says that all has arrived, wanted or not."""
    assert await talk_to(NeverCompletes(), timeout=3.0, report=False) == ["handshake-done", "analysis-report-ready"]


async def test_neither_completed_nor_a_report():
    """A server that says nothing at the end has not been heard out, whatever was wanted of it."""
    with pytest.raises(ServerSilent, match=r"did not answer 'audio-stream \(end\)'"):
        await talk_to(SaysNothing(), timeout=3.0, report=False)


async def test_what_a_server_lacks_is_learnt():
    """Only the first session at an address waits for what it lacks; a new one sees what was added since."""
    server = PageAlone()
    loop = asyncio.get_running_loop()
    async with scripted(server) as url:

        async def talk():
            begin, known = loop.time(), len(server.heard)
            settings = EmotionLogic(url=url, timeout=5.0, warm_up=5.0)
            heard = []
            async with settings.connect(lambda raw: heard.append(json.loads(raw)[0])) as session:
                await session.send(PACKETS[0])
                await session.finish()
            asked = [name for name, _ in server.heard[known:] if name.startswith("fetch")]
            return loop.time() - begin, asked, heard

        seconds, asked, heard = await talk()
        assert seconds > 10
        assert asked == ["fetch-analysis-report", "fetch-analysis-call"]
        seconds, asked, heard = await talk()
        assert seconds < 5
        assert asked == ["fetch-analysis-call"]
        assert heard == ["handshake-done", "analysis-report-ready"]
        server.complete = lambda sid: Scripted.complete(server, sid)
        assert "audio-analysis-completed" in (await talk())[2]
        server.complete = lambda sid: NeverCompletes.complete(server, sid)
        assert (await talk())[0] > 5


class Late(Scripted):
    """A server whose only segment comes long after the end mark, with which the end is not confirmed."""

    async def complete(self, sid):
        await asyncio.sleep(2.5)
        await self.emit("audio-analysis", {"success": True, "data": {}}, to=sid)


async def test_a_late_first_answer():
    """A server that has said nothing yet gets `warm_up` seconds, one that answers later than the timeout too."""
    heard = await talk_to(Late(), timeout=0.5, warm_up=20.0)
    assert heard == ["handshake-done", "audio-analysis", "analysis-report-ready"]


async def test_its_last_words():
    """What a server said before its connection broke is heard, and is the reason, however quickly more is sent."""
    heard = []

    async def talk(url):
        settings = EmotionLogic(url=url, timeout=5.0)
        async with settings.connect(lambda raw: heard.append(json.loads(raw)[0])) as session:
            for packet in PACKETS * 200:
                await session.send(packet)
            await session.finish()

    async with scripted(BreaksOff()) as url:
        with pytest.raises(ServerFault, match=r"engine lost \(code 13\)"):
            await talk(url)
    assert heard == ["handshake-done", "audio-analysis-error"]


async def test_refused():
    """A refused handshake gives the server's reason and code."""
    with pytest.raises(ServerRefused, match=r"declined the session: no licence \(code 77\)"):
        await talk_to(Refuses())


async def test_mute():
    """A server that does not answer the handshake is named, with the step and the time."""
    with pytest.raises(ServerSilent, match=r"did not answer 'handshake' within 1 s"):
        await talk_to(Mute(), timeout=1.0)


async def test_hangs_up():
    """A connection that ends in the middle is noticed, at the latest when the end is waited for."""
    with pytest.raises(ServerGone, match="closed the connection after"):
        await talk_to(HangsUp())


async def test_breaks():
    """A fault of the engine ends the session with its words."""
    with pytest.raises(ServerFault, match=r"engine lost \(code 13\)"):
        await talk_to(Breaks())


async def test_nobody_there():
    """Where nobody listens the address is named, and what to do."""
    with nobody() as url, pytest.raises(ServerUnreachable, match=f"Nothing answers at {url}"):
        async with EmotionLogic(url=url, timeout=20).connect(print):
            pass


async def test_no_redirect():
    """A server that sends us elsewhere has declined, and who is there hears nothing: consent was for this address."""
    other = Scripted()

    async def elsewhere(request):
        return web.Response(status=307, headers={"Location": f"{target}/socket.io/?{request.query_string}"})

    app = web.Application()
    app.router.add_get("/socket.io/", elsewhere)
    async with scripted(other) as target, TestServer(app) as first:
        with pytest.raises(ServerRefused, match=rf"sends us on to {target}.*code 307.*Nothing was sent"):
            async with EmotionLogic(url=str(first.make_url("/")), timeout=1).connect(print) as session:
                await session.send(PACKETS[0])
    assert other.heard == []


async def test_somebody_else_there():
    """A server that takes the connection and never speaks is named too: here, one that speaks no HTTP at all."""
    callers = []
    server = await asyncio.start_server(lambda _, writer: callers.append(writer), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises((ServerSilent, ServerUnreachable), match=url):
            async with EmotionLogic(url=url, timeout=0.3).connect(print):
                pass
    finally:
        for writer in callers:
            writer.close()
        server.close()


async def test_the_queue_is_bounded():
    """The sender is held back by a server that reads slowly: never more than a few packets wait in the client."""
    gate = asyncio.Event()

    class Slow(Scripted):
        async def analyse(self, sid, value):
            await gate.wait()

    server = Slow()
    async with scripted(server) as url:
        settings = EmotionLogic(url=url, timeout=5)
        async with settings.connect(lambda _: None) as session:
            sent = 0

            async def send_all():
                nonlocal sent
                for n in range(400):
                    await session.send(Packet(n * 10.0, (n + 1) * 10.0, bytes(220_500)))
                    sent += 1

            sending = asyncio.create_task(send_all())
            await asyncio.wait([sending], timeout=0.5)
            assert sent < 200  # of 400: what fits into the socket's buffers and 32 packets
            gate.set()
            await sending
            await session.finish()
    assert sum(len(value) for name, value in server.heard if name == "audio-stream") == 400 * 220_500


async def test_talk_without_end(monkeypatch):
    """A server that goes on sending segments after the end mark, and never comes to its end, is left."""
    monkeypatch.setattr("emotoolkit.apis.base.timeouts.STEP_TIMEOUT_S", 0.5)
    with pytest.raises(
        ServerEndless, match=r"went on talking for 1\.5 s and never came to answer 'audio-stream \(end\)'"
    ):
        await talk_to(Chatters(), timeout=1.0)


async def test_a_refusal_in_quotes_is_not_sent_any_sound():
    """`success: "false"` ends the conversation before the first packet, as `false` does."""
    server = RefusesInText()
    with pytest.raises(ServerRefused, match="no licence"):
        await talk_to(server)
    assert [name for name, _ in server.heard] == ["handshake"]


@pytest.mark.parametrize(
    ("settings", "handshake", "request_value"),
    [
        ({}, {"bitRate": 16, "outputType": "json"}, {"outputFormat": "json", "fetchSegments": False}),
        ({"bits": 8}, {"bitRate": 8}, {}),
        ({"output": "text"}, {"outputType": "text"}, {"outputFormat": "text"}),
        ({"fetch_segments": True}, {}, {"fetchSegments": True}),
    ],
)
async def test_settings_are_what_is_asked_for(settings, handshake, request_value):
    """Bits, output and segments of the report go to the server as they were set."""
    server = Scripted()
    async with (
        scripted(server) as url,
        EmotionLogic(url=url, timeout=20, **settings).connect(lambda raw: None) as session,
    ):
        await session.send(PACKETS[0])
        await session.finish()
    said = dict(server.heard)
    assert said["handshake"].items() >= handshake.items()
    assert said["fetch-analysis-report"].items() >= request_value.items()
