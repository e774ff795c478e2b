"""Reads all segments of a replay into one table, without an event and a dictionary for each.

This works where all rows consist of numbers, or null in a number's place, under the same columns throughout; other
replays are left to `wire.decoder`. Section numbers refer to the contract page.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder as Reader

from emotoolkit.apis.base.events import Step
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S
from emotoolkit.apis.base.result_columns import ResultColumns, SegmentColumns
from emotoolkit.apis.emotion_logic.wire.decoder import MAX_EXACT_INT, POSITION_COLUMNS
from emotoolkit.apis.emotion_logic.wire.messages import ANALYSIS, FILE_ANALYSIS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.result_columns import MessageColumns
    from emotoolkit.apis.emotion_logic.wire.decoder import Decoder

    Row = list[float | None]

__all__ = ["read"]

BLOCK_ROWS = 1 << 10
"""Rows converted at once: few enough for the processor's cache."""


class AnalysisData(Struct, gc=False):
    """Finished segments by channel, and the position of each column, which not every message has (§3.2)."""

    done: bool | None = None
    headers: dict[str, int] | None = None
    headersPositions: dict[str, int] | None = None  # noqa: N815 - the wire's own
    channels: list[list[float | None] | None] | None = None


class AnalysisMessage(Struct, gc=False):
    """The envelope of `AnalysisData`."""

    success: bool
    data: AnalysisData


_ANALYSIS_DECODER: Reader[tuple[Literal["audio-analysis"], AnalysisMessage]] = Reader(
    tuple[Literal["audio-analysis"], AnalysisMessage]
)


class _NotTabular(Exception):
    """The messages cannot be read in bulk."""


def read(messages: MessageColumns, decoders: Mapping[int, Decoder]) -> ResultColumns | None:
    """Read a replay's messages; None where they have to be read one after another.

    Parameters
    ----------
    messages : MessageColumns
        Of all sessions.
    decoders : mapping of int to Decoder
        A new one for each session, for messages that are not rows of numbers.
    """
    reader = _BulkReader(messages, decoders)
    try:
        segments = reader.read_segments()
    except _NotTabular:
        return None
    return ResultColumns({} if segments is None else {"segments": segments}, reader.rest)


class _BulkReader:
    """State of the reading: the columns, the sessions that have announced them, and events of the other messages."""

    def __init__(self, messages: MessageColumns, decoders: Mapping[int, Decoder]) -> None:
        self._messages = messages
        self._decoders = decoders
        self._columns: dict[str, int] = {}
        self._sessions_with_columns: set[int] = set()
        self._message_indices: list[int] = []
        self._channel_numbers: list[int] = []
        self.rest: list[tuple[int, Event]] = []

    def read_segments(self) -> SegmentColumns | None:
        """Read all messages; None if they have no row."""
        rows, blocks = self._rows(), []
        while block := list(islice(rows, BLOCK_ROWS)):
            blocks.append(_to_array(block))
        if not blocks:
            return None
        if len({block.shape[1] for block in blocks}) > 1:
            raise _NotTabular
        return self._to_columns(np.concatenate(blocks))

    def _rows(self) -> Iterator[Row]:
        for place, (session, raw) in enumerate(zip(self._messages.session.tolist(), self._messages.raws, strict=True)):
            try:
                _, analysis = _ANALYSIS_DECODER.decode(raw)
            except (RecursionError, ValueError):
                self._keep_event(place, self._decoders[session].decode(raw))
                continue
            if not analysis.success:
                raise _NotTabular
            data = analysis.data
            if data.channels is None and data.done is not False:
                self._check_empty(session, raw)
            self._update_columns(session, data.headers or data.headersPositions)
            for number, row in enumerate(data.channels or ()):
                if row:
                    if session not in self._sessions_with_columns:
                        raise _NotTabular
                    self._message_indices.append(place)
                    self._channel_numbers.append(number)
                    yield row

    def _check_empty(self, session: int, raw: str) -> None:
        """Refuse a message without rows and without "not ready yet", unless the decoder reads it as a step."""
        if not isinstance(self._decoders[session].decode(raw), Step):
            raise _NotTabular

    def _keep_event(self, place: int, event: Event) -> None:
        if event.kind in (ANALYSIS, FILE_ANALYSIS):
            raise _NotTabular
        self.rest.append((place, event))

    def _update_columns(self, session: int, headers: Mapping[str, int] | None) -> None:
        if not headers:
            return
        columns = {name.strip(): position for name, position in headers.items()}
        if self._columns and list(self._columns.items()) != list(columns.items()):
            raise _NotTabular
        self._columns = columns
        self._sessions_with_columns.add(session)

    def _to_columns(self, values: NDArray[np.float64]) -> SegmentColumns:
        columns, places = self._columns, np.array(self._message_indices, np.int64)
        at = np.array(list(columns.values()), np.int64)
        known = {"startPosSec", "endPosSec"} <= columns.keys() and ((at >= 0) & (at < values.shape[1])).all()
        if not known or (np.abs(values) >= MAX_EXACT_INT).any():  # a number this large is not exact
            raise _NotTabular
        start, end = (values[:, columns[name]] for name in ("startPosSec", "endPosSec"))
        times = np.abs([start, end])
        if not (times <= MAX_MEDIA_TIME_S).all():  # false for NaN, too
            raise _NotTabular
        names = [name for name in columns if name not in POSITION_COLUMNS]
        session, begin = self._messages.session[places], self._messages.begin[places]
        channel = self._channels(values[:, columns["channel"]] if "channel" in columns else None, session)
        cells = values[:, [columns[name] for name in names]]
        if "index" in names:
            index = cells[:, names.index("index")]
            index[index != np.floor(index)] = np.nan
        return SegmentColumns(tuple(names), session, channel, start + begin, end + begin, cells)

    def _channels(self, cells: NDArray[np.float64] | None, sessions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give each row's channel: its session's, if that has one only, else its cell's, else its place."""
        numbers = np.array(self._channel_numbers, np.int64)
        if cells is not None:
            numbers = np.where(np.isin(cells, (0, 1)), cells, numbers).astype(np.int64)
        for session, decoder in self._decoders.items():
            if decoder.channel is not None:
                numbers[sessions == session] = decoder.channel
        return numbers


def _to_array(rows: list[Row]) -> NDArray[np.float64]:
    try:
        return np.array(rows, float)
    except ValueError:  # rows of different lengths
        raise _NotTabular from None
