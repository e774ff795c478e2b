"""A demuxer that is fed message by message reads what it would read from a file, and never runs beside its feeder."""

from __future__ import annotations

import threading

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server.stream_demuxer import StreamDemuxer
from tests.support.clips import numbered_clip

PATIENCE = 30.0


def collected(pieces, size=-1):
    """What a demuxer that reads in pieces of `size` has read after each message, and at the end."""
    read, seen = bytearray(), []

    def decode(file):
        while data := file.read(size):
            read.extend(data)

    stream = StreamDemuxer(decode)
    for piece in pieces:
        stream.feed(piece)
        seen.append(bytes(read))
    stream.finish()
    return seen, bytes(read)


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 20))
def test_what_is_fed_is_what_is_read(pieces, size):
    """Law: when `feed` returns, all up to this message has been read, in whatever pieces; no byte is lost or twice."""
    seen, whole = collected(pieces, size)
    assert seen == [b"".join(pieces[: n + 1]) for n in range(len(pieces))]
    assert whole == b"".join(pieces)


def test_only_one_side_runs_at_a_time():
    """While nothing is fed the demuxer rests: what it does is done between the call and the return of `feed`."""
    feeding = threading.Event()
    alone = []

    def decode(file):
        while file.read(1):
            alone.append(feeding.is_set())

    stream = StreamDemuxer(decode)
    for _ in range(20):
        feeding.set()
        stream.feed(b"abc")
        feeding.clear()
    stream.finish()
    assert alone == [True] * 60


def test_a_real_demuxer_finds_the_same_packets_in_a_stream(tmp_path):
    """FFmpeg reads a WebM file that comes in messages as it reads the file itself, packet by packet."""
    path = numbered_clip(tmp_path / "a.webm", seconds=2.0, codec="libvpx", audio="libopus", gop=1.0).path

    def packets(file, found):
        with av.open(file, format="matroska") as container:
            found.extend((each.stream_index, each.pts, bytes(each)) for each in container.demux() if each.size)

    streamed, whole, data = [], [], path.read_bytes()
    stream = StreamDemuxer(lambda file: packets(file, streamed))
    for at in range(0, len(data), 5000):
        stream.feed(data[at : at + 5000])
    stream.finish()
    packets(str(path), whole)
    assert len(streamed) > 50
    assert streamed == whole


def test_a_problem_is_raised_where_somebody_waits():
    """What the demuxer raises comes out of `feed`, once; whoever feeds on is told that there is no reader any more."""

    def decode(file):
        file.read(1)
        raise KeyError("broken")

    stream = StreamDemuxer(decode)
    with pytest.raises(KeyError, match="broken"):
        stream.feed(b"a")
    with pytest.raises(ValueError, match="could not be read"):
        stream.feed(b"b")
    stream.finish()


def test_a_problem_at_the_end_is_raised_by_finish():
    """A demuxer that fails only when it learns that there is no more fails where this is said."""

    def decode(file):
        while file.read():
            pass
        raise EOFError("too short")

    stream = StreamDemuxer(decode)
    stream.feed(b"abc")
    with pytest.raises(EOFError, match="too short"):
        stream.finish()


def test_the_end_comes_to_a_demuxer_that_was_never_fed():
    """`finish` without a message is an empty file, and leaves no thread behind."""
    before = threading.active_count()
    assert collected([]) == ([], b"")
    assert threading.active_count() == before


def test_a_demuxer_that_stops_early_holds_nobody_up():
    """Whoever has read enough may return: the message that it did not use up is done, and `feed` returns."""
    stream = StreamDemuxer(lambda file: file.read(1) and None)
    feeder = threading.Thread(target=stream.feed, args=(b"abc",), daemon=True)
    feeder.start()
    feeder.join(PATIENCE)
    assert not feeder.is_alive()
    stream.finish()
