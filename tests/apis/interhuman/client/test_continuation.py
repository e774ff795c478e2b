"""Packets that continue a stream, and the files that can be sent instead."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.apis.interhuman.client.continuation import Continuation
from emotoolkit.apis.interhuman.wire.containers import detect_container
from tests.support import footage


@pytest.fixture(scope="module")
def packets(tmp_path_factory):
    """Nine seconds, cut as `framing="auto"` has it."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(footage.file("plain", 9))
    return list(emo.Interhuman(framing="auto").packets(emo.Recording(path)))


def test_all_but_the_first_continue(packets):
    """The first packet begins a container and is an ordinary one; the others begin none."""
    assert [isinstance(each, Continuation) for each in packets] == [False, *[True] * (len(packets) - 1)]
    assert [detect_container(each.data) is not None for each in packets] == [True, *[False] * (len(packets) - 1)]
    assert len(packets) >= 3


def test_the_same_media_as_files(packets):
    """From the start of a continuation to the end of the recording, each file is one, and no second is left out."""
    first = packets[1]
    files = list(first.again(first.start))
    assert all(detect_container(each.data) for each in files)
    assert [each.start for each in files] == pytest.approx([first.start, *(each.end for each in files[:-1])], abs=0.005)
    assert files[-1].end == pytest.approx(packets[-1].end, abs=0.1)
