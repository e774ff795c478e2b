"""Whether two paths mean one recording: judged from the end, since a dataset may have moved in between. Pure."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Protocol

__all__ = ["of_another", "shared"]

TOLERANCE = 0.5
"""Seconds by which the lengths of one recording may differ, when headers tell it differently."""


class Named(Protocol):
    """A recording, or a replay of one."""

    @property
    def file(self) -> str:
        """The path as it was given."""

    @property
    def duration(self) -> float:
        """Length in seconds."""


def shared(one: str, other: str) -> int:
    r"""Count the parts that two paths have in common, from the end; whichever slashes are between them.

    Examples
    --------
    >>> shared("corpus/eva/t.wav", r"D:\eva\t.wav"), shared("eva/t.wav", "tom/t.wav"), shared("t.wav", "s.wav")
    (2, 1, 0)
    """
    pairs = zip(reversed(_parts(one)), reversed(_parts(other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def of_another(one: Named, other: Named) -> bool:
    """Whether two are of different recordings: of another name, or in other folders and not of the same length.

    One folder of the same name is enough: a dataset may have moved, and a replay of a clip is shorter than its file.
    """
    common = shared(one.file, other.file)
    elsewhere = common < min(2, len(_parts(one.file)), len(_parts(other.file)))
    return common == 0 or (elsewhere and abs(one.duration - other.duration) > TOLERANCE)


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
