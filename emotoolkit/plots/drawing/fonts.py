"""Text in plots: labels of any length and script, shortened, and with fonts that have their letters.

Labels are data: nothing in them is markup. Fonts are looked for only where a text has letters that the notebook's own
font lacks. Letters that no installed font has become □, so that no label makes a plot warn or fail.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["label_text", "set_fallback_fonts", "text_width", "y_names"]

MAX_NAME_CHARS = 32
"""Letters of a name in a plot, at most; longer ones lose their middle."""

EMPTY_NAME = "–"

MISSING_GLYPH = "□"

LAST_RESORT_PREFIX = "Last Resort"
"""Start of the names of fonts that draw the name of a letter's script in place of the letter."""


def label_text(text: str, max_chars: int = MAX_NAME_CHARS) -> str:
    r"""Return a label as one line of text that matplotlib takes literally, its middle left out where it is too long.

    Examples
    --------
    >>> label_text("cost in $\n(net)"), label_text("a" * 20 + "b" * 20, max_chars=9)
    ('cost in \\$ (net)', 'aaaa…bbbb')
    """
    line = " ".join("".join(each if each.isprintable() else " " for each in str(text)).split())
    if not line:
        return EMPTY_NAME
    if line.startswith("_"):
        line = f" {line}"  # matplotlib hides labels that begin with an underscore
    if len(line) > max_chars:
        line = line[: max_chars // 2] + "…" + line[len(line) - (max_chars - 1) // 2 :]
    return line.replace("$", r"\$")


def text_width(text: str) -> float:
    """Estimate the width of a line of text in ems: wide letters, such as Chinese ones, count one, the others less.

    Examples
    --------
    >>> text_width("abc") < text_width("三文字") == 3
    True
    """
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62 for letter in text.replace(r"\$", "$"))


def set_fallback_fonts(ax: Axes) -> None:
    """Set fonts that have the letters of all texts that this package writes into axes."""
    from matplotlib import rcParams

    missing = {letter for text in _axes_texts(ax) for letter in text.get_text()}
    named = y_names(ax)
    missing = (missing | {letter for each in named for letter in each}) - _font_letters(_default_font_path())
    if not missing:
        return
    families, unknown = _find_fallback_fonts(frozenset(missing))
    fonts = [*rcParams["font.family"], *families]
    blanks = str.maketrans(dict.fromkeys(unknown, MISSING_GLYPH))
    for text in _axes_texts(ax):
        text.set_text(text.get_text().translate(blanks))
        text.set_fontfamily(fonts)
    if named:
        ax.set_yticks(ax.get_yticks(), [each.translate(blanks) for each in named], fontfamily=fonts)


def y_names(ax: Axes) -> list[str]:
    """Return the names along y where names stand in place of a scale."""
    from matplotlib.ticker import FuncFormatter

    if not isinstance(ax.yaxis.get_major_formatter(), FuncFormatter):
        return []
    return [text.get_text() for text in ax.get_yticklabels()]


def _axes_texts(ax: Axes) -> list[Text]:
    legend = ax.get_legend()
    legend_texts = [] if legend is None else [legend.get_title(), *legend.get_texts()]
    # Only the left title is ever set here; matplotlib has no public name for it.
    return [*ax.texts, *legend_texts, ax._left_title]  # type: ignore[attr-defined]  # noqa: SLF001


def _default_font_path() -> str:
    from matplotlib.font_manager import FontProperties, findfont

    return str(findfont(FontProperties()))


@lru_cache(maxsize=64)
def _font_letters(path: str) -> frozenset[str]:
    from matplotlib.font_manager import get_font

    return frozenset({"\n", *map(chr, get_font(path).get_charmap())})


@lru_cache(maxsize=64)
def _find_fallback_fonts(letters: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return installed families that have these letters, by name, and the letters that none has."""
    families: list[str] = []
    for family, path in sorted(_regular_fonts()):
        if letters & _font_letters(path):
            families.append(family)
            letters -= _font_letters(path)
        if not letters:
            break
    return tuple(families), letters


def _regular_fonts() -> Iterable[tuple[str, str]]:
    from matplotlib.font_manager import fontManager

    for font in fontManager.ttflist:
        regular = font.style == "normal" and str(font.weight) in {"400", "normal"}
        if regular and not font.name.startswith(LAST_RESORT_PREFIX):
            yield font.name, font.fname
