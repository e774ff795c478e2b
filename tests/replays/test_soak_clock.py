"""Two hundred replays for half an hour, by `make soak`; SOAK_MINUTES says for how long."""

import os
import time
import zlib

import numpy as np
import psutil
import pytest
import soundfile

import emotoolkit as emo
from bench.discarding import discarding
from emotoolkit.apis.base.journal import Reference, Sent
from emotoolkit.replays import worker_client

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

SESSIONS, RATE = 200, 16_000
MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
SETTLED = 30.0
"""Seconds after which memory should grow no more."""


def test_two_hundred_sessions_for_half_an_hour(tmp_path):
    """No packet is late by more than 50 ms, every sample arrives, no clock is held up, and memory stays where it is."""
    path = tmp_path / "noise.wav"
    samples = np.random.default_rng(0).integers(-9, 9, round(RATE * 60 * MINUTES), np.int16)
    soundfile.write(path, samples, RATE)
    sent = {"reports": {"bytes": samples.nbytes, "crc32": zlib.crc32(samples)}}
    with discarding("checking") as server:
        recording, api = emo.Recording(path), emo.EmotionLogic(url=server.url, sampling_rate=None)
        players = [emo.Player(recording, api).start() for _ in range(SESSIONS)]
        processes = {"worker": psutil.Process(worker_client.shared().pid), "server": psutil.Process(server.pid)}
        time.sleep(SETTLED)
        before = {name: process.memory_info().rss / 1e6 for name, process in processes.items()}
        time.sleep(max(0.0, 60 * MINUTES - 2 * SETTLED))
        after = {name: process.memory_info().rss / 1e6 for name, process in processes.items()}
        replays = [player.wait()[0] for player in players]
    late = np.array([r.sent - r.due for replay in replays for r in replay.records if isinstance(r, Sent)]) * 1000
    stalls = sum(isinstance(r, Reference) and r.why == "stall" for replay in replays for r in replay.records)
    told = ", ".join(f"{name} {before[name]:.0f} -> {after[name]:.0f} MB" for name in processes)
    quantiles = "late ms: p50 {:.2f}, p99 {:.2f}, p99.99 {:.2f}, latest {:.2f}".format(
        *np.quantile(late, [0.5, 0.99, 0.9999, 1.0])
    )
    print(f"\n{SESSIONS} sessions, {MINUTES:g} min, {len(late)} packets; {quantiles}; stalls {stalls}; {told}")
    assert all(replay.complete for replay in replays)
    assert all(replay.report == sent for replay in replays)
    for name in processes:
        assert after[name] - before[name] < 20
    assert stalls == 0
    assert late.min() >= 0
    assert late.max() < 50
