"""Slow checks, run by `make soak`: what only shows in hours of media."""

import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.errors import StillPictureWarning

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

REPLAY_AND_WEIGH = """
import json, math, re, sys
from pathlib import Path
import emotoolkit as emo
from emotoolkit.apis.base import local_server
from emotoolkit.replays import worker_client

def peak(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

kind, file = sys.argv[1:]
api = {"voice": emo.EmotionLogic, "face": emo.Interhuman}[kind]()
replay = emo.replay(file, api, speed=math.inf, progress=False)
module = f"emotoolkit.apis.{api.name}.server.app"
pids = {"notebook": "self", "worker": worker_client.shared().pid, "server": local_server.shared(module).pid}
sent = replay.summary()["sent"]
print(json.dumps({name: peak(pid) for name, pid in pids.items()} | {"sent": sent, "events": len(replay.events)}))
"""


TURN = 32.1
"""Seconds from one turn of the sample film to the next: it lasts 32, and what its encoder put before 0 needs room."""


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


def film_again_and_again(path, film: Path, seconds: int):
    """The sample interview again and again, by stream copy: nothing is encoded."""
    with av.open(str(path), "w") as container:
        for turn in range(round(seconds / TURN)):
            with av.open(str(film)) as source:
                tracks = [*source.streams.video, *source.streams.audio]
                if not container.streams:
                    for track in tracks:
                        container.add_stream_from_template(track)
                for packet in source.demux(tracks):
                    if packet.dts is not None:
                        shift = int(turn * TURN / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = container.streams[tracks.index(packet.stream)]
                        container.mux(packet)
    return path


@pytest.mark.parametrize("name", ["talk.wav", "interview.mp4"])
def test_the_pace_of_life_changes_no_value(sample, name):
    """At speeds 1, 4 and infinite, through both APIs, the tables are equal value for value."""
    recording = emo.Recording(sample / name)

    def tables(speed: float) -> list[pd.DataFrame]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StillPictureWarning)
            player = emo.Player(recording, [emo.EmotionLogic(), emo.Interhuman()], speed=speed)
        voice, face = player.start().wait()
        return [voice.segments, face.signals, face.engagement, face.quality]

    paced = tables(1.0)
    for speed in (4.0, math.inf):
        for one, other in zip(paced, tables(speed), strict=True):
            pd.testing.assert_frame_equal(one, other)


def test_two_hours_of_film_need_no_more_memory_than_two_minutes(tmp_path, interview):
    """The same through Interhuman, pictures and all."""
    short = weighed("face", film_again_and_again(tmp_path / "short.mp4", interview.path, 120))
    long = weighed("face", film_again_and_again(tmp_path / "long.mp4", interview.path, 7200))
    print("\npeak MB, 2 min:", short, "\npeak MB, 2 h:  ", long)
    assert long["sent"] == pytest.approx(7200, abs=TURN)
    for process in ("notebook", "worker", "server"):
        assert long[process] - short[process] < 50


def test_two_hours_of_sound_need_no_more_memory_than_two_minutes(tmp_path, talk):
    """At infinite speed the peak of each process is within 50 MB of the two-minute figure."""
    short = weighed("voice", speech_like(tmp_path / "short.wav", talk, 120))
    long = weighed("voice", speech_like(tmp_path / "long.wav", talk, 7200))
    print("\npeak MB, 2 min:", short, "\npeak MB, 2 h:  ", long)
    assert long["sent"] == pytest.approx(7200)
    for process in ("notebook", "worker", "server"):
        assert long[process] - short[process] < 50
