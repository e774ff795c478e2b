"""A package of somebody else adds an API: it works wherever ours do, and what is wrong with one is a sentence."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import EntryPoint

import pytest

import emotoolkit as emo
from emotoolkit.apis import registry
from emotoolkit.apis.registry import BY_NAME, GROUP, OURS
from emotoolkit.datasets.label_files import label_files
from emotoolkit.errors import ApiBroken, UnknownApi
from tests.support.corpora import speech
from tests.support.third_party import ROOT, environment, install, python, register

PROGRAM = ("-m", "tests.programs.loudness")
COMMAND = ("-m", "emotoolkit.cli")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder in which the package with the loudness service is installed."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.mark.timeout(360)
@pytest.mark.parametrize("what", ["replay", "cassette", "player", "export", "light"])
def test_works_like_ours(installed, tmp_path, what):
    """In `replay`, `Cassette`, `Player`, `live`, the plots, `export`; each says for itself what it looks at."""
    python(installed, *PROGRAM, what, tmp_path)


@contextmanager
def served(installed, *arguments):
    """A loudness server, started from a shell; gives its address."""
    call = [sys.executable, *COMMAND, "serve", "loudness", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environment(installed), cwd=ROOT) as process:
        try:
            yield process.stdout.readline().split()[2].rstrip(";")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.mark.timeout(360)
def test_a_run_that_was_killed_goes_on(installed, sample, tmp_path):
    """A run over a dataset is killed and started again: what was done is not sent again, and then nothing is."""
    corpus = speech(sample, tmp_path / "corpus", 6)
    corpus.to_csv(tmp_path / "corpus.csv", index=False)
    with served(installed, "--keep", tmp_path / "kept") as url:
        call = [sys.executable, *PROGRAM, "dataset", str(tmp_path), url]
        running = subprocess.Popen([*call, "2"], env=environment(installed), cwd=ROOT)
        while running.poll() is None and len([*(tmp_path / "run" / "receipts").glob("*.json")]) < 2:
            time.sleep(0.02)
        assert running.poll() is None
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        python(installed, *call[1:], math.inf)
        seconds = sum(path.stat().st_size for path in (tmp_path / "kept").glob("*.pcm")) / 2 / 16_000
    assert 12 <= round(seconds, 2) <= 12 + 2 * 2


def test_from_a_shell(installed, tmp_path, sample):
    """`emotoolkit` knows it by name: replay, export, plan, dataset, and what it is asked to serve."""
    out = tmp_path / "out"
    told = python(
        installed, *COMMAND, "replay", sample / "talk.wav", "--api", "loudness", "--speed", "inf", "--folder", out
    )
    assert "through loudness, local measurement (emotoolkit-loudness 1.0): 26 segments" in told
    (journal,) = out.glob("*.jsonl")
    assert "talk.TextGrid" in python(installed, *COMMAND, "export", journal, "--format", "textgrid", "--folder", out)
    corpus = speech(sample, tmp_path / "corpus", 2).attrs["root"]
    assert "through loudness" in python(installed, *COMMAND, "plan", corpus, "--api", "loudness")
    run = (*COMMAND, "dataset", corpus, "--api", "loudness", "--folder", tmp_path / "run", "--speed", "inf")
    assert "2 of 2 recordings" in python(installed, *run)


def test_a_journal_outlives_its_package(installed, tmp_path, sample):
    """Where the package is gone, a journal's messages are there as text; what needs their meaning says what to do."""
    code = "import sys, emotoolkit as emo, emotoolkit_loudness as other; "
    code += "emo.replay(sys.argv[1], other.Loudness(), speed=float('inf'), progress=False, journal=sys.argv[2])"
    python(installed, "-c", code, sample / "talk.wav", tmp_path)
    (journal,) = tmp_path.glob("*.jsonl")
    replay = emo.Replay.read(journal)
    assert "through loudness, which is not known here: 28 messages" in repr(replay)
    assert replay.events["raw"].str.contains('"level"').sum() == 26
    assert len(replay.packets) == 120
    assert replay._repr_html_() is None
    for what in (
        lambda: replay.segments,
        lambda: emo.plot_timeline(replay),
        lambda: emo.export(replay, "csv", tmp_path),
    ):
        with pytest.raises(UnknownApi, match=r"No API is called 'loudness' here.*install that package"):
            what()
    assert label_files([journal.name]) == [journal.name]  # nobody here knows that it is a journal
    assert label_files(["talk-emotion_logic-0.jsonl"]) == []


@pytest.fixture
def points(monkeypatch):
    """Let packages bring APIs, in this process: a list of entry points, of which a package's name may be a part."""
    brought: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [each for each in brought if each.group == group])
    for found in (registry._points, registry._loaded):
        found.cache_clear()
    yield brought
    for found in (registry._points, registry._loaded):
        found.cache_clear()


def test_unknown_name():
    """A name that nothing has is a sentence, and a KeyError for whoever treats the registry as a mapping."""
    with pytest.raises(UnknownApi, match="No API is called 'moods' here; there are emotion_logic, interhuman"):
        BY_NAME["moods"]
    assert BY_NAME.get("moods") is None
    assert "moods" not in BY_NAME


def test_no_package_takes_our_names(points):
    """A package that says it brings `interhuman` is not asked."""
    points.append(EntryPoint("interhuman", "thief:Interhuman", GROUP))
    assert BY_NAME["interhuman"] is emo.Interhuman
    assert [*BY_NAME] == [*OURS]


class Half:
    """Settings that are nearly none."""

    name = "half"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("moods", "moods_that_are_not_there.api:Moods", "ModuleNotFoundError: No module named 'moods_that"),
        ("moods", "emotoolkit.apis.base.defaults:Moods", "AttributeError"),
        ("half", f"{__name__}:Half", "Half has no address, answers_after, bytes_per_second"),
        ("Moods-2", "emotoolkit.apis.emotion_logic.api:EmotionLogic", "a name has small letters"),
        ("moods", "emotoolkit.apis.emotion_logic.api:EmotionLogic", "its settings call themselves 'emotion_logic'"),
    ],
)
def test_what_is_broken_is_said(points, name, value, reason):
    """An entry point that leads nowhere, or to no settings, is a sentence that names it; all others work on."""
    points.append(EntryPoint(name, value, GROUP))
    with pytest.raises(ApiBroken, match=reason) as broken:
        BY_NAME[name]
    assert broken.value.package == value.partition(":")[0]
    assert BY_NAME["emotion_logic"] is emo.EmotionLogic


def test_the_package_is_named(tmp_path):
    """The sentence has the package's name, as one types it to update or remove it; two of one name are told apart."""
    for package in ("mood-api", "other-moods"):
        register(tmp_path / package, package, "0.1", {GROUP: {"moods": "nowhere:Moods"}})
    ask = "from emotoolkit.apis.registry import BY_NAME\ntry: BY_NAME['moods']\nexcept KeyError: raise\n"
    ask += "except ImportError as broken: print(broken)"
    assert "The package 'mood-api' brings an API called 'moods' that cannot be used" in python(
        tmp_path / "mood-api", "-c", ask
    )
    both = os.pathsep.join(map(str, (tmp_path / "mood-api", tmp_path / "other-moods")))
    assert "so does the package 'other-moods'" in python(both, "-c", ask)
