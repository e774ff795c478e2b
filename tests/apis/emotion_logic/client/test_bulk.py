"""The columns that are made of rows of numbers, cell by cell: names, channels, media times, missing values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotoolkit.apis.base.result_columns import MessageColumns
from emotoolkit.apis.emotion_logic.client import bulk
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder

NAMES = ["startPosSec", "endPosSec", "energy", "stress"]


def message(*rows, names=None, key="headers", **data) -> str:
    """A message with a row, or None, for each channel; `names` are told with it."""
    told = {} if names is None else {key: {name: n for n, name in enumerate(names)}}
    return json.dumps(["audio-analysis", {"success": True, "data": told | {"channels": rows} | data}])


def read(*told: tuple[int, str], begins=(0.0,), channels=(None,)):
    """Read pairs of session and message; sessions begin at these media seconds and carry these channels."""
    session = np.array([number for number, _ in told], np.int64)
    said = MessageColumns([raw for _, raw in told], session, np.array(begins)[session])
    return bulk.read(said, {number: Decoder(channel) for number, channel in enumerate(channels)})


def test_a_row_is_a_row():
    """Positions become times, everything else the columns in the server's order; what is null is NaN."""
    told = message([0.5, 2.5, 7, None], names=NAMES)
    cells = read((0, told), (0, message([2.5, 3.5, 8.5, -1]))).columns["segments"]
    assert cells.names == ("energy", "stress")
    assert (cells.start.tolist(), cells.end.tolist()) == ([0.5, 2.5], [2.5, 3.5])
    np.testing.assert_array_equal(cells.values, [[7, np.nan], [8.5, -1]])


@pytest.mark.parametrize("key", ["headers", "headersPositions"])
def test_columns_stand_where_the_server_says(key):
    """The positions of the columns count, not the order in which they are named; blanks around names do not."""
    data = {key: {" stress ": 3, "endPosSec": 0, "energy": 2, "startPosSec": 1}, "channels": [[9, 8, 20, 30]]}
    cells = read((0, json.dumps(["audio-analysis", {"success": True, "data": data}]))).columns["segments"]
    assert (cells.names, cells.values.tolist()) == (("stress", "energy"), [[30, 20]])
    assert (cells.start.tolist(), cells.end.tolist()) == ([8], [9])


def test_times_are_of_the_recording():
    """A session that begins later in the recording has all its positions later by that much."""
    raw = message([1, 2, 0, 0], names=NAMES)
    cells = read((0, raw), (1, raw), begins=(0.0, 60.5), channels=(None, None)).columns["segments"]
    assert cells.session.tolist() == [0, 1]
    assert (cells.start.tolist(), cells.end.tolist()) == ([1, 61.5], [2, 62.5])


def test_a_channel_is_the_place_in_the_message():
    """The second row is of the second channel, also where the first channel has none or an empty one."""
    row = [0, 1, 2, 3]
    told = [message(row, row, names=NAMES), message(None, row), message([], row)]
    assert read(*((0, raw) for raw in told)).columns["segments"].channel.tolist() == [0, 1, 1, 1]


def test_a_row_may_name_its_channel():
    """Its own word counts if it is 0 or 1; anything else is no channel, and its place counts."""
    raws = [message(*([0, 1, each] for each in some), names=["startPosSec", "endPosSec", "channel"])
            for some in [(1, 0), (7, None), (0.5, 0)]]  # fmt: skip
    assert read(*((0, raw) for raw in raws)).columns["segments"].channel.tolist() == [1, 0, 0, 1, 0, 0]


def test_a_session_of_one_channel_has_no_other():
    """Where the stream carries one channel alone, all rows are of it, whatever the wire says."""
    raw = message([0, 1, 0], names=["startPosSec", "endPosSec", "channel"])
    cells = read((0, raw), (1, raw), (2, raw), begins=(0, 0, 0), channels=(1, 0, None)).columns["segments"]
    assert cells.channel.tolist() == [1, 0, 0]


def test_an_index_is_whole_or_missing():
    """An index that is no whole number is none; a fraction elsewhere stays."""
    raws = [message([0, 1, index, 0.5], names=["startPosSec", "endPosSec", "index", "energy"]) for index in (3, 3.5)]
    np.testing.assert_array_equal(
        read(*((0, raw) for raw in raws)).columns["segments"].values, [[3, 0.5], [np.nan, 0.5]]
    )


def test_what_is_no_row_is_left_for_later():
    """Messages of other kinds are events with the place at which they came; "not yet" is neither row nor event."""
    done = '["audio-analysis-completed", {"success": true}]'
    said = read((0, message([0, 1, 2, 3], names=NAMES)), (0, done), (0, message(done=False)), (0, "no message"))
    assert [(place, event.raw) for place, event in said.rest] == [(1, done), (3, "no message")]
    assert len(said.columns["segments"].start) == 1


def test_without_a_row_there_is_no_table():
    """If no session has said anything of segments, there are no columns, since nobody has named any."""
    said = read((0, '["audio-analysis-completed", {"success": true}]'))
    assert (dict(said.columns), len(said.rest)) == ({}, 1)


def test_rows_are_whole_across_the_blocks_in_which_they_are_made():
    """Of more rows than become numbers at once, all are there in order."""
    count = bulk.BLOCK_ROWS + 2
    raws = [message([n, n + 1, n / 4, 0], names=NAMES if n == 0 else None) for n in range(count)]
    cells = read(*((0, raw) for raw in raws)).columns["segments"]
    assert cells.values[:, 0].tolist() == [n / 4 for n in range(count)]


def test_rows_of_different_length_are_not_read_together():
    """Be it within a block or from one block to the next, nothing is cut off or filled in."""
    count = bulk.BLOCK_ROWS
    usual = [message([n, n + 1, 0, 0], names=NAMES if n == 0 else None) for n in range(count)]
    longer = message([0, 1, 2, 3, 4])
    assert read(*((0, raw) for raw in [usual[0], longer])) is None
    assert read(*((0, raw) for raw in [*usual, longer])) is None
