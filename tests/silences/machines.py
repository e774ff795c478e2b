"""Rows about disks, processes, and what is in a recording."""

from __future__ import annotations

import os
import signal
import time
from functools import partial

import numpy as np
import psutil
import soundfile

import emotoolkit as emo
from tests.silences.rows import Row
from tests.silences.stage import heard
from tests.silences.wires import GOOD, SIGNAL, SOCIAL, VOICE, answering
from tests.support.deaths import server_of, worker_of
from tests.support.scripted_emotion_logic import Says

BOTH = {VOICE: emo.EmotionLogic, SOCIAL: emo.Interhuman}
ANSWERS = partial(Says, ("audio-analysis", GOOD))
SHELL = "command line"
NO_ROOM, NO_MORE = "There is no room left under", "File too large"


# Disks


def bounded(size, door, api):
    """Bound the files of the process that sends, and go through a door."""

    def act(at):
        made = at.voice(ANSWERS()) if api == VOICE else at.social(answering(SIGNAL))
        with at.bounded(size):
            return getattr(at, door)(made)

    return act


def exported(at):
    """Export to a full disk."""
    replay = emo.replay(at.speech(), at.voice(ANSWERS()), speed=np.inf, progress=False)
    place = at.full_disk()
    return heard(lambda: emo.export(replay, "csv", place / "out"))


DISKS = [
    *(
        Row("disk", api, door, "a journal's first line finds no room", act, "DiskFull", NO_ROOM)
        for api in BOTH
        for door, act in {
            "replay": lambda at, api=api: at.replay(BOTH[api](), at.recording(BOTH[api]()), journal=at.full_disk()),
            "batch": lambda at, api=api: at.batch(BOTH[api](), folder=at.full_disk() / "run"),
        }.items()
    ),
    *(
        Row("disk", api, door, f"a journal takes no more than {size} bytes", bounded(size, door, api), kind, NO_MORE)
        for api in BOTH
        for door, size, kind in (
            ("replay", 0, "NotWritable"),
            ("replay", 900, "NotWritable"),
            ("batch", 900, "NotWritable"),
        )
    ),
    Row(
        "disk",
        VOICE,
        "live",
        "a live recording's journal takes no more",
        lambda at: at.live(at.voice(ANSWERS()), size=1200),
        "NotWritable",
        NO_MORE,
    ),
    Row(
        "disk",
        VOICE,
        "upload",
        "an upload's journal finds no room",
        lambda at: at.upload(emo.EmotionLogic(), journal=at.full_disk()),
        "DiskFull",
        NO_ROOM,
    ),
    Row("disk", VOICE, "export", "an export finds no room", exported, "DiskFull", NO_ROOM),
    Row(
        "disk",
        VOICE,
        SHELL,
        "the folder of `replay --folder` is full",
        lambda at: at.shell("replay", at.speech(), "--folder", at.full_disk(), "--speed", "inf"),
        "DiskFull",
        NO_ROOM,
    ),
]


# Processes


def killed(victim, how, door):
    """Kill a process of our own while nothing is under way, and go on."""

    def act(at):
        api = emo.EmotionLogic(background_noise=0)
        at.replay(api)
        number = victim(api)
        os.kill(number, how)
        while _is_running(number):
            time.sleep(0.01)
        return getattr(at, door)(api)

    return act


def _is_running(number):
    """Whether a process runs; one that has died and that nobody has asked for its exit code does not."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


DEATHS = [
    *(
        Row("deaths", VOICE, door, f"the local server was killed before ({how.name})", killed(server_of, how, door))
        for door, how in (("replay", signal.SIGKILL), ("batch", signal.SIGKILL), ("batch", signal.SIGTERM))
    ),
    Row(
        "deaths",
        VOICE,
        "replay",
        "the process that sends was killed before",
        killed(worker_of, signal.SIGKILL, "replay"),
    ),
    Row(
        "deaths", VOICE, "batch", "the process that sends was killed before", killed(worker_of, signal.SIGKILL, "batch")
    ),
]


# What is in the recording


def half(at):
    """A film that was cut off."""
    whole = at.film(suffix=".mkv").read_bytes()
    path = at.fresh(".mkv")
    path.write_bytes(whole[: len(whole) // 2])
    return path


def clipped(at):
    """Speech that was recorded too loud."""
    path = at.speech(4.0)
    samples, rate = soundfile.read(path)
    soundfile.write(path, np.clip(samples * 40, -1, 1), rate, subtype="PCM_16")
    return path


CONTENT = [
    *(
        Row(
            "levels",
            VOICE,
            door,
            "speech is softer than what is called noise",
            lambda at, door=door: getattr(at, door)(emo.EmotionLogic(), at.speech(6.0, gain=0.03)),
            "UnheardWarning",
            "is soft",
        )
        for door in ("replay", "batch")
    ),
    *(
        Row(
            "levels",
            VOICE,
            door,
            "two people's channels are mixed to one",
            lambda at, door=door: getattr(at, door)(emo.EmotionLogic(), at.speech(6.0, channels=2)),
            "MixedWarning",
            "different sound",
        )
        for door in ("replay", "batch")
    ),
    *(
        Row(
            "levels",
            api,
            "replay",
            "a file ends before the time in its header",
            lambda at, api=api: at.replay(
                at.voice(ANSWERS()) if api == VOICE else at.social(answering(SIGNAL)), half(at)
            ),
            "TruncatedWarning",
            "cut off",
        )
        for api in BOTH
    ),
    *(
        Row(
            "levels",
            VOICE,
            door,
            "samples are at full scale for long stretches",
            lambda at, door=door: getattr(at, door)(at.voice(ANSWERS()), clipped(at)),
            "SamplesWarning",
            "full scale",
        )
        for door in ("replay", "batch")
    ),
]


ROWS = [*DISKS, *DEATHS, *CONTENT]
