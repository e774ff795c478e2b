"""Checks of the arguments of public functions: a wrong kind of object raises `WrongKind`, which says what to pass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.errors import WrongKind
from emotoolkit.media.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["as_recording", "check_replays", "check_results", "check_table"]


def as_recording(value: object, function: str) -> Recording:
    """Return a recording as it is, or open the one at a path.

    Raises
    ------
    WrongKind
        The value is neither a recording nor a path.
    """
    if isinstance(value, Recording):
        return value
    if isinstance(value, str | os.PathLike):
        return Recording(value)
    raise WrongKind(
        function=function, wanted="a Recording or a path", kind=_kind_name(value), instead='emo.Recording("talk.wav")'
    )


def check_replays(values: Iterable[object], function: str) -> None:
    """Raise `WrongKind` unless all values are Replays."""
    for value in values:
        if isinstance(value, pd.DataFrame) or not hasattr(value, "segments"):
            raise WrongKind(
                function=function,
                wanted="Replays",
                kind=_kind_name(value),
                instead="voice = emo.replay(talk, emo.EmotionLogic())",
            )


def check_results(values: Iterable[object], function: str) -> None:
    """Raise `WrongKind` unless all values have result tables, as a Replay and a Run have."""
    for value in values:
        if not hasattr(value, "tracks"):
            raise WrongKind(
                function=function,
                wanted="a Replay, a Run or a list of them",
                kind=_kind_name(value),
                instead="the replay",
            )


def check_table(value: object, function: str, table: str, levels: Sequence[str] = ("start", "end")) -> None:
    """Raise `WrongKind` unless `value` is a table with these index levels.

    `table` is the attribute of a Replay that holds such a table, for the message.
    """
    if not isinstance(value, pd.DataFrame):
        raise WrongKind(function=function, wanted="a table", kind=_kind_name(value), instead=f"replay.{table}")
    missing = [level for level in levels if level not in value.index.names]
    if missing:
        raise WrongKind(
            function=function,
            wanted=f"a table with {', '.join(levels)} in its index",
            kind=f"one without {', '.join(missing)}",
            instead=f"replay.{table}, or table.set_index({list(levels)})",
        )


def _kind_name(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeio' else 'a'} {name}"
