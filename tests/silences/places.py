"""Rows about disks, processes, limits, storms of connections, levels, and the command line."""

from __future__ import annotations

import io
import itertools
import os
import signal
import socket
import sys
from contextlib import redirect_stderr
from functools import partial

import numpy as np
import pandas as pd
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base import local_server
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.replays import worker_client
from tests.silences.rows import NOTHING, Row
from tests.silences.stage import LIMIT_S, Outcome, heard
from tests.silences.wires import GOOD, SIGNAL, SOCIAL, VOICE, answering, by, closing_with, social, voice
from tests.support import stub_server
from tests.support.scripted_emotion_logic import HangsUp, Mute, Refuses, ReportFails, Says
from tests.support.scripted_interhuman import end, media_until_close, say

BOTH = {VOICE: emo.EmotionLogic, SOCIAL: emo.Interhuman}
ANSWERS = partial(Says, ("audio-analysis", GOOD))
SHELL = "command line"
NO_ROOM, NO_MORE = "There is no room left under", "File too large"


def shell(about, provoked, words, comes=NOTHING, says="", api=VOICE):
    """A row of the command line: `words` gives what is typed on a stage."""
    return Row(about, api, SHELL, provoked, lambda at: at.shell(*words(at)), comes, says)


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
        for door, size, kind in (("replay", 0, "NotWritable"), ("replay", 900, "NotWritable"), ("batch", 900, "NotWritable"))
    ),
    Row("disk", VOICE, "live", "a live recording's journal takes no more",
        lambda at: at.live(at.voice(ANSWERS()), size=1200), "NotWritable", NO_MORE),
    Row("disk", VOICE, "upload", "an upload's journal finds no room",
        lambda at: at.upload(emo.EmotionLogic(), journal=at.full_disk()), "DiskFull", NO_ROOM),
    Row("disk", VOICE, "export", "an export finds no room", exported, "DiskFull", NO_ROOM),
    Row("disk", VOICE, SHELL, "the folder of `replay --folder` is full",
        lambda at: at.shell("replay", at.speech(), "--folder", at.full_disk(), "--speed", "inf"), "DiskFull", NO_ROOM),
]


# Processes


def killed(victim, how, door):
    """Kill a process of our own while nothing is under way, and go on."""

    def act(at):
        api = emo.EmotionLogic(background_noise=0)
        at.replay(api)
        os.kill(victim(api), how)
        return getattr(at, door)(api)

    return act


def server_of(api):
    """Process of the shared local server."""
    return local_server.get_shared(api.server).pid


def worker_of(_api):
    """Process that sends."""
    return worker_client.shared().pid


DEATHS = [
    *(
        Row("deaths", VOICE, door, f"the local server was killed before ({how.name})", killed(server_of, how, door))
        for door, how in (("replay", signal.SIGKILL), ("batch", signal.SIGKILL), ("batch", signal.SIGTERM))
    ),
    Row("deaths", VOICE, "replay", "the process that sends was killed before", killed(worker_of, signal.SIGKILL, "replay")),
    Row("deaths", VOICE, "batch", "the process that sends was killed before", killed(worker_of, signal.SIGKILL, "batch")),
]


# Limits and storms


def limited(api_limits, **more):
    """An Interhuman that names limits when it is ready."""

    def script(connection):
        connection.send(say(messages.READY, **api_limits))
        media_until_close(connection)
        connection.send(SIGNAL)
        end(connection)

    return script


def counted(script, most):
    """Count connections, and end with one that says so when there are too many."""
    count = itertools.count(1)

    def act(connection):
        assert next(count) <= most, "a storm"
        script(connection)

    return act


def refusing(number):
    """Refuse all connections from a number on, right after `session.ready`."""
    count = itertools.count(1)

    def script(connection):
        if next(count) >= number:
            connection.close(1013, "try again later")
        else:
            answering(SIGNAL)(connection)

    return script


def http(status, headers, body="busy", door="replay", api=SOCIAL):
    """A server that answers everything with one HTTP status."""

    def act(at):
        url = at.enter(stub_server.answering("/{any:.*}", body, status=status, headers=headers))
        made = emo.Interhuman(url=url.replace("http", "ws"), timeout=2.0) if api == SOCIAL else emo.EmotionLogic(url=url, timeout=2.0)
        return getattr(at, door)(made)

    return act


def nobody(at, kind):
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return kind(url=f"{'http' if kind is emo.EmotionLogic else 'ws'}://127.0.0.1:{taken.getsockname()[1]}", timeout=2.0)


