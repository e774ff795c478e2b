"""Rows of a recording: its waveform, its loudness, its pictures, and what is drawn without its file."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from emotoolkit.media.recording import Recording
from emotoolkit.plots import plot_functions
from emotoolkit.plots.figure import new_axes
from emotoolkit.plots.rows.base import TextRow
from emotoolkit.plots.rows.media import (
    FILE_MISSING_TEXT,
    MIN_LOUDNESS_DBFS,
    LoudnessRow,
    PicturesRow,
    UnreadLoudness,
    UnreadPictures,
    UnreadWaveform,
)
from tests.support.made_tables import INTERVIEW, TALK

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_a_waveform_is_one_artist() -> None:
    """The waveform of a stretch is one area over just that stretch."""
    ax = plot_functions.plot_waveform(Recording(TALK), start=5, end=10)
    (area,) = ax.collections
    assert isinstance(area, PolyCollection)
    assert ax.get_xlim() == (5, 10)
    extent = area.get_paths()[0].get_extents()
    assert 5 <= extent.x0 < 5.01
    assert 9.99 < extent.x1 <= 10


def test_a_waveform_can_be_looked_into() -> None:
    """In a stretch with fewer samples than points there is one for each sample, and no holes."""
    recording = Recording(TALK)
    ax = plot_functions.plot_waveform(recording, start=5, end=5.01)
    (area,) = ax.collections
    assert recording.audio is not None
    # An outline goes along the lower edge and back along the upper one, with a point to begin and to turn.
    assert len(area.get_paths()[0].vertices) == pytest.approx(2 * 0.01 * recording.audio.sampling_rate, abs=5)


@pytest.mark.parametrize("row", [UnreadWaveform, UnreadLoudness, UnreadPictures])
def test_a_file_that_is_gone_is_a_text(row, tmp_path) -> None:
    """A recording whose file was removed after it was opened is drawn as a sentence, whatever was to be read of it."""
    path = shutil.copy(INTERVIEW, tmp_path / "a.mp4")
    recording = Recording(path)
    path.unlink()
    assert row(recording, (0.0, 2.0)).read() == TextRow(FILE_MISSING_TEXT)


@pytest.mark.parametrize("row", [UnreadWaveform, UnreadLoudness])
def test_without_sound_a_row_says_so(row, silent_film) -> None:
    """A film without sound has a text in place of waveform and loudness."""
    assert row(silent_film, (0.0, 4.0)).read() == TextRow("no sound")


def test_loudness_is_in_dbfs() -> None:
    """The levels of a recording are drawn from −80 to 0 dBFS; what is below the scale stays on it."""
    row = UnreadLoudness(Recording(TALK), (0.0, 10.0)).read()
    assert isinstance(row, LoudnessRow)
    assert row.levels.max() < 0
    ax = new_axes(1.0)
    replace(row, levels=np.where(row.times < 5, -np.inf, row.levels)).draw(ax)
    assert ax.get_ylim() == (MIN_LOUDNESS_DBFS, 0)
    assert ax.collections[0].get_paths()[0].get_extents().y0 == MIN_LOUDNESS_DBFS


def test_pictures_are_evenly_spaced_and_not_stretched() -> None:
    """As many pictures as fit are read, in their own aspect ratio, each in the middle of an equal part of the view."""
    recording = Recording(INTERVIEW)
    row = UnreadPictures(recording, (2.0, 10.0)).read()
    assert isinstance(row, PicturesRow)
    places = [place for place, _ in row.images]
    part = 8.0 / len(places)
    assert places == pytest.approx([2.0 + (n + 0.5) * part for n in range(len(places))])
    assert recording.video is not None
    for _, pixels in row.images:
        assert pixels.shape[1] / pixels.shape[0] == pytest.approx(
            recording.video.width / recording.video.height, rel=0.02
        )
    ax = new_axes(1.0)
    row.draw(ax)
    assert len(ax.artists) == len(places)
