"""Colours: the same for a label everywhere, different for labels that stand together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emotoolkit.plots.drawing.colours import PALETTE, colour
from tests.support.colour_vision import VISIONS, contrast, nearest

NAMES = {
    "signals": "agreement confidence confusion disagreement frustration "
    "hesitation interest skepticism stress uncertainty",
    "states": "engaged neutral disengaged",
    "scores": "quality_index clarity authority energy rapport learning",
    "parameters": "energy voiceEnergy stress uncertainty",
    "apis": "emotion_logic interhuman",
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_labels_of_one_row_have_different_colours(names: str) -> None:
    """What the APIs' own words stand beside each other in a row can be told apart."""
    assert len({colour(name) for name in names.split()}) == len(names.split())


@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_colours_look_alike(vision: str) -> None:
    """No two of the ten are nearer than 0.07, for readers without red or green cones too (0.02 is just noticeable)."""
    assert nearest(PALETTE, vision) > 0.07


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize(("names", "least"), [("states", 0.15), ("scores", 0.07), ("parameters", 0.10), ("apis", 0.25)])
def test_what_touches_is_further_apart(vision: str, names: str, least: float) -> None:
    """Bands that touch and lines that cross have colours further apart than any two must be."""
    assert nearest([colour(name) for name in NAMES[names].split()], vision) > least


@pytest.mark.parametrize("paper", ["white", "#111111", "black"])
def test_every_colour_stands_out_from_the_paper(paper: str) -> None:
    """Lines and edges have a contrast of 3:1 on light and on dark paper, what WCAG 2.2 asks of graphics (1.4.11)."""
    assert min(contrast(each, paper) for each in PALETTE) >= 3


def test_a_colour_is_the_same_in_every_process() -> None:
    """A label's colour does not change with the interpreter's hash seed."""
    code = "from emotoolkit.plots.drawing.colours import colour; print(colour('whatever'), colour('stress'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}, cwd=Path.cwd()
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{colour('whatever')} {colour('stress')}\n".encode()}
