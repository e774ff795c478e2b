"""The client's conversation, with our server and with servers that misbehave."""

from __future__ import annotations

import asyncio
import itertools
import json
import pickle
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import serve

from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import decoder as reading
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import (
    SegmentTooLarge,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.media.packet import Packet
from tests.support import footage
from tests.support.closed_port import nobody

KEY = "ih_live_do_not_tell"


def packets(count: int = 4, size: int = 100) -> list[Packet]:
    return [Packet(n * 3.0, n * 3.0 + 3.0, bytes(size)) for n in range(count)]


@asynccontextmanager
async def playing(script, **options):
    """A server that follows a script: a coroutine function of its connection."""
    async with serve(script, "127.0.0.1", 0, max_size=None, **options) as wire:
        yield f"ws://127.0.0.1:{wire.sockets[0].getsockname()[1]}"


async def converse(url: str, sent: list[Packet] | None = None, **settings) -> list[str]:
    """Have a whole conversation; returns what was heard. What was heard until a failure is in its notes."""
    heard: list[str] = []
    try:
        async with Interhuman(url=url, **settings).located().connect(heard.append) as session:
            for packet in packets() if sent is None else sent:
                await session.send(packet)
            await session.finish()
    except Exception as problem:
        problem.add_note(str(kinds(heard)))
        raise
    return heard


def kinds(heard: list[str]) -> list[str]:
    return [reading.Decoder().decode(raw).kind for raw in heard]


def say(kind: str, **data) -> str:
    return json.dumps({"type": kind, "timestamp": "", "correlation_id": "c", "data": data})


async def test_whole_conversation():
    """Everything that our server says is heard, in order, from ready to ended."""
    pieces = footage.pieces("webm", footage.file("webm", 9), 3)
    sent = [Packet(3.0 * n, 3.0 * n + 3, piece) for n, piece in enumerate(pieces)]
    async with app.serving() as url:
        heard = kinds(await converse(url, sent))
    assert heard[:2] == [messages.READY, messages.UPDATED]
    assert heard[-1] == messages.ENDED
    assert messages.QUALITY in heard


async def test_headers():
    """The key travels as a bearer, beside an id of our own; a server without need of a key gets none."""
    seen = []

    async def script(wire):
        seen.append(wire.request.headers)
        await wire.wait_closed()

    async with playing(script) as url:
        for key in (KEY, None):
            async with Interhuman(url=url, key=key, timeout=2.0).located().connect(print):
                pass
    assert seen[0]["Authorization"] == f"Bearer {KEY}"
    assert seen[0]["X-Client-Request-Id"]
    assert "Authorization" not in seen[1]


async def test_config_comes_first():
    """The first message of a client is its config, with what the settings ask for."""
    first = asyncio.get_running_loop().create_future()

    async def script(wire):
        first.set_result(await wire.recv())
        await wire.wait_closed()

    async with playing(script) as url:
        await converse(url, [], include=(messages.TIMELINE,), timeout=2.0)
    assert json.loads(first.result()) == {"include": [messages.TIMELINE]}


async def test_no_ready_no_closing():
    """A server of the quickstart's time says neither ready nor closing: after a quiet time it counts as done."""

    async def script(wire):
        async for message in wire:
            if isinstance(message, bytes):
                await wire.send(say(messages.SIGNAL_DETECTED, signals=[]))

    async with playing(script) as url:
        assert kinds(await converse(url, timeout=2.0)) == [messages.SIGNAL_DETECTED] * 4


class Quickstart:
    """A server made after the quickstart's page: neither ready nor closing, and its answers come after a while."""

    def __init__(self, silence=None):
        self.silence = silence

    async def __call__(self, wire):
        async for message in wire:
            if message == messages.close() and self.silence is not None:
                await asyncio.sleep(self.silence)
                await wire.send(say(messages.SIGNAL_DETECTED, signals=[]))


async def timed(url, **settings):
    """Have a conversation; returns how long it took, and what was heard."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    heard = await converse(url, packets(2), **{"timeout": 0.3, "warm_up": 3.0} | settings)
    return loop.time() - begin, kinds(heard)


async def test_patience_before_the_first_answer():
    """A server that has said nothing yet gets longer for its first answer than later for a silence."""
    async with playing(Quickstart(1.5)) as url:
        assert (await timed(url))[1] == [messages.SIGNAL_DETECTED]
        assert (await timed(url))[1] == [messages.SIGNAL_DETECTED]


async def test_patience_in_vain_is_learnt():
    """Where the long wait was in vain it is not repeated, until an answer comes after all."""
    server = Quickstart()
    async with playing(server) as url:
        assert (await timed(url))[0] > 3
        assert (await timed(url))[0] < 2.5
        server.silence = 0.1
        assert (await timed(url))[1] == [messages.SIGNAL_DETECTED]
        server.silence = 1.5
        assert (await timed(url))[1] == [messages.SIGNAL_DETECTED]


async def test_no_ready_is_learnt():
    """Only the first session at an address waits for a `session.ready` that does not come."""
    async with playing(Quickstart(0.0)) as url:
        first, again = [(await timed(url, timeout=2.0))[0] for _ in range(2)]
    assert first - again > 1


async def test_plain_close():
    """A server that answers `session.close` by closing in good order is done."""

    async def script(wire):
        async for message in wire:
            if message == messages.close():
                return

    async with playing(script) as url:
        assert await converse(url, timeout=2.0) == []


async def test_drain_is_waited_for():
    """What comes between closing and ended is heard, however long the server was silent before."""

    async def script(wire):
        await wire.send(say(messages.READY))
        async for message in wire:
            if message == messages.close():
                await wire.send(say(messages.CLOSING, max_drain_seconds=30))
                await wire.send(say(messages.SIGNAL_ENDED, signal_type="interest", end=9))
                await wire.send(say(messages.ENDED, reason="client_shutdown"))

    async with playing(script) as url:
        heard = await converse(url, timeout=20.0)
    assert kinds(heard) == [messages.READY, messages.CLOSING, messages.SIGNAL_ENDED, messages.ENDED]


async def test_drain_never_ends(monkeypatch):
    """A server that does not keep its promise to end is silent: what it had left to say may be missing."""
    monkeypatch.setattr("emotoolkit.apis.interhuman.client.session.DRAIN_MARGIN_S", 0.05)

    async def script(wire):
        async for message in wire:
            if message == messages.close():
                await wire.send(say(messages.CLOSING, max_drain_seconds=0))

    async with playing(script) as url:
        with pytest.raises(ServerSilent, match=r"session\.close"):
            await converse(url, timeout=2.0)


async def test_error_is_no_end():
    """An error message alone is one event among others."""

    async def script(wire):
        await wire.send(say(messages.READY))
        async for message in wire:
            if isinstance(message, bytes):
                await wire.send(say(messages.ERROR, code="ih5004", message="no", segment=1))
            elif message == messages.close():
                await wire.send(say(messages.ENDED))
                return

    async with playing(script) as url:
        assert kinds(await converse(url, timeout=20.0)) == [messages.READY, *[messages.ERROR] * 4, messages.ENDED]


@pytest.mark.parametrize(("last", "code", "problem"), [("error", 1000, ServerFault), (None, 1011, ServerGone)])
async def test_failing_drain(last, code, problem):
    """A server that breaks down instead of ending says so by an error or by its code; what it owed is missing."""

    async def script(wire):
        await wire.send(say(messages.READY))
        async for message in wire:
            if message == messages.close():
                await wire.send(say(messages.CLOSING, max_drain_seconds=30))
                if last is not None:
                    await wire.send(say(last, code="ih1001", message="sorry"))
                await wire.close(code)

    async with playing(script) as url:
        with pytest.raises(problem):
            await converse(url)


async def test_refused_after_opening():
    """An error and a close before anything was sent are a refusal, such as a quota that is used up."""

    async def script(wire):
        await wire.send(say(messages.ERROR, code="ih3003", message="the quota is used up"))
        await wire.close(4029)

    async with playing(script) as url:
        with pytest.raises(ServerRefused, match=r"the quota is used up \(code ih3003\)"):
            await converse(url)


async def test_fault():
    """An error and a close in the middle are the server's fault, with its own words."""

    async def script(wire):
        await wire.send(say(messages.READY))
        await wire.recv()
        await wire.recv()
        await wire.send(say(messages.ERROR, code="ih1001", message="sorry"))
        await wire.close(1011)

    async with playing(script) as url:
        with pytest.raises(ServerFault, match=r"after 3\.0 s of media: sorry \(code ih1001\)") as caught:
            await send_until_over(url)
    assert caught.value.__notes__ == [str([messages.READY, messages.ERROR])]


WHOLE = {
    "type": messages.ERROR,
    "timestamp": "",
    "correlation_id": "c-1",
    "data": {"code": "ih1001", "message": "sorry", "link": "https://docs/ih1001", "segment": 2},
}


@pytest.mark.parametrize(
    "envelope",
    [
        WHOLE,
        {"type": messages.ERROR, "data": WHOLE["data"] | {"correlation_id": "c-1"}},
        {"type": messages.ERROR, "correlation_id": "c-1"} | WHOLE["data"],
        WHOLE | {"data": {**WHOLE["data"], "code": None, "error_id": "ih1001"}},
        {"status": "error", "correlation_id": "c-1"} | WHOLE["data"],
    ],
)
async def test_envelope_of_a_fault(envelope):
    """Code, link, segment and correlation id are those of the message itself, and are the error's."""

    async def script(wire):
        await wire.send(say(messages.READY))
        await wire.recv()
        await wire.recv()
        await wire.send(json.dumps(envelope))
        await wire.close(1011)

    async with playing(script, process_response=with_id) as url:
        with pytest.raises(ServerFault, match=r"sorry \(code ih1001\)\. Its number there is c-1\.") as caught:
            await send_until_over(url)
    told = caught.value
    assert (told.correlation_id, told.code, told.segment) == ("c-1", "ih1001", 2)
    assert told.link == "https://docs/ih1001"
    again = pickle.loads(pickle.dumps(told))
    assert (again.correlation_id, again.link, again.segment) == ("c-1", "https://docs/ih1001", 2)
    fault = reading.Decoder().decode(json.dumps(envelope))
    assert (fault.correlation_id, fault.link, fault.segment) == ("c-1", "https://docs/ih1001", 2)


def with_id(wire, request, response):
    """Give the connection an id of its own, which is not the message's."""
    response.headers["X-Correlation-ID"] = "of-the-connection"
    return response


async def test_id_of_the_connection():
    """Where the message has none it is the connection's."""

    async def script(wire):
        await wire.recv()
        await wire.recv()
        await wire.send(json.dumps({"type": messages.ERROR, "data": {"message": "sorry"}}))
        await wire.close(1011)

    async with playing(script, process_response=with_id) as url:
        with pytest.raises(ServerFault, match=r"sorry .* Its number there is of-the-connection\."):
            await send_until_over(url)


@pytest.mark.parametrize(("code", "reason"), [(1001, "going away"), (1000, ""), (4001, "token revoked")])
async def test_gone(code, reason):
    """A close in the middle, of whatever code, ends the session with that code."""

    async def script(wire):
        await wire.send(say(messages.READY))
        await wire.recv()
        await wire.recv()
        await wire.close(code, reason)

    async with playing(script) as url:
        with pytest.raises(ServerGone, match=rf"after 3\.0 s of media \(close code {code}(: {reason})?\)"):
            await send_until_over(url)


async def send_until_over(url: str) -> None:
    """Send one packet, then more of the kind until the end is noticed."""
    heard: list[str] = []
    try:
        async with Interhuman(url=url).located().connect(heard.append) as session:
            while True:
                await session.send(packets()[0])
    except Exception as problem:
        problem.add_note(str(kinds(heard)))
        raise


async def test_old_error_does_not_explain_a_new_end():
    """An error that was not the last word is not blamed for the close."""

    async def script(wire):
        await wire.send(say(messages.ERROR, code="ih5004", message="no"))
        await wire.send(say(messages.READY))
        await wire.recv()
        await wire.recv()
        await wire.close(1001)

    async with playing(script) as url:
        with pytest.raises(ServerGone):
            await send_until_over(url)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, '{"message": "the key is unknown"}', "the key is unknown"),
        (403, "no", "HTTP 403"),
        (503, "[]", "HTTP 503"),
    ],
)
async def test_refused_handshake(status, body, reason):
    """A refused handshake is a refusal, in the words of its body if it has any; the key is not among them."""

    async def script(wire):
        """Never comes to it."""

    async with playing(script, process_request=lambda wire, _: wire.respond(status, body)) as url:
        with pytest.raises(ServerRefused, match=rf"{reason} \(code {status}\)") as caught:
            await converse(url, key=KEY)
    assert KEY not in str(caught.value) + repr(caught.value.facts)


