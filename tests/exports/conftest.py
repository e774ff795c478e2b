"""Results that are exported: a measured voice, and signals made by hand."""

from __future__ import annotations

import math

import pytest

import emotoolkit as emo
from emotoolkit.exports.labels import Label
from tests.support.made_exports import Results

LOCAL = "local measurement (emotoolkit"


@pytest.fixture(scope="session")
def voice(call):
    """The call's two channels, measured."""
    return emo.replay(call, emo.EmotionLogic(channels="separate"), speed=math.inf, progress=False)


@pytest.fixture(scope="session")
def result(call):
    """Signals that overlap, in scripts of all kinds, of the call."""
    found = [
        Label(call.file, 0, 2_000_000, "interhuman", "signal", "علاقه", 3.0, f"{LOCAL} 0.1.0)"),
        Label(call.file, 1_000_000, 3_000_000, "interhuman", "signal", "two\nlines", 1.0, f"{LOCAL} 0.1.0)"),
        Label(call.file, 4_000_000, 4_000_000, "interhuman", "signal", "", math.nan, f"{LOCAL} 0.1.0)"),
    ]
    return Results(found, file=call.file)
