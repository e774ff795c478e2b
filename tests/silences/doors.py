"""Rows about limits, storms of connections, progress, and the command line."""

from __future__ import annotations

import io
import itertools
import socket
import sys
from contextlib import redirect_stderr
from functools import partial

import numpy as np
import pandas as pd

import emotoolkit as emo
from emotoolkit.apis.interhuman.wire import messages
from tests.silences.rows import NOTHING, Row
from tests.silences.stage import heard
from tests.silences.wires import GOOD, SIGNAL, SOCIAL, VOICE, answering, social
from tests.support import stub_server
from tests.support.scripted_emotion_logic import HangsUp, ReportFails, Says
from tests.support.scripted_interhuman import end, media_until_close, say

BOTH = {VOICE: emo.EmotionLogic, SOCIAL: emo.Interhuman}
ANSWERS = partial(Says, ("audio-analysis", GOOD))
SHELL = "command line"
NO_ROOM, NO_MORE = "There is no room left under", "File too large"


def shell(about, provoked, words, comes=NOTHING, says="", api=VOICE):
    """A row of the command line: `words` gives what is typed on a stage."""
    return Row(about, api, SHELL, provoked, lambda at: at.shell(*words(at)), comes, says)


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
        made = (
            emo.Interhuman(url=url.replace("http", "ws"), timeout=2.0)
            if api == SOCIAL
            else emo.EmotionLogic(url=url, timeout=2.0)
        )
        return getattr(at, door)(made)

    return act


def nobody(at, kind):
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return kind(
            url=f"{'http' if kind is emo.EmotionLogic else 'ws'}://127.0.0.1:{taken.getsockname()[1]}", timeout=2.0
        )


LIMITS = [
    *(
        social(
            "limits",
            counted(limited({"session_max_duration_seconds": value}), 1),
            f"sessions may last {value} s",
            doors=("replay",),
        )[0]
        for value in (0, -1, 1e-9, 1.0, 4.9)
    ),
    *social(
        "limits",
        limited({"session_idle_timeout_seconds": 0, "max_segment_size_bytes": 0}),
        "all limits are 0",
        doors=("replay",),
    ),
    *social(
        "limits",
        limited({"max_segment_size_bytes": 10}),
        "a segment may have 10 bytes",
        "SegmentTooLarge",
        "the server takes 10 at most",
    ),
    *(
        Row(
            "storms",
            SOCIAL,
            door,
            "each session is closed right after its beginning",
            lambda at, door=door: getattr(at, door)(at.social(counted(refusing(1), 2))),
            "ServerGone",
            "try again later",
        )
        for door in ("replay", "batch")
    ),
    *(
        Row(
            "storms",
            api,
            door,
            f"HTTP {status}, Retry-After: {after}",
            http(status, {"Retry-After": str(after)}, door=door, api=api),
            comes,
            says,
        )
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
        Row(
            "storms",
            api,
            door,
            "nobody listens there",
            lambda at, kind=kind, door=door: getattr(at, door)(nobody(at, kind)),
            "ServerUnreachable",
            "Without url= a local server is started",
        )
        for api, kind in BOTH.items()
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
    return (
        "dataset",
        corpus(at, *(paths or (at.speech(),))),
        "--folder",
        at.fresh(),
        "--speed",
        "inf",
        "--url",
        url,
        "--retry",
        "1",
    )


def scripted(at, server):
    """Address of a scripted Emotion Logic."""
    return at.voice(server).url


CLI = [
    Row("progress", VOICE, "replay", "there is no standard error", without_stderr),
    Row("progress", VOICE, "replay", "the bar goes into a file", into_a_pipe),
    shell(
        "shell",
        "a server as it should be",
        lambda at: ("replay", at.speech(), "--url", scripted(at, ANSWERS()), "--speed", "inf"),
    ),
    shell(
        "shell", "there is no such file", lambda _: ("replay", "/no/where/a.wav"), "NoSuchFile", "'/no/where/a.wav'\\.$"
    ),
    shell("shell", "the file is a folder", lambda at: ("replay", at.folder), "IsFolder", "emotoolkit dataset"),
    shell(
        "shell",
        "the server is elsewhere, without consent",
        lambda at: ("replay", at.speech(), "--url", "http://lab:1"),
        "ConsentMissing",
        "--consent",
    ),
    shell(
        "shell",
        "of a run: the server is elsewhere, without consent",
        lambda at: dataset(at, "http://lab:1"),
        "ConsentMissing",
        "--consent",
    ),
    shell(
        "shell",
        "nobody listens there",
        lambda at: ("replay", at.speech(), "--url", nobody(at, emo.EmotionLogic).url),
        "ServerUnreachable",
        "Without --url a local server",
    ),
    shell(
        "shell",
        "of a run: nobody listens there",
        lambda at: dataset(at, nobody(at, emo.EmotionLogic).url),
        "ServerUnreachable",
        "Without --url a local server",
    ),
    shell(
        "shell",
        "of a run: the connection ends in the middle",
        lambda at: dataset(at, scripted(at, HangsUp())),
        "ServerGone",
        "closed the connection",
    ),
    shell(
        "shell",
        "of a run: the report fails",
        lambda at: dataset(
            at, scripted(at, ReportFails(value={"success": False, "error": "no voice"})), at.speech(3.0)
        ),
        "ReportMissingWarning",
        "no voice",
    ),
    shell(
        "shell",
        "of a run: segments in unknown words",
        lambda at: dataset(at, scripted(at, Says(("audio-analysis", {"success": True, "data": {"segment": [1]}})))),
        "UnreadWarning",
        "could not be read",
    ),
    shell(
        "shell",
        "a speed that is none",
        lambda at: ("replay", at.speech(), "--speed", "0.1"),
        "SettingsError",
        "--speed 0.1 is not legal",
    ),
]

ROWS = [*LIMITS, *CLI]
