"""Opacity of a signal by its probability: the same in plots, in cards and in live views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["OPACITY_BY_PROBABILITY", "opacities", "opacity"]

OPACITY_BY_PROBABILITY = {"low": 0.3, "medium": 0.6, "high": 0.95}
"""The fuller the more probable."""

UNKNOWN_OPACITY = 0.0
"""Opacity where no probability is given: only the edge is drawn."""


def opacity(probability: object) -> float:
    """Return the opacity of a signal's bar, from 0 to 1.

    Parameters
    ----------
    probability : object
        "low", "medium" or "high"; anything else, such as None or NaN, is no probability.

    Examples
    --------
    >>> opacity("low"), opacity("high"), opacity(None)
    (0.3, 0.95, 0.0)
    """
    return OPACITY_BY_PROBABILITY.get(probability, UNKNOWN_OPACITY) if isinstance(probability, str) else UNKNOWN_OPACITY


def opacities(probabilities: Iterable[object]) -> NDArray[np.float64]:
    """Return the opacity of each of several bars.

    Examples
    --------
    >>> opacities(["medium", None]).tolist()
    [0.6, 0.0]
    """
    return np.array([opacity(each) for each in probabilities], np.float64)
