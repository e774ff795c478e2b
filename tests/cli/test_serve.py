"""`emotoolkit serve`: everything that a server can be told in Python can be told in a shell, too."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from msgspec.structs import fields
from typer.testing import CliRunner

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.emotion_logic.server import app as voice
from emotoolkit.apis.emotion_logic.server.options import Variant
from emotoolkit.apis.interhuman.server import app as film
from emotoolkit.apis.interhuman.server.options import REFUSABLE, Limits, Options
from emotoolkit.apis.interhuman.server.profiles import PROFILES
from emotoolkit.cli import app
from emotoolkit.errors import ServerRefused
from tests.cli.shell import COMMAND

KEY = "ih_live_of_the_shell"


@contextmanager
def served(*arguments, **environment):
    """A server started by hand; gives its address."""
    call = [sys.executable, "-m", "emotoolkit.cli", "serve", *arguments, "--port", "0"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        try:
            yield process.stdout.readline().split()[2].rstrip(";")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_a_call_with_strange_manners(sample):
    """Variants and faults from the shell reach the conversation: here each answer twice, headers once, notices."""
    words = [
        *("--variant", "headers=once"),
        *("--variant", "notices=yes"),
        *("--fault", "twice"),
    ]
    with served("emotion-logic", *words) as url:
        replay = emo.replay(sample / "talk.wav", emo.EmotionLogic(url=url), speed=math.inf, progress=False)
    assert replay.complete
    kinds = replay.events["kind"].value_counts()
    assert kinds["handshake-done"] == 2
    assert kinds["audio-analysis"] > 2 * len(replay.segments)
    assert replay.events["raw"].str.contains('"headers"').sum() == 2


def test_a_session_with_strange_rules(brief_interview):
    """Profile, limits, refusals, key and faults from the shell reach the session."""
    words = [
        *("--profile", "v2"),
        *("--limit", "idle=77"),
        *("--refuse", "restarts"),
        *("--fault", "blind=3-6"),
        "--locked",
    ]
    with served("interhuman", *words, INTERHUMAN_API_KEY=KEY) as url:
        with pytest.raises(ServerRefused, match="code ih2001"):
            emo.replay(brief_interview, emo.Interhuman(url=url, key="no"), speed=math.inf, progress=False)
        replay = emo.replay(brief_interview, emo.Interhuman(url=url, key=KEY), speed=math.inf, progress=False)
    assert url.endswith("/v2/stream/analyze")
    assert '"session_idle_timeout_seconds": 77' in replay.events["raw"].iloc[0]
    assert '"model"' in replay.events["raw"].iloc[0]
    assert replay.coverage["reason"].tolist() == ["video_gap"]


@pytest.fixture
def told(monkeypatch):
    """What a server would be served with; none is."""
    heard = []

    def serving(options, port):
        heard.append(options)

    for server in (voice, film):
        monkeypatch.setattr(server, "serving", serving)
    monkeypatch.setattr("emotoolkit.apis.base.local_server.serve_until_interrupted", lambda serving: None)
    return heard


def serve(*arguments):
    return CliRunner().invoke(app, ["serve", *arguments])


VALUES = {float: "0.5", float | None: "2.5", int: "3", bool: "yes", str | None: "ih5004"}
VALUES[tuple[float, float] | None] = "3.0-6.0"


@pytest.mark.parametrize("field", fields(Faults), ids=lambda field: field.name)
def test_every_fault(told, field):
    """Each fault can be told."""
    word = f"{field.name}={'no' if field.default is True else VALUES[field.type]}"
    assert serve("interhuman", "--fault", word).exit_code == 0
    assert told[0].faults == read_words(Faults, [word]) != Faults()


def test_every_manner_and_rule(told):
    """Each variant, limit, refusal and profile can be told."""
    variants = [
        "headers=once",
        "notices=yes",
        "success=number",
        "rows=object",
        "completed=no",
        "report=none",
        "columns=R127",
    ]
    assert {word.partition("=")[0] for word in variants} == {field.name for field in fields(Variant)}
    assert serve("emotion-logic", *(each for word in variants for each in ("--variant", word))).exit_code == 0
    assert told.pop().variant == read_words(Variant, variants)
    limits = [f"{field.name}=7" for field in fields(Limits)]
    words = [each for word in limits for each in ("--limit", word)] + [
        each for word in REFUSABLE for each in ("--refuse", word)
    ]
    for profile in PROFILES:
        assert serve("interhuman", "--profile", profile, *words).exit_code == 0
        how = told.pop()
        assert how == Options(profile=profile, refuse=REFUSABLE, limits=read_words(Limits, limits))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["emotion-logic", "--profile", "v2"], 2, "emotion-logic does not have this"),
        (["emotion-logic", "--limit", "idle=1"], 2, "emotion-logic does not have this"),
        (["interhuman", "--variant", "rows=null"], 2, "interhuman does not have this"),
        (["interhuman", "--fault", "drop=soon"], 1, "drop takes a number"),
        (["interhuman", "--fault", "lose=5"], 1, "lose takes two seconds, such as 3-6.5"),
        (["interhuman", "--limit", "patience=1"], 1, "there are idle"),
        (["emotion-logic", "--variant", "rows=odd"], 1, "it must be one of"),
    ],
)
def test_what_cannot_be_told(told, words, code, said):
    """What the server does not know is said in a sentence, or as a usage error."""
    done = serve(*words)
    assert done.exit_code == code
    assert said in " ".join(done.output.replace("│", " ").split())


def test_locked_without_a_key(told, monkeypatch):
    """Without a key in the environment nobody could be let in, so nothing is served."""
    monkeypatch.delenv("INTERHUMAN_API_KEY", raising=False)
    assert serve("interhuman", "--locked").exit_code == 2
    assert told == []


@pytest.mark.parametrize("api", ["emotion-logic", "interhuman"])
def test_serve(tmp_path, api):
    """`serve` says where it is and ends at Ctrl-C without a traceback."""
    call = [*COMMAND, "serve", api, "--port", "0", "--keep", str(tmp_path / "kept")]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert re.match(r"Serving at http://127\.0\.0\.1:\d+; Ctrl-C ends it\.", server.stdout.readline())
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=20)
    assert server.returncode == 0
    assert said == ""
