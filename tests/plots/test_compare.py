"""Two replays in one picture."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from tests.support.made_tables import (
    INTERVIEW,
    LOCAL,
    TALK,
    TWO_UNITS,
    Replay,
    engagement,
    face,
    labels,
    quality,
    signals,
    ticks,
    titles,
    voice,
)


def test_the_same_twice_differs_by_nothing():
    """Two equal replays: a row for each parameter, and every mean difference is 0."""
    figure = emo.plot_compare(voice(), voice(), names=("old", "new"))
    legends = [ax.get_legend() for ax in figure.axes]
    assert [each.get_title().get_text() for each in legends] == [
        f"{name}\nmean difference 0" for name in ("energy", "stress", "uncertainty")
    ]
    assert labels(figure.axes[0]) == ["old", "new"]
    assert titles(figure) == [f"{INTERVIEW} · Emotion Logic · {LOCAL}"]


def test_a_difference_is_told_in_its_unit():
    """One replay that is 2 higher all the time has a mean difference of 2."""
    other = voice()
    other.segments = TWO_UNITS.assign(energy=TWO_UNITS["energy"] + 2)
    figure = emo.plot_compare(voice(), other)
    assert figure.axes[0].get_legend().get_title().get_text() == "energy\nmean difference 2"


def test_signals_stand_in_neighbouring_lanes():
    """A kind has a lane in each replay, in the same colour; states are two bands; scores are pairs."""
    other = face()
    other.signals = signals((1, 5, "interest", "high", True))
    figure = emo.plot_compare(face(), other, names=("A", "B"))
    lanes, one, second, *scores = figure.axes
    assert ticks(lanes) == ["agreement · A", "interest · A", "interest · B"]
    assert len(lanes.collections) == 2  # one artist for each kind
    assert (ticks(one), ticks(second)) == (["A"], ["B"])
    assert len(scores) == 6


def test_two_apis_meet_in_cells():
    """Of two APIs, parameters stand against signals and states, in either order of the arguments."""
    for pair in ((voice(), face()), (face(), voice())):
        cells = emo.plot_compare(*pair).axes[0]
        assert ticks(cells) == ["energy", "stress", "uncertainty"]
        shown = [text.get_text().splitlines()[0] for text in cells.get_xticklabels()]
        assert shown == ["agreement", "interest", "engaged"]
        assert cells.get_images()[0].get_array().shape == (3, 3)


def test_what_has_nothing_in_common_says_so():
    """Empty replays give a picture that says that there is nothing."""
    nothing = [Replay("emotion_logic", str(TALK)), Replay("interhuman", str(TALK))]
    assert "never speak" in emo.plot_compare(*nothing).axes[0].texts[0].get_text()
    assert "neither" in emo.plot_compare(nothing[1], nothing[1]).axes[0].texts[0].get_text()


def test_two_recordings_are_refused():
    """Replays of different recordings cannot be compared second by second."""
    with pytest.raises(SettingsError, match="of the same recording"):
        emo.plot_compare(voice(), Replay("emotion_logic", str(TALK)))
    with pytest.raises(SettingsError, match="of the same recording"):
        emo.plot_compare(Replay("emotion_logic", "eva/t.wav"), Replay("emotion_logic", "tom/t.wav", duration=9.0))


def test_one_with_states_alone():
    """A replay without signals still has its band and its scores."""
    alone = Replay(
        "interhuman", str(TALK), engagement=engagement((0, 9, "neutral")), quality=quality((0, 9, "timeline", 4))
    )
    assert len(emo.plot_compare(alone, alone).axes) == 2 + 6
