"""The protocol between the notebook and a recorder: what is written is what is read."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.media.capture import recorder_protocol
from emotoolkit.media.capture.recorder_protocol import (
    PageMessage,
    RecorderFailed,
    RecorderReady,
    RecordingBegan,
    RecordingEnded,
)

FACTS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=9), max_size=3)
MESSAGES = st.one_of(
    st.builds(RecorderReady, st.text(max_size=9)),
    st.just(RecordingBegan()),
    st.builds(PageMessage, FACTS),
    st.builds(RecorderFailed, st.text(max_size=9), FACTS),
    st.builds(RecordingEnded, st.integers(0, 2**50)),
)
KINDS = [recorder_protocol.START, recorder_protocol.STOP, recorder_protocol.PAGE, recorder_protocol.CHUNK]


@given(MESSAGES)
def test_a_message_is_one_line(message):
    """Whatever is in it, it is a single line, which is read as the same message."""
    line = recorder_protocol.to_line(message)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert recorder_protocol.from_line(line) == message


def test_a_line_of_another_kind_is_an_error():
    """What is not one of the messages is not taken for one."""
    with pytest.raises(KeyError):
        recorder_protocol.from_line(json.dumps({"is": "something"}))


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=2000)), max_size=8))
def test_frames_are_read_as_they_were_written(frames):
    """All of them, in order, also empty ones; the pipe's end is the end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        for kind, data in frames:
            recorder_protocol.write_frame(pipe, kind, data)
    try:
        assert list(recorder_protocol.read_frames(reading)) == frames
    finally:
        os.close(reading)


@given(st.binary(min_size=1, max_size=99), st.data())
def test_a_frame_that_breaks_off_is_none(data, draw):
    """A notebook that ends in the middle of a frame leaves nothing that could be taken for a command."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        recorder_protocol.write_frame(pipe, recorder_protocol.START)
        whole = (len(data) + 1).to_bytes(4, "big") + recorder_protocol.CHUNK + data
        pipe.write(whole[: draw.draw(st.integers(0, len(whole) - 1))])
    try:
        kinds = [kind for kind, _ in recorder_protocol.read_frames(reading)]
    finally:
        os.close(reading)
    assert kinds[:1] == [recorder_protocol.START]
    assert all(kind == b"" for kind in kinds[1:])


@pytest.mark.parametrize("arguments", [[], ["/data/eva.webm"], ["ä b", '"', "", "x" * 100_000, "1"]])
def test_arguments_come_first(arguments):
    """What a recorder is told is its first frame, whole, whatever is in it; what follows is still there."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe, ThreadPoolExecutor(1) as threads:
        read = threads.submit(
            lambda: (recorder_protocol.read_arguments(reading), next(recorder_protocol.read_frames(reading)))
        )
        recorder_protocol.write_frame(pipe, recorder_protocol.ARGUMENTS, json.dumps(arguments).encode())
        recorder_protocol.write_frame(pipe, recorder_protocol.STOP)
        assert read.result(20) == (arguments, (recorder_protocol.STOP, b""))
    os.close(reading)


def test_a_notebook_that_ends_before_it_says_anything():
    """A recorder without arguments ends without a word."""
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(SystemExit) as ended:
        recorder_protocol.read_arguments(reading)
    assert ended.value.code is None
    os.close(reading)