async def test_no_redirect():
    """A server that sends us elsewhere has declined: consent and key were given for this address."""

    def process_request(wire, _):
        response = wire.respond(307, "")
        response.headers["Location"] = "ws://127.0.0.1:9/"
        return response

    async def script(wire):
        """Never comes to it."""

    async with playing(script, process_request=process_request) as url:
        with pytest.raises(ServerRefused, match="307"):
            await converse(url)


async def test_unreachable():
    """Nobody at the port."""
    with nobody() as url, pytest.raises(ServerUnreachable):
        await converse(url.replace("http", "ws"))


async def test_not_a_websocket():
    """Somebody else at the port."""

    async def greet(_, writer):
        writer.write(b"220 mail.example.org\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as other:
        with pytest.raises(ServerUnreachable):
            await converse(f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}")


async def test_silent():
    """Somebody at the port who never answers the handshake."""
    over = asyncio.Event()

    async def keep_silent(_, writer):
        await over.wait()
        writer.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as other:
        with pytest.raises(ServerSilent, match="connect"):
            await converse(f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}", timeout=0.05)
        over.set()


async def test_limit_of_the_server():
    """A segment above the server's own limit is not sent."""
    sizes = []

    async def script(wire):
        await wire.send(say(messages.READY, max_segment_size_bytes=1000))
        sizes.extend([len(message) async for message in wire])

    async with playing(script) as url:
        with pytest.raises(SegmentTooLarge, match="1001 bytes, and the server takes 1000"):
            await converse(url, [*packets(1, size=1000), *packets(1, size=1001)])
    assert sizes == [len(messages.config(messages.INCLUDE)), 1000]


async def test_backpressure():
    """Sending waits for a server that does not read: what is under way is bounded."""
    reading = asyncio.Event()

    async def script(wire):
        await wire.send(say(messages.READY))
        await reading.wait()
        async for message in wire:
            if message == messages.close():
                await wire.send(say(messages.ENDED))
                return

    sent = 0
    async with playing(script, max_queue=1) as url, Interhuman(url=url).located().connect(print) as session:

        async def send_all():
            nonlocal sent
            for packet in packets(100, size=1_000_000):
                await session.send(packet)
                sent += 1

        sending = asyncio.create_task(send_all())
        before = -1
        while sent > before:
            before = sent
            await asyncio.wait([sending], timeout=0.2)
        reading.set()
        await sending
        await session.finish()
    assert before < 60


@pytest.mark.parametrize("promised", [1e9, 1e300, -1e9])
async def test_a_promise_without_end(monkeypatch, promised):
    """Whatever a server promises of its end, it gets no longer than we allow; the error says how long that was."""
    monkeypatch.setattr("emotoolkit.apis.base.timeouts.STEP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("emotoolkit.apis.interhuman.client.session.DRAIN_MARGIN_S", 0.25)
    monkeypatch.setattr("emotoolkit.apis.interhuman.client.session.QUIET_TIMEOUT_FACTOR", 0.01)

    async def script(wire):
        await wire.send(say(messages.READY))
        async for message in wire:
            if message == messages.close():
                await wire.send(say(messages.CLOSING, max_drain_seconds=promised))

    async with playing(script) as url:
        with pytest.raises(ServerSilent, match=r"did not answer 'session\.close' within 0\.[27]5 s"):
            await converse(url, [Packet(0.0, 0.1, b"x")], timeout=2.0)


async def test_talk_without_end(monkeypatch):
    """A server that talks on and on after the end was asked for, and never comes to it, is left."""
    monkeypatch.setattr("emotoolkit.apis.base.timeouts.STEP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("emotoolkit.apis.interhuman.client.session.QUIET_TIMEOUT_FACTOR", 0.2)

    async def script(wire):
        await wire.send(say(messages.READY))
        async for message in wire:
            if message == messages.close():
                for n in itertools.count():
                    await wire.send(say(messages.SIGNAL_ENDED, signal_type="interest", end=n / 100))
                    await asyncio.sleep(0.02)

    async with playing(script) as url:
        with pytest.raises(
            ServerEndless, match=r"went on talking for 0\.5 s and never came to answer 'session\.close'"
        ):
            await converse(url, [Packet(0.0, 0.1, b"x")], timeout=2.0)


async def test_talk_without_end_of_the_oldest(monkeypatch):
    """Of the oldest version it is a segment whose answer is waited for, and the sentence names that one."""
    monkeypatch.setattr("emotoolkit.apis.base.timeouts.STEP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("emotoolkit.apis.interhuman.client.session.QUIET_TIMEOUT_FACTOR", 0.2)

    async def script(wire):
        await wire.recv()
        for n in itertools.count():
            await wire.send(say(messages.SIGNAL_ENDED, signal_type="interest", end=n / 100))
            await asyncio.sleep(0.02)

    async with playing(script) as url:
        with pytest.raises(ServerEndless, match=r"never came to answer 'segment 1'"):
            await converse(url + messages.V0_PATH, [Packet(0.0, 0.1, b"x")], timeout=2.0)


LIMITS = ("session_idle_timeout_seconds", "session_max_duration_seconds", "max_segment_size_bytes",
          "max_segment_duration_seconds")  # fmt: skip


@pytest.mark.parametrize("value", [0, -1, 1e300, float("nan"), float("inf"), "0", True, None, [1]])
async def test_limits_that_are_none(value):
    """What cannot be a limit is none, and hinders nothing."""

    async def script(wire):
        await wire.send(say(messages.READY, **dict.fromkeys(LIMITS, value)))
        async for message in wire:
            if message == messages.close():
                return

    async with playing(script) as url, Interhuman(url=url, timeout=2.0).located().connect(print) as session:
        assert (session.idle_limit, session.time_limit) == (None, None)
        await session.send(packets()[0])
        await session.finish()


async def test_a_limit_of_a_moment():
    """A session for less than a second is what nobody can mean; a longer one is taken at its word."""

    async def script(wire):
        await wire.send(say(messages.READY, session_idle_timeout_seconds=1e-9, session_max_duration_seconds=5))
        await wire.wait_closed()

    async with playing(script) as url, Interhuman(url=url, timeout=2.0).located().connect(print) as session:
        assert (session.idle_limit, session.time_limit) == (None, 5)
