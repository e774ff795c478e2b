"""What is said below a table of which only the first rows are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sized

__all__ = ["more_rows", "more_rows_html"]


def more_rows(table: Sized, shown: int) -> str:
    """Say how many rows there are besides the first; "" if there are none.

    Examples
    --------
    >>> more_rows(range(18), 12)
    '… 6 more rows'
    """
    more = len(table) - shown
    return f"… {more} more {'row' if more == 1 else 'rows'}" if more > 0 else ""


def more_rows_html(table: Sized, shown: int) -> str:
    """Say the same in a paragraph of HTML."""
    text = more_rows(table, shown)
    return text and f"<p>{text}</p>"
