"""What the bytes of a message are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.wire.containers import detect_container, matroska_parser, mp4_parser
from tests.support import footage

MP4 = footage.file("mp4", 3)
WEBM = footage.file("webm", 3)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("mp4", "mp4"), ("plain", "mp4"), ("mov", "mp4"), ("webm", "webm"), ("mkv", "webm"), ("avi", "avi"), ("ts", "ts")],
)
def test_files_begin(kind, name):
    """Every container that the service takes is told by its first bytes."""
    assert detect_container(footage.file(kind, 1)) == name


@pytest.mark.parametrize("message", [b"", b"\x1f\x43\xb6\x75", b"\0\0\0\x10moof", b"garbage" * 99, bytes(999), b"G"])
def test_others_do_not(message):
    """A continuation or anything else begins no container."""
    assert detect_container(message) is None


def test_boxes():
    """The boxes at the top of a fragmented MP4, one after the other."""
    names = mp4_parser().feed(MP4)
    assert names[:4] == [b"ftyp", b"moov", b"moof", b"mdat"]


def test_elements():
    """The elements of a WebM stream: a header, one segment, and what is in it and in its clusters."""
    names = matroska_parser().feed(WEBM)
    assert names[:2] == [0x1A45DFA3, 0x18538067]
    assert {0x1F43B675, 0xA3} < set(names)


@given(st.data(), st.sampled_from([(mp4_parser, MP4), (matroska_parser, WEBM)]))
def test_cuts_do_not_matter(data, case):
    """The same elements are found wherever the stream is cut."""
    kind, stream = case
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    parser = kind()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += parser.feed(stream[start:end])
    assert found == kind().feed(stream)


@pytest.mark.parametrize(("kind", "stream"), [(mp4_parser, MP4), (matroska_parser, WEBM)], ids=["mp4", "webm"])
@pytest.mark.parametrize("foreign", [b"garbage" * 99, bytes(64), b"\x08\x80garbage\x00", b"\xff" * 64])
def test_foreign_bytes(kind, stream, foreign):
    """Bytes that do not continue the stream are refused, and the stream goes on as if they had not come."""
    parser = kind()
    parser.feed(stream)
    with pytest.raises(ValueError, match=r"MP4|WebM"):
        parser.feed(foreign)
    continuation = footage.pieces({mp4_parser: "mp4", matroska_parser: "webm"}[kind], stream, 1)[1]
    assert parser.feed(continuation)


def test_box_to_the_end():
    """A box of size 0 lasts to the end of the file; one of size 1 has its length behind its name."""
    assert mp4_parser().feed(bytes(4) + b"mdat" + b"garbage" * 99) == [b"mdat"]
    assert mp4_parser().feed((1).to_bytes(4) + b"mdat" + (24).to_bytes(8) + bytes(8) + b"\0\0\0\x08free") == [
        b"mdat",
        b"free",
    ]