LIMITS = [
    *(
        social("limits", counted(limited({"session_max_duration_seconds": value}), 1), f"sessions may last {value} s", doors=("replay",))[0]
        for value in (0, -1, 1e-9, 1.0, 4.9)
    ),
    *social("limits", limited({"session_idle_timeout_seconds": 0, "max_segment_size_bytes": 0}), "all limits are 0", doors=("replay",)),
    *social("limits", limited({"max_segment_size_bytes": 10}), "a segment may have 10 bytes", "SegmentTooLarge",
            "the server takes 10 at most"),
    *(
        Row("storms", SOCIAL, door, "each session is closed right after its beginning",
            lambda at, door=door: getattr(at, door)(at.social(counted(refusing(1), 2))), "ServerGone", "try again later")
        for door in ("replay", "batch")
    ),
    *(
        Row("storms", api, door, f"HTTP {status}, Retry-After: {after}",
            http(status, {"Retry-After": str(after)}, door=door, api=api), comes, says)
        for api, door, status, after, comes, says in (
            (SOCIAL, "replay", 429, 0, "ServerRefused", "429"),
            (SOCIAL, "batch", 503, 10**9, "ServerRefused", "503"),
            (SOCIAL, "upload", 429, 10**9, "ServerRefused", "429"),
            (SOCIAL, "upload", 503, 0, "ServerRefused", "503"),
            (VOICE, "upload", 429, 10**9, "ServerRefused", "429"),
            (VOICE, "upload", 503, 0, "ServerRefused", "503"),
            (VOICE, "replay", 429, 0, "ServerRefused", "429"),
            (VOICE, "batch", 503, 10**9, "ServerRefused", "503"),
        )
    ),
    *(
        Row("storms", api, door, "nobody listens there", lambda at, kind=kind, door=door: getattr(at, door)(nobody(at, kind)),
            "ServerUnreachable", "Without url= a local server is started")
        for api, kind in BOTH.items()
        for door in ("replay", "batch")
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
        Row("levels", VOICE, door, "speech is softer than what is called noise",
            lambda at, door=door: getattr(at, door)(emo.EmotionLogic(), at.speech(6.0, gain=0.03)), "UnheardWarning", "is soft")
        for door in ("replay", "batch")
    ),
    *(
        Row("levels", VOICE, door, "two people's channels are mixed to one",
            lambda at, door=door: getattr(at, door)(emo.EmotionLogic(), at.speech(6.0, channels=2)), "MixedWarning", "different sound")
        for door in ("replay", "batch")
    ),
    *(
        Row("levels", api, "replay", "a file ends before the time in its header",
            lambda at, api=api: at.replay(
                at.voice(ANSWERS()) if api == VOICE else at.social(answering(SIGNAL)), half(at)), "TruncatedWarning", "cut off")
        for api in BOTH
    ),
    *(
        Row("levels", VOICE, door, "samples are at full scale for long stretches",
            lambda at, door=door: getattr(at, door)(at.voice(ANSWERS()), clipped(at)), "ClippedWarning", "full scale")
        for door in ("replay", "batch")
    ),
]


# Progress and the command line


def without_stderr(at):
    """Replay with a bar, where there is no standard error."""
    api, before = at.voice(ANSWERS()), sys.stderr
    sys.stderr = None
    try:
        return heard(lambda: emo.replay(at.speech(), api, speed=np.inf))
    finally:
        sys.stderr = before


def into_a_pipe(at):
    """Replay with a bar, where that is a file: plain lines, few of them."""
    out = io.StringIO()
    with redirect_stderr(out):
        outcome = heard(lambda: emo.replay(at.speech(), at.voice(ANSWERS()), speed=np.inf))
    assert "\r" not in out.getvalue()
    assert out.getvalue().count("\n") <= 2
    return outcome


def corpus(at, *paths):
    """A manifest of recordings."""
    path = at.fresh(".csv")
    pd.DataFrame({"file": [str(each) for each in paths]}).to_csv(path, index=False)
    return path


def dataset(at, url, *paths):
    """What is typed to replay a dataset at an address."""
    return ("dataset", corpus(at, *(paths or (at.speech(),))), "--folder", at.fresh(), "--speed", "inf", "--url", url, "--retry", "1")


def scripted(at, server):
    """Address of a scripted Emotion Logic."""
    return at.voice(server).url


CLI = [
    Row("progress", VOICE, "replay", "there is no standard error", without_stderr),
    Row("progress", VOICE, "replay", "the bar goes into a file", into_a_pipe),
    shell("shell", "a server as it should be", lambda at: ("replay", at.speech(), "--url", scripted(at, ANSWERS()), "--speed", "inf")),
    shell("shell", "there is no such file", lambda _: ("replay", "/no/where/a.wav"), "NoSuchFile", "'/no/where/a.wav'\\.$"),
    shell("shell", "the file is a folder", lambda at: ("replay", at.folder), "IsFolder", "emotoolkit dataset"),
    shell("shell", "the server is elsewhere, without consent", lambda at: ("replay", at.speech(), "--url", "http://lab:1"),
          "ConsentMissing", "--consent"),
    shell("shell", "the server is elsewhere, without consent", lambda at: dataset(at, "http://lab:1"), "ConsentMissing", "--consent"),
    shell("shell", "nobody listens there", lambda at: ("replay", at.speech(), "--url", nobody(at, emo.EmotionLogic).url),
          "ServerUnreachable", "Without --url a local server"),
    shell("shell", "of a run: nobody listens there", lambda at: dataset(at, nobody(at, emo.EmotionLogic).url),
          "ServerUnreachable", "Without --url a local server"),
    shell("shell", "of a run: the connection ends in the middle", lambda at: dataset(at, scripted(at, HangsUp())), "ServerGone", "closed the connection"),
    shell("shell", "of a run: the report fails", lambda at: dataset(at, scripted(at, ReportFails(value={"success": False, "error": "no voice"})), at.speech(3.0)),
          "ReportMissingWarning", "no voice"),
    shell("shell", "of a run: segments in unknown words", lambda at: dataset(at, scripted(at, Says(("audio-analysis", {"success": True, "data": {"segment": [1]}})))),
          "UnreadWarning", "could not be read"),
    shell("shell", "a speed that is none", lambda at: ("replay", at.speech(), "--speed", "0.1"), "SettingsError", "--speed 0.1 is not legal"),
]

ROWS = [*DISKS, *DEATHS, *LIMITS, *CONTENT, *CLI]
assert Mute and Outcome and LIMIT_S and closing_with and by
