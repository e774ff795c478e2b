"""The dry run: what a dataset will take, and what will be refused, before anything is sent."""

import math
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import fsspec
import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

import emotoolkit as emo
from emotoolkit.datasets.plan import Outlook, Plan
from emotoolkit.datasets.rows import MediaRange, Row
from emotoolkit.errors import SettingsError


def made(lengths, sessions, speed=1.0):
    """A plan over recordings of these lengths."""
    rows = [Row(f"{n}", None, None, MediaRange(f"{n}")) for n in range(len(lengths))]
    outlooks = {row.medium: Outlook(length, 1, 0.0, "") for row, length in zip(rows, lengths, strict=True)}
    return Plan(rows, outlooks, emo.EmotionLogic(), sessions, speed, None)


def test_numbers(sample):
    """Hours, sessions, bytes and price are those of what will be sent: here exactly."""
    corpus = emo.read_dataset(sample)
    plan = emo.plan(corpus, emo.EmotionLogic(channels="both"), sessions=3, price=2.0)
    assert plan.refused.index.str.rpartition("/").get_level_values(2).tolist() == ["talk.wav", "interview.mp4"]
    assert plan.hours == pytest.approx(40 / 3600)
    assert plan.bytes == 40 * 11_025 * 4
    assert plan.cost == pytest.approx(40 / 60 * 2)
    assert "price 1.33, at 2 a minute" in plan.facts()
    assert "2 will be refused" in repr(plan)
    assert "NoSuchChannel" in plan._repr_html_()


def test_a_session_for_each_channel(sample):
    """Two channels apart are two sessions, and twice the media."""
    corpus = emo.read_dataset(sample).iloc[1:2]
    plan = emo.plan(corpus, emo.EmotionLogic(channels="separate"), sessions=2)
    assert (plan.openings, plan.wall_time) == (2, 40)


def test_nothing_is_sent(sample, monkeypatch):
    """A plan needs no server, and starts none."""
    monkeypatch.setattr(
        "emotoolkit.apis.base.local_server.get_shared", lambda module: pytest.fail("a server was started")
    )
    assert emo.plan(emo.read_dataset(sample), emo.Interhuman()).openings == 3


def test_two_at_once(sample, monkeypatch):
    """Plans that overlap in two threads leave the filters of warnings as they were, whichever ends first."""
    before, corpus = [*warnings.filters], emo.read_dataset(sample)
    apis = (emo.EmotionLogic(), emo.Interhuman())
    begun, may_end = ({api.name: threading.Event() for api in apis} for _ in range(2))

    def outlook(medium, name, api, speed, *, listen):
        begun[api.name].set()
        assert may_end[api.name].wait(20)
        return Outlook(1.0, 1, 0.0, "")

    monkeypatch.setattr("emotoolkit.datasets.plan._read_outlook", outlook)
    with ThreadPoolExecutor(2) as threads:
        plans = {}
        for api in apis:
            plans[api.name] = threads.submit(emo.plan, corpus, api)
            assert begun[api.name].wait(20)
        for name, plan in plans.items():
            may_end[name].set()
            plan.result(20)
    assert warnings.filters == before


def test_why_not(tmp_path, sample, silent_film):
    """Each row that will be refused says why; clips that are too short want joining."""
    (tmp_path / "text.wav").write_text("no sound " * 100)
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "short.wav", np.zeros(16_000), 16_000)
    soundfile.write(tmp_path / "six.wav", np.zeros(6 * 8000), 8000)
    files = ["text.wav", "empty.wav", "gone.wav", "short.wav", "six.wav"]
    corpus = pd.DataFrame({"file": [f"{tmp_path}/{name}" for name in files] + [str(sample / "talk.wav")]})
    plan = emo.plan(corpus, emo.Interhuman())
    assert plan.refused["error"].tolist() == ["NotMedia", "EmptyRecording", "NoSuchFile", "TooShort"]
    assert plan.short["duration"].tolist() == [1.0, 6.0]
    assert plan.short["error"].isna().tolist() == [False, True]
    silent = emo.plan(pd.DataFrame({"file": [silent_film.file]}), emo.EmotionLogic())
    assert silent.refused["error"].tolist() == ["NoSound"]


def test_too_long(tmp_path):
    """What takes longer than the service keeps a session open takes another session; faster it does not."""
    soundfile.write(tmp_path / "long.wav", np.zeros(4000 * 100, np.int16), 100)
    corpus = pd.DataFrame({"file": [str(tmp_path / "long.wav")]})
    assert emo.plan(corpus, emo.Interhuman()).refused.empty
    assert [emo.plan(corpus, emo.Interhuman(), speed=speed).openings for speed in (1.0, 2.0)] == [2, 1]


def test_joined_clips_are_planned_once(tmp_path, sample):
    """A joined recording is sent once, whatever the number of its clips."""
    clips = pd.DataFrame({"file": [str(sample / "talk.wav")] * 5, "start": range(5), "end": range(1, 6)})
    joined = emo.join_clips(clips, tmp_path, silence=2.0)
    plan = emo.plan(joined, emo.Interhuman())
    assert (plan.recordings, plan.openings) == (5, 1)
    assert plan.hours * 3600 == pytest.approx(15)
    assert plan.short.empty


def test_elsewhere(sample):
    """Files behind an address are planned too, and named without it."""
    system = fsspec.filesystem("memory")
    system.pipe("/corpus/talk.wav", (sample / "talk.wav").read_bytes())
    plan = emo.plan(emo.read_dataset("memory://corpus"), emo.EmotionLogic())
    assert plan.hours * 3600 == 30
    assert [row.name for row in plan.rows] == ["talk.wav"]
    system.rm("/corpus", recursive=True)


@given(st.lists(st.floats(1, 1e4), min_size=1, max_size=30), st.integers(1, 10), st.floats(0.25, 100))
def test_wall_time_is_possible(lengths, sessions, speed):
    """No sooner than the longest recording or all shared out evenly; no later than both together."""
    least = max(*lengths, sum(lengths) / sessions) / speed
    assert least * (1 - 1e-9) <= made(lengths, sessions, speed).wall_time <= 2 * least


def test_no_pace():
    """At infinite speed nobody knows how long it takes."""
    plan = made([10.0], 1, math.inf)
    assert math.isnan(plan.wall_time)
    assert "as fast as the server takes it" in repr(plan)


@pytest.mark.parametrize("settings", [{"sessions": 0}, {"sessions": 1.5}, {"speed": 0}, {"speed": math.nan}])
def test_settings(sample, settings):
    """Sessions and speed are checked."""
    with pytest.raises(SettingsError):
        emo.plan(emo.read_dataset(sample), emo.EmotionLogic(), **settings)
