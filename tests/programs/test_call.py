"""A program that knows nothing but Emotion Logic's specification has a whole call with our server."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from emotoolkit import Recording
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.media import audio

HERE = Path(__file__).parent


def heard(url: str, path: Path) -> list[tuple[str, dict]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "call.py"), url, str(path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def eight_bits(samples: bytes) -> bytes:
    """The upper halves of 16-bit samples, with 128 for silence, as WAV files have them."""
    return bytes((upper + 128) % 256 for upper in samples[1::2])


@pytest.mark.parametrize(("rate", "width"), [(11_025, 2), (8_000, 1)])
def test_a_call_by_the_specification(sample, tmp_path, rate, width):
    """Handshake, buffers, analyses, one report by the specification's name: without an end mark."""
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        for packet in audio.packets(Recording(sample / "talk.wav"), sampling_rate=rate):
            file.writeframes(packet.data if width == 2 else eight_bits(packet.data))
    with app.serve(keep=tmp_path) as local:
        told = heard(local.url, path)
    names = [name for name, _ in told]
    assert names[0] == "handshake-done"
    assert names[-1] == "analysis-report-ready"
    assert set(names[1:-1]) == {"audio-analysis"}
    rows = [data["data"]["channels"][0] for name, data in told if name == "audio-analysis"]
    assert len(rows) > 5
    report = told[-1][1]["data"]
    assert report["segments"]["data"] == rows
    with wave.open(str(path)) as file:
        sent = file.readframes(file.getnframes())
    assert (tmp_path / f"{told[0][1]['data']['streamId']}.pcm").read_bytes() == sent
