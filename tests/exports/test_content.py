"""What goes out of a run over a dataset."""

import math

import pandas as pd
import pytest

import emotoolkit as emo

from .test_formats import WHOLE, back

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # what audformat says to pandas


@pytest.fixture(scope="module")
def run(sample, voice_server, tmp_path_factory):
    """A run over recordings of which the dataset says from where they are."""
    files = [str(sample / "talk.wav"), str(sample / "call.wav")]
    dataset = pd.DataFrame({"file": files, "source": ["YouTube", "TV"]})
    api = emo.EmotionLogic(url=voice_server.url)
    return emo.replay_dataset(dataset, api, folder=tmp_path_factory.mktemp("run"), speed=math.inf, progress=False)


@pytest.mark.parametrize("name", WHOLE)
def test_who_measured_is_no_label_of_the_dataset(name, run, tmp_path):
    """A dataset may have a column `source`: every format says all the same that the run's server has measured."""
    assert run.tracks["source"].unique().tolist() == ["YouTube", "TV"]
    paths = emo.export(run, name, tmp_path, tracks=["energy"])
    assert set(back(paths)["source"]) == {run.source}
