"""Servers that lack a step, refuse, or fall silent: what real ones have been seen to do, one class each."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import asynccontextmanager, contextmanager

import socketio
from aiohttp import web


class Scripted(socketio.AsyncNamespace):
    """The normal conversation, without any measuring. Subclasses leave something out. `.heard` has what came."""

    def __init__(self):
        super().__init__("/")
        self.heard = []

    async def trigger_event(self, event, *args):
        sid, *values = args
        value = values[0] if values else None
        if event not in ("connect", "disconnect"):
            self.heard.append((event, value))
            await self.answer(sid, event, value)
        elif event == "disconnect":
            await self.gone(sid)

    async def gone(self, sid):
        pass

    async def answer(self, sid, event, value):
        if event == "handshake":
            await self.shake_hands(sid)
        elif event == "audio-stream" and value:
            await self.analyse(sid, value)
        elif event == "audio-stream":
            await self.complete(sid)
        else:
            await self.report(sid, event)

    async def shake_hands(self, sid):
        await self.emit("handshake-done", {"success": True, "data": {"streamId": "scripted"}}, to=sid)

    async def analyse(self, sid, value):
        pass

    async def complete(self, sid):
        await self.emit("audio-analysis-completed", {"success": True}, to=sid)

    async def report(self, sid, event):
        await self.emit("analysis-report-ready", {"success": True, "data": {"reports": {"asked": event}}}, to=sid)


class Says(Scripted):
    """A server that says what it was given, in the words `event, value`, before it has completed."""

    def __init__(self, *said):
        super().__init__()
        self.said = said

    async def complete(self, sid):
        for event, value in self.said:
            await self.emit(event, value, to=sid)
        await super().complete(sid)


class NeverCompletes(Scripted):
    """A server from before late 2023: no word for the end of the audio."""

    async def complete(self, sid):
        pass


class AsSpecified(Scripted):
    """A server that knows the report only by the specification's name."""

    async def report(self, sid, event):
        if event == "fetch-analysis-call":
            await super().report(sid, event)


class NoReport(Scripted):
    """A server that has no report at all."""

    async def report(self, sid, event):
        pass


class Refuses(Scripted):
    """A server whose licence has run out."""

    async def shake_hands(self, sid):
        await self.emit("handshake-done", {"success": False, "errorCode": 77, "error": "no licence"}, to=sid)


class RefusesInText(Scripted):
    """A server that refuses, with its boolean in quotes."""

    async def shake_hands(self, sid):
        await self.emit("handshake-done", {"success": "false", "errorCode": "77", "error": "no licence"}, to=sid)


class Mute(Scripted):
    """A server that accepts the connection and says nothing."""

    async def shake_hands(self, sid):
        pass


class HangsUp(Scripted):
    """A server that closes the connection at the third packet."""

    async def analyse(self, sid, value):
        if sum(name == "audio-stream" for name, _ in self.heard) == 3:
            await self.disconnect(sid)


class Breaks(Scripted):
    """A server whose engine fails at the third packet."""

    async def analyse(self, sid, value):
        if sum(name == "audio-stream" for name, _ in self.heard) == 3:
            await self.emit("audio-analysis-error", {"errorCode": 13, "error": "engine lost"}, to=sid)


class ReportFails(Scripted):
    """A server that answers every segment, and then says of the report what it is told to, or ends the connection."""

    def __init__(self, event="analysis-report-ready", value=None):
        super().__init__()
        self.event, self.value = event, value

    async def complete(self, sid):
        data = {"headers": {"startPosSec": 0, "endPosSec": 1, "energy": 2}, "channels": [[0.5, 1.5, 7]]}
        await self.emit("audio-analysis", {"success": True, "data": data}, to=sid)
        await super().complete(sid)

    async def report(self, sid, event):
        if self.event == "disconnect":
            await self.disconnect(sid)
        elif self.event:
            await self.emit(self.event, self.value, to=sid)


class PageAlone(NeverCompletes, AsSpecified):
    """A server made after the specification's page: no word for the end, and the report by the page's name."""


class SaysNothing(NeverCompletes, NoReport):
    """A server that takes everything and says nothing at the end."""


class Chatters(SaysNothing):
    """A server that after the end mark sends segments for ever."""

    async def complete(self, sid):
        async def chatter():
            for n in itertools.count():
                rows = [[n, n + 1.0]]
                data = {"headers": {"startPosSec": 0, "endPosSec": 1}, "channels": rows}
                await self.emit("audio-analysis", {"success": True, "data": data}, to=sid)
                await asyncio.sleep(0.05)

        self.chatter = asyncio.create_task(chatter())

    async def gone(self, sid):
        self.chatter.cancel()


class BreaksOff(Breaks):
    """A server whose engine fails, and whose connection then ends without a word of the protocol."""

    async def analyse(self, sid, value):
        await super().analyse(sid, value)
        if sum(name == "audio-stream" for name, _ in self.heard) == 3:
            await asyncio.sleep(0)  # the word is on its way
            self.server.environ[sid]["aiohttp.request"].transport.close()


@asynccontextmanager
async def scripted(namespace):
    """Serve on loopback inside the running loop; yields the address."""
    wire = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False)
    wire.register_namespace(namespace)
    app = web.Application()
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


async def _end_tasks():
    """End what the library leaves running: a task for each connection that waits to send a ping."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def serving(namespace):
    """Serve in a thread of its own; gives the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = scripted(namespace)
    try:
        yield asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
