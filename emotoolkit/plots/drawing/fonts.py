"""Lettering: names of any length and script, written as they are. Labels are data: nothing in them is markup.

Fonts are looked for only where a text has letters that the notebook's own font lacks. Letters that no font of the
machine has become □, so that a plot never warns or fails for what somebody called a label.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["legible", "names", "plain", "width"]

LONGEST = 32
"""Letters of a name in a plot, at most; longer ones lose their middle."""

NAMELESS = "–"

UNKNOWN = "□"

LAST_RESORT = "Last Resort"
"""The beginning of the name of fonts that draw the name of a letter's script in place of the letter."""


def plain(text: str, longest: int = LONGEST) -> str:
    r"""Give a label as text on one line that matplotlib reads literally, its middle left out where it is too long.

    Examples
    --------
    >>> plain("cost in $\n(net)"), plain("a" * 20 + "b" * 20, longest=9)
    ('cost in \\$ (net)', 'aaaa…bbbb')
    """
    line = " ".join("".join(each if each.isprintable() else " " for each in str(text)).split())
    if not line:
        return NAMELESS
    if line.startswith("_"):
        line = f" {line}"  # matplotlib hides what begins with an underscore
    if len(line) > longest:
        line = line[: longest // 2] + "…" + line[len(line) - (longest - 1) // 2 :]
    return line.replace("$", r"\$")


def width(text: str) -> float:
    """Give how wide a line of text is, about, in ems: wide letters, as of Chinese, count one, the others less.

    Examples
    --------
    >>> width("abc") < width("三文字") == 3
    True
    """
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62 for letter in text.replace(r"\$", "$"))


def legible(ax: Axes) -> None:
    """Give every text of ours in axes a font that has its letters."""
    from matplotlib import rcParams

    missing = {letter for text in _texts(ax) for letter in text.get_text()}
    named = names(ax)
    missing = (missing | {letter for each in named for letter in each}) - _letters(_own_font())
    if not missing:
        return
    families, unknown = _found(frozenset(missing))
    fonts = [*rcParams["font.family"], *families]
    blanks = str.maketrans(dict.fromkeys(unknown, UNKNOWN))
    for text in _texts(ax):
        text.set_text(text.get_text().translate(blanks))
        text.set_fontfamily(fonts)
    if named:
        ax.set_yticks(ax.get_yticks(), [each.translate(blanks) for each in named], fontfamily=fonts)


def names(ax: Axes) -> list[str]:
    """Give what is written beside axes where names stand in place of a scale."""
    from matplotlib.ticker import FuncFormatter

    if not isinstance(ax.yaxis.get_major_formatter(), FuncFormatter):
        return []
    return [text.get_text() for text in ax.get_yticklabels()]


def _texts(ax: Axes) -> list[Text]:
    legend = ax.get_legend()
    said = [] if legend is None else [legend.get_title(), *legend.get_texts()]
    # The title on the left is the only one that we write; matplotlib has no public name for it.
    return [*ax.texts, *said, ax._left_title]  # type: ignore[attr-defined]  # noqa: SLF001


def _own_font() -> str:
    from matplotlib.font_manager import FontProperties, findfont

    return str(findfont(FontProperties()))


@lru_cache(maxsize=64)
def _letters(path: str) -> frozenset[str]:
    from matplotlib.font_manager import get_font

    return frozenset({"\n", *map(chr, get_font(path).get_charmap())})


@lru_cache(maxsize=64)
def _found(letters: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the installed families that have these letters, most of them first, and the letters that none has."""
    families: list[str] = []
    for family, path in sorted(_regular_fonts()):
        if letters & _letters(path):
            families.append(family)
            letters -= _letters(path)
        if not letters:
            break
    return tuple(families), letters


def _regular_fonts() -> Iterable[tuple[str, str]]:
    from matplotlib.font_manager import fontManager

    for font in fontManager.ttflist:
        regular = font.style == "normal" and str(font.weight) in {"400", "normal"}
        if regular and not font.name.startswith(LAST_RESORT):
            yield font.name, font.fname
