"""Colours: the same for a label everywhere, different for labels that stand together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emotoolkit.colours import colour


@pytest.mark.parametrize(
    "names",
    [
        "agreement confidence confusion disagreement frustration hesitation interest skepticism stress uncertainty",
        "engaged neutral disengaged",
        "quality_index clarity authority energy rapport learning",
        "energy voiceEnergy stress uncertainty",
    ],
)
def test_labels_of_one_row_have_different_colours(names: str) -> None:
    """What the APIs' own words stand beside each other in a row can be told apart."""
    assert len({colour(name) for name in names.split()}) == len(names.split())


def test_a_colour_is_the_same_in_every_process() -> None:
    """A label's colour does not change with the interpreter's hash seed."""
    code = "from emotoolkit.colours import colour; print(colour('whatever'), colour('stress'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}, cwd=Path.cwd()
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{colour('whatever')} {colour('stress')}\n".encode()}
