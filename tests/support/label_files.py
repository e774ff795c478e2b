"""Labels as files have them, and the comparison with what is read."""

from __future__ import annotations

import math

import pandas as pd

from emotoolkit import read_labels
from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label


def check(path, *expected):
    """Read a file, and compare."""
    pd.testing.assert_frame_equal(read_labels(path), labels.make_table(expected))


def joy(track="emotion", text="joy", value=math.nan):
    """A label of one second of a.wav."""
    return Label("a.wav", 500_000, 1_500_000, "", track, text, value)
