"""Text that goes through formats which cannot hold all of it: percent signs stand for what a format would lose.

Only what would be lost is written so; ordinary words of any script stay as they are. `Salam = 3` is how a label and its
number stand in one text.
"""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

__all__ = ["heard", "number", "quoted", "said", "text_of", "unquoted"]

EMPTY = "%-"
"""The empty text, where nothing would mean that there is no label."""

AWKWARD = (
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"  # not in XML, or the end of a line for some
    r"|^\s|\s$"  # most programs strip
    r"|%(?=[0-9A-Fa-f]{2}|-)"  # what looks like a quotation
)

SAID = re.compile(r"(?P<label>.*?)(?: = (?P<number>[-+0-9.einfa]+))?", re.DOTALL)


def quoted(text: str, also: str = "") -> str:
    r"""Write a text so that any format of lines holds it.

    Parameters
    ----------
    text : str
        Any text.
    also : str
        Regular expression of what else is to be written with percent signs.

    Examples
    --------
    >>> quoted("سلام"), quoted("two\nlines"), quoted("50 % of 1"), quoted("")
    ('سلام', 'two%0Alines', '50 % of 1', '%-')
    """
    whole = f"{AWKWARD}|{also}" if also else AWKWARD
    return re.sub(whole, lambda found: _percent(found[0]), text) or EMPTY


def unquoted(text: str) -> str:
    r"""Read what `quoted` has written.

    Examples
    --------
    >>> unquoted("two%0Alines")
    'two\nlines'
    """
    return "" if text == EMPTY else unquote(text)


def said(label: str, value: float, also: str = "") -> str:
    """Write a label with its number, or without where it has none (NaN).

    Examples
    --------
    >>> said("interest", 3.0), said("engaged", float("nan"))
    ('interest = 3', 'engaged')
    """
    plain = quoted(label, r"(?<= )=(?= )|^=(?= )" + (f"|{also}" if also else ""))
    return plain if math.isnan(value) else f"{plain} = {text_of(value)}"


def heard(text: str) -> tuple[str, float]:
    """Read what `said` has written: the label, and its number or NaN."""
    found = SAID.fullmatch(text)
    value = math.nan if found is None or found["number"] is None else number(found["number"])
    if found is None or (found["number"] is not None and math.isnan(value)):
        return unquoted(text), math.nan
    return unquoted(found["label"]), value


def text_of(value: float) -> str:
    """Write a number: the shortest text that reads as exactly this number.

    Examples
    --------
    >>> text_of(3.0), text_of(0.1), text_of(float("nan"))
    ('3', '0.1', 'nan')
    """
    return repr(float(value)).removesuffix(".0")


def number(text: str) -> float:
    """Read a number; NaN if the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
