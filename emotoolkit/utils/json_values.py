"""Values that JSON can hold, and type checks of those that were read."""

from __future__ import annotations

import math
from typing import TypeGuard

__all__ = ["finite_or_none", "is_text_list"]


def finite_or_none(number: float) -> float | None:
    """Replace infinity and NaN, which JSON does not have, by None.

    Examples
    --------
    >>> finite_or_none(1.5), finite_or_none(math.inf), finite_or_none(math.nan)
    (1.5, None, None)
    """
    return number if math.isfinite(number) else None


def is_text_list(value: object) -> TypeGuard[list[str]]:
    """Whether a value is a list of strings only.

    Examples
    --------
    >>> is_text_list(["a", "b"]), is_text_list([]), is_text_list("ab"), is_text_list(["a", 1])
    (True, True, False, False)
    """
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
