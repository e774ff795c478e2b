"""Colours of labels: a pure function of the name, so that a label has the same colour in every plot."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["PALETTE", "colour"]

PALETTE = ("#8986fb", "#4a5ea2", "#0d9ec4", "#885265", "#909686", "#ae910a", "#0d7cd3", "#ac6592", "#c3624e", "#9f480a")
"""Ten colours, found by a search: each has a contrast of at least 3:1 on white and on black, and no two are nearer
than 0.07 in OKLab, with full colour vision, protanopia or deuteranopia. The tests of this module check it."""

SALT = b"85696"
"""Chosen so that Interhuman's ten signals get ten colours, and so do its states and scores among themselves."""


def colour(label: str) -> str:
    """Return the colour of a label: the same in every plot, whatever else is drawn.

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
