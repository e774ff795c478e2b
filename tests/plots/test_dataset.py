"""A dataset in one picture, from tables made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.plots.drawing.colours import colour
from tests.support.made_tables import index, texts, ticks

SUMMARY = pd.DataFrame(
    {"duration": [10.0, 20.0, 8.0], "status": ["finished", "finished", "failed"]}, pd.Index(["a.wav", "b.wav", "c.wav"])
)


def piece(file, track, *rows, value=np.nan):
    """Make rows of `tracks` from (start, end, label)."""
    starts, ends, labels = zip(*rows, strict=True)
    return pd.DataFrame({"api": "x", "track": track, "label": labels, "value": value}, index(starts, ends, file))


def run(*pieces, summary=SUMMARY):
    """Make what is drawn of a run."""
    empty = pd.DataFrame({"api": [], "track": [], "label": [], "value": []}, index([], []))
    return SimpleNamespace(tracks=pd.concat(pieces) if pieces else empty, summary=summary)


SIGNALS = run(
    piece("a.wav", "signal", (0, 5, "interest"), (2, 4, "stress"), value=2.0),
    piece("b.wav", "signal", (10, 20, "interest"), value=3.0),
)


def test_signals_are_counted_over_time():
    """Each recording is a line; a column has how many signals there are at a time, and is blank where there is none."""
    left, right, *_ = emo.plot_dataset(SIGNALS).axes
    numbers = np.ma.filled(left.get_images()[0].get_array().astype(float), np.nan)
    seconds = numbers.reshape(3, 20, -1)[:, :, 7]
    np.testing.assert_allclose(seconds[0, :6], [1, 1, 2, 2, 1, np.nan])
    np.testing.assert_allclose(seconds[1, 9:12], [np.nan, 1, 1])
    assert np.isnan(seconds[2]).all()
    assert ticks(left) == ["a.wav", "b.wav", "c.wav"]
    assert texts(left) == ["failed"]
    assert left.get_title(loc="left") == "signal · 3 recordings, 1 failed"
    assert ticks(right) == ["interest", "stress"]


def test_shares_are_of_the_recordings_that_answered():
    """Half of either recording has interest, a fifth of one has stress; what failed has no share."""
    _, right, *_ = emo.plot_dataset(SIGNALS).axes
    dots = [line for line in right.lines if line.get_marker() == "."]
    assert [sorted(np.asarray(line.get_xdata())) for line in dots] == [[0.5, 0.5], [0, 0.2]]


def test_clips_are_lines_of_their_own():
    """Each clip of a file shows what lies in it, from its own begin on; the other clips' rows are not its own."""
    summary = pd.DataFrame(
        {"start": pd.to_timedelta([0, 10, 0], unit="s"), "duration": [10.0, 10.0, 5.0], "status": "done"},
        pd.Index(["a.wav", "a.wav", "b.wav"]),
    )
    states = piece("a.wav", "engagement", (0, 10, "engaged"), (10, 16, "neutral"), (16, 20, "engaged"))
    left, right, *_ = emo.plot_dataset(run(states, summary=summary)).axes
    pixels = left.get_images()[0].get_array()
    from matplotlib.colors import to_hex

    assert [to_hex(pixels[line, 30]) for line in (0, 1)] == [colour("engaged"), colour("neutral")]
    assert to_hex(pixels[1, 270]) == colour("engaged")
    assert pixels[2, :, 3].max() == 0
    assert left.get_xlim() == (0, 10)
    assert texts(left) == ["done"], "of the last one nothing came"
    dots = [sorted(np.asarray(line.get_xdata())) for line in right.lines if line.get_marker() == "."]
    assert dots == [[0.4, 1.0], [0.0, 0.6]]
    clips = summary.assign(start=pd.to_timedelta(["0s", "12s", None]))
    left, *_ = emo.plot_dataset(run(piece("a.wav", "energy", (12, 14, "channel 0"), value=4.0), summary=clips)).axes
    numbers = np.ma.filled(left.get_images()[0].get_array().astype(float), np.nan)
    assert numbers[1, 5] == pytest.approx(4)


def test_a_span_without_an_end_has_no_share():
    """What another program left open takes no other recording's share away, and a clip that has it has an answer."""
    rows = piece("a.wav", "signal", (0, 5, "interest"))
    opened = piece("b.wav", "signal", (3, np.nan, "interest"))
    for summary in (SUMMARY, SUMMARY.assign(start=pd.Timedelta(0))):
        left, right, *_ = emo.plot_dataset(run(rows, opened, summary=summary)).axes
        (dots,) = [line for line in right.lines if line.get_marker() == "."]
        assert sorted(np.asarray(dots.get_xdata())) == [0, 0.5]
        assert texts(left) == ["failed"]


def test_states_have_their_colours():
    """A moment has the colour of the state that prevails in it."""
    made = run(piece("a.wav", "engagement", (0, 5, "engaged"), (5, 10, "neutral")))
    left, *_ = emo.plot_dataset(made).axes
    from matplotlib.colors import to_hex

    pixels = left.get_images()[0].get_array()
    assert to_hex(pixels[0, 10]) == colour("engaged")
    assert to_hex(pixels[0, 120]) == colour("neutral")
    assert pixels[0, 160, 3] == pixels[1, 10, 3] == 0


def test_numbers_are_means_over_time():
    """A parameter's column has its mean level; the boxes are of all its values, a box for each channel."""
    made = run(
        piece("a.wav", "energy", (0, 10, "channel 0"), value=4.0),
        piece("b.wav", "energy", (0, 20, "channel 1"), value=6.0),
    )
    left, right, *_ = emo.plot_dataset(made, "energy").axes
    assert left.get_images()[0].get_array()[0, 5] == pytest.approx(4)
    assert ticks(right) == ["channel 0", "channel 1"]
    only = emo.plot_dataset(made, "energy", label="channel 1").axes[0]
    assert only.get_images()[0].get_array()[1, 5] == pytest.approx(6)
    assert only.get_title(loc="left").startswith("energy, channel 1 · ")


def test_nothing_is_said_to_be_nothing():
    """A run of which nothing came draws all the same."""
    for made in (run(), run(summary=SUMMARY.iloc[:0])):
        assert texts(emo.plot_dataset(made).axes[0]) == ["no results"]


@pytest.mark.parametrize(
    ("settings", "rule"), [({"track": "joy"}, "there are signal"), ({"label": "joy"}, "signal has interest, stress")]
)
def test_unknown_names_are_refused(settings, rule):
    """A track or label that nothing has is an error that lists what there is."""
    with pytest.raises(SettingsError, match=rule):
        emo.plot_dataset(SIGNALS, **settings)


def test_thousands_of_recordings_are_one_picture():
    """However many recordings there are, the heat map is one image, and a few of them are named."""
    names = [f"r{n:04}.wav" for n in range(1000)]
    summary = pd.DataFrame({"duration": 10.0, "status": "finished"}, pd.Index(names))
    starts = np.tile([0.0, 4], 1000)
    tracks = piece("x", "signal", *[(at, at + 1, "interest") for at in starts])
    tracks.index = pd.MultiIndex.from_arrays(
        [np.repeat(names, 2), *(tracks.index.get_level_values(n) for n in (1, 2))], names=tracks.index.names
    )
    left, *_ = emo.plot_dataset(run(tracks, summary=summary)).axes
    assert left.get_images()[0].get_array().shape[0] == 1000
    assert len(ticks(left)) <= 45
    assert len(left.collections) == 0
