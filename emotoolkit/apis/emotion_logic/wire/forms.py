"""The forms in which a message may come: with its envelope or without, as objects or lists, as JSON text. No I/O.

The specification shows no message in text (contract page §3.2), and a container may be updated in the middle of a
study. So a client takes every form whose meaning is plain, and leaves the others to be kept as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.message_text import parsed
from emotoolkit.apis.emotion_logic.wire.messages import is_success

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "cells_of",
    "channel_number",
    "envelope",
    "is_refusal",
    "parsed",
    "payload",
    "positions",
    "rows_of",
]

ROW_FIELDS = ("channels", "data", "rows")
"""Fields that have rows: one per channel, or, as in a report (§7.3), one after another."""


NO_ROW: tuple[Any, ...] = (None, "", [], {})
"""A channel in which nothing has ended (§3.2)."""


def envelope(value: Any) -> Any:
    """Take a message out of JSON text, and out of a list that has nothing else in it."""
    value = parsed(value)
    return parsed(value[0]) if isinstance(value, list) and len(value) == 1 else value


def is_refusal(value: Mapping[str, Any]) -> bool:
    """Whether a message says that something failed: by `success`, or, without that, by an error alone.

    Examples
    --------
    >>> is_refusal({"success": "false"}), is_refusal({"success": True, "error": ""}), is_refusal({"errorCode": 9})
    (True, False, True)
    """
    if "success" not in value:
        return "data" not in value and bool(value.get("error") or value.get("errorCode"))
    return not is_success(value["success"])


def payload(value: Any) -> Any:
    """Return the data of a message: what its envelope holds, or itself if it has none, and no text if that is JSON.

    Raises
    ------
    TypeError, ValueError
        There is none.

    Examples
    --------
    >>> payload({"success": True, "data": {"done": False}}), payload({"done": False}), payload({"data": "[[1, 2]]"})
    ({'done': False}, {'done': False}, [[1, 2]])
    """
    if not isinstance(value, dict):
        raise TypeError("no object")
    has_envelope = "success" in value or value.keys() == {"data"}
    if has_envelope and "data" in value:
        data = parsed(value["data"])
    else:
        data = {name: each for name, each in value.items() if name != "success"}
    while isinstance(data, dict) and data.keys() == {"data"} and isinstance(parsed(data["data"]), dict):
        data = parsed(data["data"])
    if data is None or ("success" not in value and not data) or (data == {} and "data" not in value):
        raise ValueError("no data")
    return data


def cells_of(data: Mapping[str, Any]) -> Any:
    """Return the rows of a table, of whatever name; None if it has none."""
    return next((parsed(data[name]) for name in ROW_FIELDS if data.get(name) is not None), None)


def positions(headers: Any) -> dict[str, int]:
    """Read the position of each column: from an object, from a list of names, or from one of objects with names.

    Examples
    --------
    >>> positions({" energy ": "1"}), positions(["startPosSec", "endPosSec"])
    ({'energy': 1}, {'startPosSec': 0, 'endPosSec': 1})
    """
    headers = parsed(headers)
    if isinstance(headers, dict):
        return {name.strip(): int(place) for name, place in headers.items()}
    named = [each["name"] if isinstance(each, dict) else each for each in headers or ()]
    return {name.strip(): place for place, name in enumerate(named)}


def channel_number(name: int | str, place: int) -> int:
    """Read a channel's number from the end of its name, such as "channel-1"; else it is its place.

    Examples
    --------
    >>> channel_number("1", 0), channel_number("channel-1", 0), channel_number("agent-20260101", 1)
    (1, 1, 1)
    """
    digits = re.search(r"(?<![0-9])[0-9]{1,3}\Z", str(name))
    return int(digits[0]) if digits else place


def rows_of(channel: Any) -> Iterator[Any]:
    """Yield the rows of a channel, which are mostly one: lists of cells, or objects by column."""
    channel = parsed(channel)
    several = isinstance(channel, list) and channel and all(isinstance(parsed(each), list | dict) for each in channel)
    yield from (channel if several else () if channel in NO_ROW else [channel])
