"""Channels mixed to one and speech below the threshold are said aloud, with what to set."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit import Recording
from emotoolkit.errors import MixedWarning, UnheardWarning


@pytest.fixture
def made(tmp_path, talk):
    """Make a recording of channels, each made of the talk's samples."""

    def make(*channels):
        samples, rate = soundfile.read(talk.path)
        path = tmp_path / "made.wav"
        soundfile.write(path, np.stack([each(samples) for each in channels], axis=1), rate, subtype="PCM_16")
        return Recording(path)

    return make


def same(samples):
    return samples


def later(samples):
    return np.roll(samples, len(samples) // 3)


def silent(samples):
    return 0 * samples


def hiss(samples):
    return np.random.default_rng(1).normal(0, 1e-3, len(samples))


def upside_down(samples):
    return -samples


def near(samples):
    return 0.7 * np.roll(samples, 8)


def said(kind, recording, api):
    """What is said of a recording when it is planned, and when it is replayed."""
    planned = emo.plan(pd.DataFrame({"file": [str(recording.path)]}), api).notices
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        replay = emo.replay(recording, api, speed=math.inf, progress=False)
    return planned["notice"].tolist(), [each.message for each in told if issubclass(each.category, kind)], replay


@pytest.mark.parametrize(
    ("channels", "how"),
    [
        ([same, later], "mixed"),
        ([later, lambda samples: 0.2 * samples], "mixed"),
        ([same, later, silent], "mixed"),
        ([same, upside_down], "cancelled"),
        ([same, lambda samples: 0.9 * -samples], "cancelled"),
        ([same], None),
        ([same, same], None),
        ([same, lambda samples: 0.5 * samples], None),
        ([same, silent], None),
        ([silent, same], None),
        ([silent, silent], None),
        ([same, hiss], None),
        ([same, near], None),
    ],
)
def test_mixed(made, channels, how):
    """Channels of different sound that become one are said aloud; the same sound twice, or a silent one, is not."""
    planned, told, _ = said(MixedWarning, made(*channels), emo.EmotionLogic())
    assert [each.how for each in told] == ([how] if how else [])
    assert ("MixedWarning" in planned) == bool(how)


def test_what_is_said_of_a_mixture(made):
    """The sentences name the recording, what is lost, and what to type."""
    _, (mixed,), _ = said(MixedWarning, made(same, later), emo.EmotionLogic())
    assert "The 2 channels of" in str(mixed)
    assert 'EmotionLogic(channels="both") sends the first two in one session' in str(mixed)
    _, (cancelled,), _ = said(MixedWarning, made(same, upside_down), emo.EmotionLogic())
    assert "one of them is the other upside down, and nearly nothing is left" in str(cancelled)


@pytest.mark.parametrize("channels", ["both", "separate", 0, 1])
def test_apart(made, channels):
    """What is kept apart is not mixed."""
    assert said(MixedWarning, made(same, later), emo.EmotionLogic(channels=channels))[:2] == ([], [])


@pytest.mark.parametrize("gain", [-12, -18, -24, -36])
def test_soft_speech(made, gain):
    """Speech below the threshold is said aloud, and what the sentence says to set lets it through."""
    soft = made(lambda samples: samples * 10 ** (gain / 20))
    planned, (told,), _ = said(UnheardWarning, soft, emo.EmotionLogic())
    assert planned == ["UnheardWarning"]
    assert told.level == pytest.approx(-20 + gain, abs=1)
    assert "background_noise=1000 calls noise what is below about -30 dBFS" in str(told)
    assert f"EmotionLogic(background_noise={told.instead:g}) lets it through" in str(told)
    planned, again, replay = said(UnheardWarning, soft, emo.EmotionLogic(background_noise=told.instead))
    assert (planned, again) == ([], [])
    assert len(replay.segments)


def test_a_wrong_setting(talk):
    """So is speech of ordinary level where the setting is made for a noisy place."""
    (told,) = said(UnheardWarning, talk, emo.EmotionLogic(background_noise=8000))[1]
    assert told.threshold == pytest.approx(-12.2, abs=0.1)


@pytest.mark.parametrize("channels", [[same], [silent], [same, silent], [silent, silent]])
def test_nothing_to_say(made, channels):
    """Speech of ordinary level, and silence, are passed over."""
    assert said(UnheardWarning, made(*channels), emo.EmotionLogic(channels=0))[:2] == ([], [])


def test_one_soft_leg(made):
    """Of two channels that are kept apart the one that is too soft is found."""
    both = made(same, lambda samples: 0.05 * later(samples))
    assert len(said(UnheardWarning, both, emo.EmotionLogic(channels="both"))[1]) == 1


def test_in_a_run(made, tmp_path):
    """A run keeps what a replay would say, without saying it for each recording."""
    corpus = pd.DataFrame({"file": [str(made(same, later).path)]})
    run = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", speed=math.inf, progress=False)
    assert run.summary["status"].tolist() == ["done, with notices"]
    assert run.notices["notice"].tolist() == ["MixedWarning"]
