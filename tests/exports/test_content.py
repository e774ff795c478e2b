"""What goes out of a run over a dataset."""

import math

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from tests.exports.test_registry import WHOLE, back

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # what audformat says to pandas


@pytest.fixture(scope="module")
def run(sample, voice_server, tmp_path_factory):
    """A run over recordings of which the dataset says from where they are; in the last one nobody speaks."""
    folder = tmp_path_factory.mktemp("run")
    soundfile.write(folder / "silence.wav", np.zeros(11_025, np.int16), 11_025)
    files = [str(sample / "talk.wav"), str(sample / "call.wav"), str(folder / "silence.wav")]
    dataset = pd.DataFrame({"file": files, "source": ["YouTube", "TV", "TV"]})
    api = emo.EmotionLogic(url=voice_server.url)
    return emo.replay_dataset(dataset, api, folder=folder / "run", speed=math.inf, progress=False)


@pytest.mark.parametrize("name", ["eaf", "textgrid", "bids", "rttm", "webvtt"])
def test_a_recording_of_which_there_is_nothing_to_tell(name, run, tmp_path):
    """Silence has its file too, so that nobody takes it for a recording that was not analysed."""
    assert "silence.wav" not in run.tracks.index.unique("file")
    paths = emo.export(run, name, tmp_path)
    assert {path.stem.removesuffix("_events") for path in paths} == {"talk", "call", "silence"}


@pytest.mark.parametrize("name", WHOLE)
def test_who_measured_is_no_label_of_the_dataset(name, run, tmp_path):
    """A dataset may have a column `source`: every format says all the same that the run's server has measured."""
    assert run.tracks["source"].unique().tolist() == ["YouTube", "TV"]
    paths = emo.export(run, name, tmp_path, tracks=["energy"])
    assert set(back(paths)["source"]) == {run.source}
