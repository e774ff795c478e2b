"""A frame of ours, read by the reader of another library."""

import os

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from emotoolkit.apis.emotion_logic.client.websocket_frame import BINARY, TEXT, masked_frame


def read(frame):
    """Read a frame of which all bytes are there, as a server does: it takes masked ones only."""
    reader = StreamReader()
    reader.feed_data(frame)
    try:
        next(Frame.parse(reader.read_exact, mask=True))
    except StopIteration as read:
        assert not reader.buffer, "bytes are left"
        return read.value
    raise AssertionError("the frame is longer than its bytes")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 9600, 65_535, 65_536, 300_000])
@pytest.mark.parametrize(("kind", "opcode"), [(TEXT, Opcode.TEXT), (BINARY, Opcode.BINARY)])
def test_a_frame_of_any_size_is_read_as_it_was_meant(kind, opcode, size):
    """Kind, data and end are what they were."""
    data = os.urandom(size)
    frame = read(b"".join(masked_frame(kind, data)))
    assert (frame.opcode, frame.data, frame.fin) == (opcode, data, True)


def test_each_frame_has_a_mask_of_its_own():
    """Two frames of the same data look different."""
    assert len({b"".join(masked_frame(BINARY, b"sound")) for _ in range(20)}) == 20
