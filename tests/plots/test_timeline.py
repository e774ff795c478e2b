"""What a timeline shows, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from emotoolkit.errors import SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.plots import plot_functions
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.timeline import DEFAULT_ROWS
from tests.conftest import SAMPLE
from tests.replays.test_result import records, replay
from tests.support.colour_vision import contrast
from tests.support.made_tables import (
    INTERVIEW,
    LOCAL,
    TALK,
    UNITS,
    Replay,
    face,
    index,
    labels,
    marks,
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
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), voice(), face())
    assert titles(figure) == [str(INTERVIEW), f"Emotion Logic · {LOCAL}", f"Interhuman · {LOCAL}"]


def test_a_timeline_of_a_recording_alone() -> None:
    """Without a replay, a sound recording is its waveform; there is no row of pictures."""
    figure = plot_functions.plot_timeline(Recording(TALK))
    assert [ticks(ax) for ax in figure.axes] == [["sound"]]


def test_empty_replays_have_empty_rows() -> None:
    """An API that said nothing has its rows, and they say that nothing came."""
    nothing = [Replay("emotion_logic", str(TALK)), Replay("interhuman", str(TALK))]
    figure = plot_functions.plot_timeline(Recording(TALK), *nothing)
    assert [texts(ax) for ax in figure.axes] == [[], ["no segments"], ["no signals"], ["no engagement states"]]


def test_tracks_choose_what_is_drawn() -> None:
    """Named rows and parameters are drawn, nothing else."""
    figure = plot_functions.plot_timeline(
        Recording(INTERVIEW), voice(), face(), tracks=["waveform", "stress", "engagement"]
    )
    assert [labels(ax) for ax in figure.axes] == [[], ["stress"], ["engaged"]]


def test_the_first_row_names_the_recording() -> None:
    """Where the recording itself is not drawn, its name stands before that of the API."""
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), voice(), tracks=["stress"])
    assert titles(figure) == [f"{INTERVIEW} · Emotion Logic · {LOCAL}"]


def test_a_server_needs_no_label() -> None:
    """Above the numbers of a server that is not ours stands the name of its API alone."""
    figure = plot_functions.plot_timeline(Recording(TALK), Replay("interhuman", "talk.wav", source="server"))
    assert titles(figure)[1:] == ["Interhuman"]


def test_tracks_without_anything_to_draw() -> None:
    """A row that the recording cannot have leaves an empty figure that says so."""
    figure = plot_functions.plot_timeline(Recording(TALK), tracks=["pictures"])
    assert [texts(ax) for ax in figure.axes] == [["nothing to draw"]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tracks": ["energy", "joy"]}, r"tracks='joy' .* there are pictures, .* gaps, energy, stress, uncertainty"),
        ({"tracks": "energy"}, r"it is a list of names, such as \['energy'\]"),
        ({"start": 40}, r"start=40 .* the recording goes from 0 to 32 s"),
        ({"start": 5, "end": 5}, r"end=5 .* begins at 5 s and must end later"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    """An unknown track, a bare name, an empty window: an error that says what to type."""
    with pytest.raises(SettingsError, match=said):
        plot_functions.plot_timeline(Recording(INTERVIEW), voice(), **settings)


def test_a_replay_of_another_recording_is_refused() -> None:
    """Two recordings on one time axis is a mistake; a file of the same name and length in another folder is not."""
    with pytest.raises(SettingsError, match=r"interview\.mp4.* the recording that is drawn is"):
        plot_functions.plot_timeline(Recording(TALK), voice())
    with pytest.raises(SettingsError, match=r"tom/talk\.wav.* the recording that is drawn is"):
        plot_functions.plot_timeline(Recording(TALK), Replay("emotion_logic", "tom/talk.wav", duration=12.0))
    assert plot_functions.plot_timeline(Recording(TALK), Replay("emotion_logic", "elsewhere/talk.wav", duration=30.0))
    assert plot_functions.plot_timeline(Recording(TALK), Replay("emotion_logic", "sample/talk.wav", duration=12.0))


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
    figure = plot_functions.plot_timeline(Recording(TALK), many)
    rules = len(figure.axes) - 1  # the time axis' lines through all rows but the last
    assert sum(len(ax.lines) + len(ax.collections) + len(ax.patches) for ax in figure.axes) == (1 + 4 + 3) + rules


def test_labels_of_people_are_a_row() -> None:
    """Labels stand under the recording, a lane a track, written into their bars where there is room."""
    truth = pd.read_csv(SAMPLE / "truth.csv")
    row = plot_functions.plot_timeline(Recording(INTERVIEW), labels=truth).axes[2]
    assert {"face", "voice"} <= set(ticks(row))
    assert {"nod", "shake", "lean", "absent"} <= set(texts(row))
    assert "before" in labels(row)


def test_loudness_is_drawn_where_it_is_asked_for() -> None:
    """The row of loudness goes from −80 to 0 dBFS."""
    (row,) = plot_functions.plot_timeline(Recording(TALK), tracks=["loudness"]).axes
    assert row.get_ylim() == (-80, 0)
    assert row.get_ylabel() == "dBFS"


def test_without_its_file_a_timeline_still_works(tmp_path) -> None:
    """Where the file is gone, the rows of the recording say so and the others are drawn; a replay alone will do too."""
    path = tmp_path / "interview.mp4"
    path.write_bytes(INTERVIEW.read_bytes())
    recording = Recording(path)
    path.unlink()
    figure = plot_functions.plot_timeline(recording, voice())
    assert [texts(ax) for ax in figure.axes[:2]] == [["the recording's file is not there any more"]] * 2
    assert figure.axes[2].lines
    alone = plot_functions.plot_timeline(replay(records()))
    assert len(alone.axes) == 1
    assert alone.axes[0].get_xlim() == (0, 3)


def test_results_past_the_end_do_not_move_it() -> None:
    """The axis ends with the recording, whatever the tables say, and the mark says that there is more."""
    made = Replay("emotion_logic", str(TALK), segments=segments([0, 1000], [2, 2000], energy=[1, 2]))
    made.marks = marks((30, 30, "past the end", "1 times, up to 2000.0 s"))
    figure = plot_functions.plot_timeline(Recording(TALK), made)
    assert {ax.get_xlim() for ax in figure.axes} == {(0, 30)}
    assert texts(figure.axes[-1]) == ["1 times, up to 2000.0 s"]


NAMES = ["数字と感情", "الغضب", "हिन्दी भाव", "😀 joy", "$x^2$ <b>bold</b>", "a" * 200, "two\nlines", ""]


def test_labels_of_any_script_and_length_are_drawn(tmp_path) -> None:
    """Parameters, signals, states and labels called anything are drawn and saved without a warning."""
    values = {name or "_": [1.0, 2.0] for name in NAMES}
    spans = [(n, n + 2, name or "_") for n, name in enumerate(NAMES)]
    people = pd.DataFrame(spans, columns=["start", "end", "label"]).assign(file="talk.wav")
    made = Replay(
        "emotion_logic",
        str(TALK),
        segments=segments([0, 5], [4, 9], **values),
        signals=signals(*[(*span, "low", True) for span in spans]),
        engagement=pd.DataFrame(
            {"state": pd.Categorical([name for *_, name in spans])},
            index(*zip(*[span[:2] for span in spans], strict=True)),
        ),
        marks=marks(*[(n, n, "error", name) for n, name in enumerate(NAMES)]),
    )
    figure = plot_functions.plot_timeline(Recording(TALK), made, labels=people, tracks=[*DEFAULT_ROWS, *values])
    figure.savefig(tmp_path / "any.png")
    width = figure.get_size_inches()[0]
    assert all(ax.get_position().width * width > 3 for ax in figure.axes)


def test_fifty_parameters_are_fifty_rows() -> None:
    """Each of fifty parameters of unknown unit has its own scale, and all of them fit on the figure."""
    table = segments([0, 1], [1, 2], **{f"p{n}": [n, n + 1] for n in range(50)})
    figure = plot_functions.plot_segments(table)
    assert [ax.lines[0].get_label() for ax in figure.axes] == [f"p{n}" for n in range(50)]
    assert all(0 <= ax.get_position().y0 < ax.get_position().y1 <= 1 for ax in figure.axes)


def test_a_window_of_a_night_has_every_segment() -> None:
    """Eight hours are a band of mean and extremes; a window of them has each segment's own level again."""
    starts = np.arange(16_000) * 1.8
    table = segments(starts, starts + 1.6, energy=np.arange(16_000) % 7)
    whole = plot_functions.plot_segments(table).axes[0]
    assert len(whole.collections) == 1
    (line,) = plot_functions.plot_segments(table, start=3600, end=3780).axes[0].lines
    levels = np.asarray(line.get_ydata())[::3]
    np.testing.assert_array_equal(levels, table["energy"].iloc[2000:2101])


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_text_stands_out_from_the_paper(style: str) -> None:
    """In light and dark style, every text is at least 8 points and has a contrast of 4.5:1 to what it stands on."""
    from matplotlib import style as styles

    with styles.context(style):
        figure = plot_functions.plot_timeline(
            Recording(INTERVIEW), voice(), face(), labels=pd.read_csv(SAMPLE / "truth.csv")
        )
        paper = figure.get_facecolor()
        bands = {ax: colour("engaged") for ax in figure.axes if ticks(ax) == ["engagement"]}
        for ax in figure.axes:
            legend = ax.get_legend()
            said = [*ax.get_yticklabels(), *ax.texts, *(legend.get_texts() if legend else [])]
            for text in said:
                below = bands[ax] if ax in bands and text in ax.texts else paper
                assert text.get_fontsize() > 8
                assert contrast(text.get_color(), below) >= 4.5, text
