"""The opacity of a signal: one rule, for whatever draws it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotoolkit.plots.drawing.opacity import OPACITY_BY_PROBABILITY, opacities, opacity
from emotoolkit.tables.from_events import PROBABILITIES


def test_the_more_probable_the_fuller():
    """Each probability that a table can have has its opacity, in the same order."""
    assert list(OPACITY_BY_PROBABILITY) == PROBABILITIES
    assert sorted(OPACITY_BY_PROBABILITY.values()) == list(OPACITY_BY_PROBABILITY.values())


@pytest.mark.parametrize("said", [None, np.nan, pd.NA, "", "likely", 3])
def test_no_probability_is_hollow(said):
    """Where none was said that is known, only the edge is drawn."""
    assert opacity(said) == 0


def test_a_column():
    """A column of a table gives what its rows give."""
    column = pd.Series(pd.Categorical(["high", None, "low"], PROBABILITIES, ordered=True))
    assert opacities(column).tolist() == [opacity("high"), 0.0, opacity("low")]
