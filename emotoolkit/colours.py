"""Colours of labels: a pure function of the name, so that a label looks the same in every plot of every notebook."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["PALETTE", "colour"]

PALETTE = ("#ac6592", "#885265", "#0d9ec4", "#9f480a", "#909686", "#ae910a", "#4a5ea2", "#0d7cd3", "#c3624e", "#8986fb")
"""Ten colours, found by a search over sRGB: each has a contrast of 3:1 on white and on black paper, and no two come nearer
than 0.07 in OKLab to a reader with full colour vision, protanopia or deuteranopia. The laws are in the colours' tests."""

SALT = b"85696"
"""Chosen so that Interhuman's ten signals get ten colours, and so do its states and scores among themselves."""


def colour(label: str) -> str:
    """Give the colour of a label: the same in every plot, whatever else is drawn.

    Parameters
    ----------
    label : str
        Name of a parameter, a signal, a state or a score.

    Returns
    -------
    str
        One of ten colours, as ``#rrggbb``.

    Examples
    --------
    >>> colour("agreement") == colour("agreement"), colour("agreement") == colour("confusion")
    (True, False)
    """
    return PALETTE[int.from_bytes(blake2b(label.encode(), digest_size=4, salt=SALT).digest(), "big") % len(PALETTE)]
