"""What a Python program does that keeps to the specification alone: no end mark, and the specification's report name.

`python call.py URL WAV`: prints one JSON line per event that it hears.
"""

import json
import sys
import threading
import wave

import socketio

PACKET = 0.3


def main(url, path):
    call = socketio.Client(reconnection=False)
    ready, reported = threading.Event(), threading.Event()

    @call.on("*")
    def hear(event, data):
        print(json.dumps([event, data]), flush=True)
        {"handshake-done": ready, "analysis-report-ready": reported}.get(event, threading.Event()).set()

    call.connect(url, transports=["websocket"])
    with wave.open(path) as sound:
        about = {"isPCM": True, "channels": sound.getnchannels(), "backgroundNoise": 1000}
        about |= {"bitRate": 8 * sound.getsampwidth(), "sampleRate": sound.getframerate()}
        call.emit("handshake", about)
        if not ready.wait(20):
            sys.exit("no answer to the handshake")
        while buffer := sound.readframes(round(PACKET * sound.getframerate())):
            call.emit("audio-stream", buffer)
    call.emit("fetch-analysis-call", {})
    if not reported.wait(40):
        sys.exit("no report")
    call.disconnect()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
