"""What a timeline shows, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotoolkit import plots
from emotoolkit.errors import SettingsError
from emotoolkit.recording import Recording

from .made_tables import (
    INTERVIEW,
    LOCAL,
    TALK,
    UNITS,
    Replay,
    face,
    labels,
    segments,
    signals,
    texts,
    ticks,
    titles,
    voice,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_a_timeline_names_recording_and_apis() -> None:
    """Over its rows stand the file, and each API with the word that its numbers are a local measurement."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face())
    assert titles(figure) == [str(INTERVIEW), f"Emotion Logic · {LOCAL}", f"Interhuman · {LOCAL}"]


def test_a_timeline_of_a_recording_alone() -> None:
    """Without a replay, a sound recording is its waveform; there is no row of pictures."""
    figure = plots.plot_timeline(Recording(TALK))
    assert [ticks(ax) for ax in figure.axes] == [["sound"]]


def test_empty_replays_have_empty_rows() -> None:
    """An API that said nothing has its rows, and they say that nothing came."""
    nothing = [Replay("emotion_logic", str(TALK)), Replay("interhuman", str(TALK))]
    figure = plots.plot_timeline(Recording(TALK), *nothing)
    assert [texts(ax) for ax in figure.axes] == [[], ["no segments"], ["no signals"], ["no engagement states"]]


def test_tracks_choose_what_is_drawn() -> None:
    """Named rows and parameters are drawn, nothing else."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face(), tracks=["waveform", "stress", "engagement"])
    assert [labels(ax) for ax in figure.axes] == [[], ["stress"], ["engaged"]]


def test_the_first_row_names_the_recording() -> None:
    """Where the recording itself is not drawn, its name stands before that of the API."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), tracks=["stress"])
    assert titles(figure) == [f"{INTERVIEW} · Emotion Logic · {LOCAL}"]


def test_a_server_needs_no_label() -> None:
    """Above the numbers of a server that is not ours stands the name of its API alone."""
    figure = plots.plot_timeline(Recording(TALK), Replay("interhuman", "talk.wav", source="server"))
    assert titles(figure)[1:] == ["Interhuman"]


def test_tracks_without_anything_to_draw() -> None:
    """A row that the recording cannot have leaves an empty figure that says so."""
    figure = plots.plot_timeline(Recording(TALK), tracks=["pictures"])
    assert [texts(ax) for ax in figure.axes] == [["nothing to draw"]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tracks": ["energy", "joy"]}, r"tracks='joy' .* there are pictures, .* quality, energy, stress, uncertainty"),
        ({"tracks": "energy"}, r"it is a list of names, such as \['energy'\]"),
        ({"start": 40}, r"start=40 .* the recording goes from 0 to 32 s"),
        ({"start": 5, "end": 5}, r"end=5 .* begins at 5 s and must end later"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    """An unknown track, a bare name, an empty window: an error that says what to type."""
    with pytest.raises(SettingsError, match=said):
        plots.plot_timeline(Recording(INTERVIEW), voice(), **settings)


def test_a_replay_of_another_recording_is_refused() -> None:
    """Two recordings on one time axis is a mistake; the same file in another folder is not."""
    with pytest.raises(SettingsError, match=r"interview\.mp4.* the recording that is drawn is"):
        plots.plot_timeline(Recording(TALK), voice())
    assert plots.plot_timeline(Recording(TALK), Replay("emotion_logic", "elsewhere/talk.wav"))


def test_eight_hours_are_a_few_artists() -> None:
    """However many segments and signals there are, there is one line per parameter and one artist per kind."""
    starts = np.arange(16_000) * 1.8
    rng = np.random.default_rng(0)
    names = rng.choice(["interest", "stress", "agreement"], 16_000)
    many = Replay(
        "both",
        str(TALK),
        segments=segments(starts, starts + 1.6, **{name: rng.uniform(0, 30, 16_000) for name in UNITS}),
        signals=signals(*[(at, at + 1.5, name, "low", True) for at, name in zip(starts, names, strict=True)]),
    )
    figure = plots.plot_timeline(Recording(TALK), many)
    assert sum(len(ax.lines) + len(ax.collections) + len(ax.patches) for ax in figure.axes) == 1 + 4 + 3
