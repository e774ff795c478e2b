"""Slow checks, run by `make soak`: what only shows in hours of media."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

REPLAY_AND_WEIGH = """
import json, math, re, sys
from pathlib import Path
import emotoolkit as emo
from emotoolkit import local_server, pipe

def peak(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

kind, file = sys.argv[1:]
api = {"voice": emo.EmotionLogic, "face": emo.Interhuman}[kind]()
replay = emo.replay(file, api, speed=math.inf, progress=False)
module = f"emotoolkit.{api.name}.server"
pids = {"notebook": "self", "worker": pipe.shared().pid, "server": local_server.shared(module).pid}
sent = replay.summary()["sent"]
print(json.dumps({name: peak(pid) for name, pid in pids.items()} | {"sent": sent, "events": len(replay.events)}))
"""


def weighed(kind: str, file) -> dict[str, float]:
    """Replay a file in fresh processes; returns the peak memory of each in MB."""
    call = [sys.executable, "-c", REPLAY_AND_WEIGH, kind, str(file)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def speech_like(path, talk, seconds: int):
    """The sample talk again and again."""
    samples = np.concatenate(list(talk.blocks()))
    with soundfile.SoundFile(path, "w", talk.audio.sampling_rate, 1, "PCM_16") as file:
        for _ in range(seconds // 30):
            file.write(samples)
    return path


def test_two_hours_of_sound_need_no_more_memory_than_two_minutes(tmp_path, talk):
    """At infinite speed the peak of each process is within 50 MB of the two-minute figure."""
    short = weighed("voice", speech_like(tmp_path / "short.wav", talk, 120))
    long = weighed("voice", speech_like(tmp_path / "long.wav", talk, 7200))
    print("\npeak MB, 2 min:", short, "\npeak MB, 2 h:  ", long)
    assert long["sent"] == pytest.approx(7200)
    for process in ("notebook", "worker", "server"):
        assert long[process] - short[process] < 50
