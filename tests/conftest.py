"""Recordings that know themselves, and real local servers. No test needs an account, a network or a sleep."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotoolkit import Recording
from emotoolkit.apis.emotion_logic.server import app as emotion_logic_server
from tests.support import disks
from tests.support.examples import register_profiles
from tests.support.media_files import beginning, film

register_profiles()

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "datasets" / "sample"


NO_SPEECH_FIXTURES = {"counting", "silent_film"}
"""Recordings in which nobody speaks."""


def pytest_collection_modifyitems(items):
    """Let tests that send no speech have no answer; everywhere else `NothingAnsweredWarning` is an error."""
    for item in items:
        if item.get_closest_marker("no_speech") or NO_SPEECH_FIXTURES & {*item.fixturenames}:
            item.add_marker(pytest.mark.filterwarnings("ignore::emotoolkit.errors.NothingAnsweredWarning"))


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the sample dataset."""
    return SAMPLE


@pytest.fixture(scope="session")
def talk() -> Recording:
    """The mono talk of the sample dataset."""
    return Recording(SAMPLE / "talk.wav")


@pytest.fixture(scope="session")
def call() -> Recording:
    """The two-channel call of the sample dataset."""
    return Recording(SAMPLE / "call.wav")


@pytest.fixture(scope="session")
def interview() -> Recording:
    """The clip with a face of the sample dataset."""
    return Recording(SAMPLE / "interview.mp4")


@pytest.fixture(scope="session")
def brief_interview(interview, tmp_path_factory) -> Recording:
    """The first eight seconds of the clip with a face, as they are: for tests of which its length is no part."""
    return Recording(beginning(interview.path, 8.0, tmp_path_factory.mktemp("brief") / "interview.mp4"))


@pytest.fixture
def counting(tmp_path):
    """Make a recording whose sample k has the value k (modulo 2**16), on each channel n shifted by n."""

    def make(samples: int, rate: int = 11_025, channels: int = 1) -> Recording:
        values = np.arange(samples)[:, None] + np.arange(channels)
        path = tmp_path / f"counting-{samples}-{rate}-{channels}.wav"
        soundfile.write(path, values.astype(np.uint16).view(np.int16).reshape(-1, channels), rate, subtype="PCM_16")
        return Recording(path)

    return make


@pytest.fixture(scope="session")
def silent_film(tmp_path_factory) -> Recording:
    """A film of 4 s without a sound track."""
    return Recording(film(tmp_path_factory.mktemp("silent") / "silent.mp4", "libx264", None, seconds=4.0))


@pytest.fixture(scope="session")
def voice_server(tmp_path_factory):
    """A local Emotion Logic server in a process of its own that keeps what it receives in `.kept`."""
    kept = tmp_path_factory.mktemp("voice")
    with emotion_logic_server.serve(keep=kept) as server:
        server.kept = kept
        yield server


def stream_of(replay) -> str:
    """The stream id that the server gave a replay's (first) session."""
    (first, *_) = replay.events.query("kind == 'handshake-done'")["raw"]
    return json.loads(first)[1]["data"]["streamId"]


@pytest.fixture
def no_figures_left():
    """Close what pyplot holds after the test."""
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    try:
        with disks.mounted(tmp_path / "disk") as place:
            yield place
    except disks.NoDisk as reason:
        pytest.skip(str(reason))
