"""Tables of plain arrays: dataclasses whose fields are columns of the same length."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["concatenate", "take_rows"]

T = TypeVar("T")


def concatenate(parts: Sequence[T]) -> T:
    """Concatenate the rows of the parts, of which there is at least one."""
    if len(parts) == 1:
        return parts[0]
    kind = type(parts[0])
    return kind(**{each: np.concatenate([getattr(part, each) for part in parts]) for each in _field_names(kind)})


def take_rows(table: T, rows: NDArray[Any]) -> T:
    """Select rows, in the given order."""
    kind = type(table)
    return kind(**{each: getattr(table, each)[rows] for each in _field_names(kind)})


def _field_names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]
