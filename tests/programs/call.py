"""What a Python program does that keeps to the specification alone: no end mark, and the specification's report name.

`python call.py URL WAV`: prints one JSON line per event that it hears, in their order.
"""

import asyncio
import json
import sys
import wave

import socketio

PACKET = 0.3


async def main(url, path):
    call = socketio.AsyncClient(reconnection=False)  # the one with threads gives each event a thread: in any order
    ready, reported = asyncio.Event(), asyncio.Event()

    @call.on("*")
    def hear(event, data):
        print(json.dumps([event, data]), flush=True)
        {"handshake-done": ready, "analysis-report-ready": reported}.get(event, asyncio.Event()).set()

    await call.connect(url, transports=["websocket"])
    with wave.open(path) as sound:
        about = {"isPCM": True, "channels": sound.getnchannels(), "backgroundNoise": 1000}
        about |= {"bitRate": 8 * sound.getsampwidth(), "sampleRate": sound.getframerate()}
        await call.emit("handshake", about)
        async with asyncio.timeout(20):
            await ready.wait()
        while buffer := sound.readframes(round(PACKET * sound.getframerate())):
            await call.emit("audio-stream", buffer)
    await call.emit("fetch-analysis-call", {})
    async with asyncio.timeout(40):
        await reported.wait()
    await call.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
