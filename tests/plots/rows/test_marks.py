"""The row of marks: stretches are hatched, moments are markers with their sentence."""

from __future__ import annotations

import pytest

from emotoolkit.media.recording import Recording
from emotoolkit.plots import plot_functions
from tests.support.made_tables import (
    INTERVIEW,
    marks,
    texts,
    ticks,
    voice,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_gaps_and_errors_are_marked() -> None:
    """Stretches are hatched, moments have their sign and sentence; a lane for each kind that occurs."""
    made = voice()
    made.marks = marks(
        (3, 6, "not analysed", "video_gap"),
        (8, 8, "stall", "held up for 0.5 s"),
        (9, 9, "error", "too <b>loud</b> $5$"),
    )
    row = plot_functions.plot_timeline(Recording(INTERVIEW), made).axes[-1]
    assert ticks(row) == ["not analysed", "stall", "error"]
    assert [line.get_label() for line in row.lines] == ["stall", "error"]
    assert texts(row) == ["held up for 0.5 s", r"too <b>loud</b> \$5\$"]
    assert row.collections[0].get_hatch()
