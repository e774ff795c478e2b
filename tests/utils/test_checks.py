"""What is not legal is met with a sentence that names the setting, its value and the rule; what is legal passes."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import check_choice, check_positive, is_number


@pytest.mark.parametrize("value", [1, 0.001, math.inf, np.float32(2.5), np.int64(3)])
def test_numbers_above_zero(value):
    """Numbers of Python and of numpy are numbers."""
    check_positive("timeout", value)


@pytest.mark.parametrize("value", [0, -1, -0.0, math.nan, -math.inf, "3", None, [1], Decimal(-1)])
def test_everything_else_is_refused_in_a_sentence(value):
    """Zero, what is below it, what is no number at all: never a `TypeError` from inside."""
    with pytest.raises(SettingsError, match="it must be a number above 0") as caught:
        check_positive("timeout", value)
    assert caught.value.setting == "timeout"


@pytest.mark.parametrize("setting", ["timeout", "packet", "background_noise"])
def test_a_user_is_told_by_the_settings(setting):
    """Somebody who writes a number as text reads which setting it was."""
    with pytest.raises(SettingsError, match=rf"{setting}='3' is not legal here: it must be a number"):
        emo.EmotionLogic(**{setting: "3"})


def test_a_choice_names_what_there_is():
    """One of those that are legal passes; anything else is answered with all of them, as one would type them."""
    check_choice("via", "browser", ("auto", "browser"))
    check_choice("model", None, (None, "inter-2"))
    with pytest.raises(SettingsError, match=r"it must be one of 'auto', 'browser', 1\.") as caught:
        check_choice("via", "phone", ("auto", "browser", 1))
    assert (caught.value.setting, caught.value.value) == ("via", "phone")


@pytest.mark.parametrize(("value", "is_one"), [(1, True), (np.float32(1), True), (math.nan, True), ("1", False),
                                               (None, False), (1j, False), (np.array([1]), False)])  # fmt: skip
def test_what_counts_as_a_number(value, is_one):
    """Anything real, of whatever library; not text, and not several numbers."""
    assert is_number(value) == is_one
