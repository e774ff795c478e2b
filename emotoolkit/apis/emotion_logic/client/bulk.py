"""Rows of numbers, read together: into one table, without an event and a dictionary for each.

This holds for replays whose segments are rows of numbers, or nothing in a number's place, under the same columns
throughout; any other is left to `messages`. Section numbers refer to the contract page.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder as Reader

from emotoolkit.apis.base.events import Step
from emotoolkit.apis.base.message_text import LONGEST
from emotoolkit.apis.base.result_columns import Cells, Said
from emotoolkit.apis.emotion_logic.wire.messages import ANALYSIS, FILE, LARGEST, POSITION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.result_columns import Messages
    from emotoolkit.apis.emotion_logic.wire.messages import Decoder

    Row = list[float | None]

__all__ = ["read"]

AT_ONCE = 1 << 10
"""Rows that become numbers of a table at once: few enough for the processor's cache."""


class Data(Struct, gc=False):
    """Finished segments by channel, and where in a row each column stands, which is not said every time (§3.2)."""

    done: bool | None = None
    headers: dict[str, int] | None = None
    headersPositions: dict[str, int] | None = None  # noqa: N815 - the wire's own
    channels: list[list[float | None] | None] | None = None


class Analysis(Struct, gc=False):
    """What is around it."""

    success: bool
    data: Data


_READER: Reader[tuple[Literal["audio-analysis"], Analysis]] = Reader(tuple[Literal["audio-analysis"], Analysis])


class _Unusual(Exception):
    """What came cannot be read together."""


def read(said: Messages, decoders: Mapping[int, Decoder]) -> Said | None:
    """Read a replay's messages; None where they have to be read one after another.

    Parameters
    ----------
    said : Messages
        Of all sessions.
    decoders : mapping of int to Decoder
        One for each session, new: they read what is no row of numbers.
    """
    found = _Found(said, decoders)
    try:
        cells = found.cells()
    except _Unusual:
        return None
    return Said({} if cells is None else {"segments": cells}, found.rest)


class _Found:
    """What has been found up to now: columns, which sessions know of them, and the messages that are no rows."""

    def __init__(self, said: Messages, decoders: Mapping[int, Decoder]) -> None:
        self._said = said
        self._decoders = decoders
        self._columns: dict[str, int] = {}
        self._told: set[int] = set()
        self._places: list[int] = []
        self._numbers: list[int] = []
        self.rest: list[tuple[int, Event]] = []

    def cells(self) -> Cells | None:
        """Read all messages; None if there is no row in them."""
        rows, blocks = self._rows(), []
        while block := list(islice(rows, AT_ONCE)):
            blocks.append(_numbers(block))
        if not blocks:
            return None
        if len({block.shape[1] for block in blocks}) > 1:
            raise _Unusual
        return self._cells(np.concatenate(blocks))

    def _rows(self) -> Iterator[Row]:
        for place, (session, raw) in enumerate(zip(self._said.session.tolist(), self._said.raws, strict=True)):
            try:
                _, analysis = _READER.decode(raw)
            except (RecursionError, ValueError):
                self._other(place, self._decoders[session].decode(raw))
                continue
            if not analysis.success:
                raise _Unusual
            data = analysis.data
            if data.channels is None and data.done is not False:
                self._check_empty(session, raw)
            self._hear_columns(session, data.headers or data.headersPositions)
            for number, row in enumerate(data.channels or ()):
                if row:
                    if session not in self._told:
                        raise _Unusual
                    self._places.append(place)
                    self._numbers.append(number)
                    yield row

    def _check_empty(self, session: int, raw: str) -> None:
        """Look closer at what has no rows, and does not say that there are none yet."""
        if not isinstance(self._decoders[session].decode(raw), Step):
            raise _Unusual

    def _other(self, place: int, event: Event) -> None:
        if event.kind in (ANALYSIS, FILE):
            raise _Unusual
        self.rest.append((place, event))

    def _hear_columns(self, session: int, headers: Mapping[str, int] | None) -> None:
        if not headers:
            return
        columns = {name.strip(): position for name, position in headers.items()}
        if self._columns and list(self._columns.items()) != list(columns.items()):
            raise _Unusual
        self._columns = columns
        self._told.add(session)

    def _cells(self, values: NDArray[np.float64]) -> Cells:
        columns, places = self._columns, np.array(self._places, np.int64)
        at = np.array(list(columns.values()), np.int64)
        known = {"startPosSec", "endPosSec"} <= columns.keys() and ((at >= 0) & (at < values.shape[1])).all()
        if not known or (np.abs(values) >= LARGEST).any():  # which whole number it was is not known
            raise _Unusual
        start, end = (values[:, columns[name]] for name in ("startPosSec", "endPosSec"))
        if not ((np.abs(start) <= LONGEST) & (np.abs(end) <= LONGEST)).all():  # nor is anything that is missing
            raise _Unusual
        names = [name for name in columns if name not in POSITION_COLUMNS]
        session, begin = self._said.session[places], self._said.begin[places]
        channel = self._channels(values[:, columns["channel"]] if "channel" in columns else None, session)
        cells = values[:, [columns[name] for name in names]]
        if "index" in names:
            index = cells[:, names.index("index")]
            index[index != np.floor(index)] = np.nan
        return Cells(tuple(names), session, channel, start + begin, end + begin, cells)

    def _channels(self, cells: NDArray[np.float64] | None, sessions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each row's channel: that of its session, where this has but one, else its own, else its place's."""
        numbers = np.array(self._numbers, np.int64)
        if cells is not None:
            numbers = np.where(np.isin(cells, (0, 1)), cells, numbers).astype(np.int64)
        for session, decoder in self._decoders.items():
            if decoder.channel is not None:
                numbers[sessions == session] = decoder.channel
        return numbers


def _numbers(rows: list[Row]) -> NDArray[np.float64]:
    try:
        return np.array(rows, float)
    except ValueError:  # not all are as long
        raise _Unusual from None
