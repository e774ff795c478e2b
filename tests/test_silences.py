"""Nothing is silent, and nothing waits for ever: whatever is provoked gives its notice, its error, or works."""

from __future__ import annotations

import re

import pytest

from tests.silences import ROWS
from tests.silences.rows import NOTHING, table
from tests.silences.stage import Outcome, Stage
from tests.support.disks import NoDisk

DOORS = {"replay", "batch", "live", "upload", "command line"}


@pytest.fixture
def stage(tmp_path):
    """Recordings, servers and disks for one row."""
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("row", [pytest.param(row, id=str(row), marks=pytest.mark.timeout(row.limit)) for row in ROWS])
def test_row(row, stage):
    """What is provoked gives what the table says, with its sentence, and nothing else."""
    try:
        outcome = row.act(stage)
    except NoDisk as reason:
        pytest.skip(str(reason))
    assert ", ".join(outcome.kinds) == ("" if row.comes == NOTHING else row.comes), outcome.said
    assert any(re.search(row.says, sentence) for _, sentence in outcome.said) or row.comes == NOTHING, outcome.said
    assert outcome.rows or row.comes != NOTHING


def test_the_table_is_whole():
    """There are at least sixty rows, each of its own kind, through every door and both APIs."""
    assert len({str(row) for row in ROWS}) == len(ROWS) >= 60
    assert {row.door for row in ROWS} >= DOORS
    assert {row.api for row in ROWS} >= {"Emotion Logic", "Interhuman"}


def test_the_table_can_be_printed():
    """It has a line for each row, with the sentence that was said."""
    printed = table(ROWS[:1], [Outcome([("UnreadWarning", "so | so")])]).splitlines()
    assert len(printed) == 3
    assert printed[-1].endswith(r"| UnreadWarning | so \| so |")
