"""Percent-encoding of text for formats that cannot hold all of it.

Only characters that a format would lose are encoded; ordinary words of any script stay as they are. A label and its
number in one text are `label = number`, such as `Salam = 3`.
"""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

__all__ = ["escape", "format_label", "format_number", "parse_label", "parse_number", "unescape"]

EMPTY_TEXT = "%-"
"""Stands for the empty text, which would mean that there is no label."""

UNSAFE_PATTERN = (
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"  # not in XML, or the end of a line for some
    r"|^\s|\s$"  # most programs strip it
    r"|%(?=[0-9A-Fa-f]{2}|-)"  # would be decoded
)

LABEL_PATTERN = re.compile(r"(?P<label>.*?)(?: = (?P<number>[-+0-9.einfa]+))?", re.DOTALL)


def escape(text: str, extra_pattern: str = "") -> str:
    r"""Encode a text so that any line-based format holds it.

    Parameters
    ----------
    text : str
        Any text.
    extra_pattern : str
        Regular expression of what else is to be encoded.

    Examples
    --------
    >>> escape("سلام"), escape("two\nlines"), escape("50 % of 1"), escape("")
    ('سلام', 'two%0Alines', '50 % of 1', '%-')
    """
    whole = f"{UNSAFE_PATTERN}|{extra_pattern}" if extra_pattern else UNSAFE_PATTERN
    return re.sub(whole, lambda found: _percent_encode(found[0]), text) or EMPTY_TEXT


def unescape(text: str) -> str:
    r"""Decode a text of `escape`.

    Examples
    --------
    >>> unescape("two%0Alines")
    'two\nlines'
    """
    return "" if text == EMPTY_TEXT else unquote(text)


def format_label(label: str, value: float, extra_pattern: str = "") -> str:
    """Return a label with its number as one text, or without where it has none (NaN).

    Examples
    --------
    >>> format_label("interest", 3.0), format_label("engaged", float("nan"))
    ('interest = 3', 'engaged')
    """
    plain = escape(label, r"(?<= )=(?= )|^=(?= )" + (f"|{extra_pattern}" if extra_pattern else ""))
    return plain if math.isnan(value) else f"{plain} = {format_number(value)}"


def parse_label(text: str) -> tuple[str, float]:
    """Return the label of a text of `format_label`, and its number or NaN."""
    found = LABEL_PATTERN.fullmatch(text)
    value = math.nan if found is None or found["number"] is None else parse_number(found["number"])
    if found is None or (found["number"] is not None and math.isnan(value)):
        return unescape(text), math.nan
    return unescape(found["label"]), value


def format_number(value: float) -> str:
    """Return the shortest text that is read as exactly this number.

    Examples
    --------
    >>> format_number(3.0), format_number(0.1), format_number(float("nan"))
    ('3', '0.1', 'nan')
    """
    return repr(float(value)).removesuffix(".0")


def parse_number(text: str) -> float:
    """Return the number in a text, or NaN if it is not one."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _percent_encode(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
