"""Compare paths of recordings from their ends, since a dataset may have moved. Pure."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Protocol

__all__ = ["count_common_parts", "is_other_recording"]

TOLERANCE_S = 0.5
"""Seconds by which two durations of one recording may differ: headers are not always exact."""


class NamedMedia(Protocol):
    """A recording, or a replay of one."""

    @property
    def file(self) -> str:
        """The path as it was given."""

    @property
    def duration(self) -> float:
        """Length in seconds."""


def count_common_parts(one: str, other: str) -> int:
    r"""Count the parts that two paths have in common, from the end; slashes and backslashes are equivalent.

    Examples
    --------
    >>> count_common_parts("corpus/eva/t.wav", r"D:\eva\t.wav")
    2
    >>> count_common_parts("eva/t.wav", "tom/t.wav"), count_common_parts("t.wav", "s.wav")
    (1, 0)
    """
    pairs = zip(reversed(_path_parts(one)), reversed(_path_parts(other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def is_other_recording(one: NamedMedia, other: NamedMedia) -> bool:
    """Whether two are different recordings: their names differ, or both their folders and their durations.

    One common folder is enough: a dataset may have moved, and a replay of a clip is shorter than its file.
    """
    common = count_common_parts(one.file, other.file)
    other_folder = common < min(2, len(_path_parts(one.file)), len(_path_parts(other.file)))
    return common == 0 or (other_folder and abs(one.duration - other.duration) > TOLERANCE_S)


def _path_parts(path: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
