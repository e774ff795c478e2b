"""Colours of labels: a pure function of the name, so that a label looks the same in every plot of every notebook."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["PALETTE", "colour"]

PALETTE = ("#b9ac70", "#ffa90e", "#3f90da", "#e76300", "#94a4a2", "#832db6", "#bd1f01", "#a96b59", "#717581", "#92dadd")
"""Ten colours that people with any colour vision tell apart: M. A. Petroff, arXiv:2107.02270."""

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
