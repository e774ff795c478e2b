"""Lettering: whatever a label is, it is drawn as it is, and nothing warns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from emotoolkit.plots.drawing.fonts import (
    MAX_NAME_CHARS,
    MISSING_GLYPH,
    label_text,
    set_fallback_fonts,
    text_width,
    y_names,
)
from tests.support.examples import examples


@given(st.text(max_size=300), st.integers(5, 60))
def test_a_plain_label_is_short_and_one_line(text, longest):
    """However long and wild a text is, its label has one line of printable letters of at most that length."""
    said = label_text(text, longest)
    assert len(said.replace(r"\$", "$")) <= longest
    assert said.isprintable()
    assert text_width(said) <= longest


def test_a_long_label_keeps_both_ends():
    """The middle is left out: file names differ at their ends."""
    said = label_text("a/very/long/path/to/some/of/the/recordings/person_01.wav")
    assert said.startswith("a/very")
    assert said.endswith("person_01.wav")
    assert len(said) == MAX_NAME_CHARS


@settings(max_examples=examples(25))
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_text_can_be_drawn(text):
    """No label of any script makes drawing warn or fail: warnings are errors in these tests."""
    figure = Figure(figsize=(3, 1))
    ax = figure.subplots()
    ax.plot([0, 1], label=f"line {label_text(text)}")
    ax.legend(title=label_text(text))
    ax.set_yticks([0], [label_text(text)])
    ax.text(0, 0, label_text(text))
    set_fallback_fonts(ax)
    figure.canvas.draw_idle()
    figure.savefig(_Nowhere(), format="png", dpi=30)


@pytest.mark.parametrize("text", ["$x^2$", "cost $5", "a_b^c", "$$", "$\\frac", "<b>bold</b>", "a$b$c"])
def test_nothing_in_a_label_is_markup(text):
    """Dollars, underscores and tags are letters like others."""
    figure = Figure(figsize=(3, 1))
    ax = figure.subplots()
    drawn = ax.text(0, 0, label_text(text))
    figure.savefig(_Nowhere(), format="png", dpi=30)
    shown, mathematical = drawn._preprocess_math(drawn.get_text())
    assert (shown, bool(mathematical)) == (text, False)


def test_letters_that_no_font_has_are_boxes(monkeypatch):
    """A letter that no font of the machine has becomes a box; the others stay."""
    monkeypatch.setattr("emotoolkit.plots.drawing.fonts._find_fallback_fonts", lambda letters: ((), letters))
    ax = Figure().subplots()
    ax.set_yticks([0], [label_text("ab数")])
    ax.set_title(label_text("数"), loc="left")
    set_fallback_fonts(ax)
    assert y_names(ax) == [f"ab{MISSING_GLYPH}"]
    assert ax.get_title(loc="left") == MISSING_GLYPH


def test_a_font_of_the_machine_helps_out():
    """A letter that the usual font lacks is taken from another one that is installed, before the boxes."""
    letter = "\N{MATHEMATICAL SCRIPT CAPITAL A}"
    ax = Figure().subplots()
    ax.set_title(label_text(f"{letter}a"), loc="left")
    set_fallback_fonts(ax)
    text = ax._left_title
    assert text.get_text() in {f"{letter}a", f"{MISSING_GLYPH}a"}
    assert text.get_text().startswith(MISSING_GLYPH) or len(text.get_fontfamily()) > 1


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data):
        return len(data)

    def flush(self):
        pass
