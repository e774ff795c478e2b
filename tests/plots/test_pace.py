"""Pictures of how a replay went: asserted on what is drawn."""

import math

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from tests.replays.test_result import records, replay


@pytest.fixture(autouse=True)
def no_window():
    """Draw without a screen, and let go of the figures."""
    mpl.use("agg")
    yield
    plt.close("all")


def test_pace():
    """Each packet is a point at its media end and its lateness in ms."""
    ax = emo.plot_pace(replay(records()))
    (points,) = ax.lines
    assert points.get_xdata().tolist() == [1.0, 2.0, 3.0]
    assert points.get_ydata().tolist() == pytest.approx([1.0] * 3)
    assert "median 1.00 ms" in ax.get_legend().get_texts()[0].get_text()


def test_latency():
    """Each kind of answer is a line that ends at the slowest of them, where the share is 1."""
    ax = emo.plot_latency(replay(records()))
    (line,) = ax.lines
    assert line.get_xdata().tolist() == pytest.approx([50.0])
    assert line.get_ydata().tolist() == [1.0]
    assert "audio-analysis (1)" in line.get_label()


def test_several_replays():
    """Several replays are several lines in one picture."""
    assert len(emo.plot_pace(replay(records()), replay(records(4.0))).lines) == 2


def test_incomplete_has_no_latency():
    """An incomplete replay has no line, and the picture says why."""
    ax = emo.plot_latency(replay(records()[:-1]))
    assert len(ax.lines) == 0
    assert "no complete replay" in ax.texts[0].get_text()


def test_unpaced_has_no_lateness(talk, voice_server):
    """At infinite speed nothing was due, and the picture says so."""
    unpaced = emo.replay(talk, emo.EmotionLogic(url=voice_server.url), speed=math.inf, progress=False)
    ax = emo.plot_pace(unpaced)
    assert len(ax.lines) == 0
    assert "as fast as the server took it" in ax.texts[0].get_text()
    assert np.isnan(unpaced.packets["lateness"]).all()


def test_draws_where_it_is_told():
    """With ax= nothing else is made."""
    figure, ax = plt.subplots()
    assert emo.plot_pace(replay(records()), ax=ax) is ax
    assert emo.plot_latency(replay(records()), ax=ax) is ax
    assert figure.axes == [ax]


def test_nothing_to_draw():
    """Without a replay there is nothing to draw, which is said."""
    for plot in (emo.plot_pace, emo.plot_latency):
        with pytest.raises(SettingsError, match="at least one replay"):
            plot()
