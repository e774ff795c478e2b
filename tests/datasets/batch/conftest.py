"""A small corpus of speech, a run over it, and a server that counts what it receives."""

import math

import pytest

import emotoolkit as emo
from tests.support.corpora import kept_seconds, speech


@pytest.fixture(scope="package")
def corpus(sample, tmp_path_factory):
    """Six clips of speech."""
    return speech(sample, tmp_path_factory.mktemp("corpus"), 6)


@pytest.fixture(scope="package")
def run(corpus, voice_server, tmp_path_factory):
    """A run over them."""
    folder = tmp_path_factory.mktemp("run") / "first"
    return emo.replay_dataset(
        corpus, emo.EmotionLogic(url=voice_server.url), folder=folder, sessions=3, speed=math.inf, progress=False
    )


@pytest.fixture
def counted(voice_server):
    """A server, and the seconds of sound that it has received in this test."""
    before = kept_seconds(voice_server.kept)
    return emo.EmotionLogic(url=voice_server.url), lambda: kept_seconds(voice_server.kept) - before
