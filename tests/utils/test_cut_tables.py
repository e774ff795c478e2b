"""What is said below a table that is cut."""

import pytest

from emotoolkit.utils.cut_tables import more_rows, more_rows_html


@pytest.mark.parametrize(
    ("rows", "text"),
    [(0, ""), (11, ""), (12, ""), (13, "… 1 more row"), (14, "… 2 more rows"), (99, "… 87 more rows")],
)
def test_rows_that_are_left_out(rows, text):
    """They are counted; nothing is said of a whole table."""
    assert more_rows(range(rows), 12) == text
    assert more_rows_html(range(rows), 12) == (f"<p>{text}</p>" if text else "")
