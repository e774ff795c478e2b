"""Text that goes through formats which cannot hold all of it: percent signs stand for what a format would lose.

Only what would be lost is written so; ordinary words of any script stay as they are. `Salam = 3` is how a label and its
number stand in one text.
"""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

__all__ = ["escape", "format_label", "format_number", "parse_label", "parse_number", "unescape"]

EMPTY_TEXT = "%-"
"""The empty text, where nothing would mean that there is no label."""

UNSAFE_PATTERN = (
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"  # not in XML, or the end of a line for some
    r"|^\s|\s$"  # most programs strip
    r"|%(?=[0-9A-Fa-f]{2}|-)"  # what looks like a quotation
)

LABEL_PATTERN = re.compile(r"(?P<label>.*?)(?: = (?P<number>[-+0-9.einfa]+))?", re.DOTALL)


def escape(text: str, extra_pattern: str = "") -> str:
    r"""Write a text so that any format of lines holds it.

    Parameters
    ----------
    text : str
        Any text.
    also : str
        Regular expression of what else is to be written with percent signs.

    Examples
    --------
    >>> escape("سلام"), escape("two\nlines"), escape("50 % of 1"), escape("")
    ('سلام', 'two%0Alines', '50 % of 1', '%-')
    """
    whole = f"{UNSAFE_PATTERN}|{extra_pattern}" if extra_pattern else UNSAFE_PATTERN
    return re.sub(whole, lambda found: _percent_encode(found[0]), text) or EMPTY_TEXT


def unescape(text: str) -> str:
    r"""Read what `escape` has written.

    Examples
    --------
    >>> unescape("two%0Alines")
    'two\nlines'
    """
    return "" if text == EMPTY_TEXT else unquote(text)


def format_label(label: str, value: float, extra_pattern: str = "") -> str:
    """Write a label with its number, or without where it has none (NaN).

    Examples
    --------
    >>> format_label("interest", 3.0), format_label("engaged", float("nan"))
    ('interest = 3', 'engaged')
    """
    plain = escape(label, r"(?<= )=(?= )|^=(?= )" + (f"|{extra_pattern}" if extra_pattern else ""))
    return plain if math.isnan(value) else f"{plain} = {format_number(value)}"


def parse_label(text: str) -> tuple[str, float]:
    """Read what `format_label` has written: the label, and its number or NaN."""
    found = LABEL_PATTERN.fullmatch(text)
    value = math.nan if found is None or found["number"] is None else parse_number(found["number"])
    if found is None or (found["number"] is not None and math.isnan(value)):
        return unescape(text), math.nan
    return unescape(found["label"]), value


def format_number(value: float) -> str:
    """Write a number: the shortest text that reads as exactly this number.

    Examples
    --------
    >>> format_number(3.0), format_number(0.1), format_number(float("nan"))
    ('3', '0.1', 'nan')
    """
    return repr(float(value)).removesuffix(".0")


def parse_number(text: str) -> float:
    """Read a number; NaN if the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _percent_encode(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
