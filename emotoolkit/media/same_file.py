"""Whether two paths mean one recording: judged from the end, since a dataset may have moved in between. Pure."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Protocol

__all__ = ["count_common_parts", "is_other_recording"]

TOLERANCE_S = 0.5
"""Seconds by which the lengths of one recording may differ, when headers tell it differently."""


class NamedMedia(Protocol):
    """A recording, or a replay of one."""

    @property
    def file(self) -> str:
        """The path as it was given."""

    @property
    def duration(self) -> float:
        """Length in seconds."""


def count_common_parts(one: str, other: str) -> int:
    r"""Count the parts that two paths have in common, from the end; whichever slashes are between them.

    Examples
    --------
    >>> count_common_parts("corpus/eva/t.wav", r"D:\eva\t.wav"), count_common_parts("eva/t.wav", "tom/t.wav"), count_common_parts("t.wav", "s.wav")
    (2, 1, 0)
    """
    pairs = zip(reversed(_path_parts(one)), reversed(_path_parts(other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def is_other_recording(one: NamedMedia, other: NamedMedia) -> bool:
    """Whether two are of different recordings: of another name, or in other folders and not of the same length.

    One folder of the same name is enough: a dataset may have moved, and a replay of a clip is shorter than its file.
    """
    common = count_common_parts(one.file, other.file)
    elsewhere = common < min(2, len(_path_parts(one.file)), len(_path_parts(other.file)))
    return common == 0 or (elsewhere and abs(one.duration - other.duration) > TOLERANCE_S)


def _path_parts(path: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
