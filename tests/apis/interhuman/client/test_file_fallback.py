"""Complete files in place of continuations, as the server's answers decide."""

import asyncio

import pytest

from emotoolkit.apis.base.events import Fault
from emotoolkit.apis.interhuman.client.continuation import Continuation
from emotoolkit.apis.interhuman.client.file_fallback import FileFallback
from emotoolkit.media.packet import Packet

FILES = [Packet(float(start), float(start + 3), b"file") for start in (3, 6, 9)]


def cut_again(start):
    """The same media from `start` on, as complete files."""
    return iter([file for file in FILES if file.start >= start])


STREAM = [Packet(0.0, 3.0, b"first"), *(Continuation(each.start, each.end, b"next", cut_again) for each in FILES)]


def fault(code="ih5004", packet=2):
    """What a server says about one of the segments."""
    return Fault("error", raw="{}", message="no", code=code, packet=packet)


async def replace(fallback, packet):
    """What is sent when a packet is due."""
    return [each async for each in fallback.replacements(packet)]


async def remaining(fallback, sent):
    """What is still to be sent at the end."""
    return [each async for each in fallback.remaining_files(sent)]


def test_a_stream_that_is_accepted_is_sent_as_it_is():
    """Without a rejection each packet is sent once, and nothing remains."""
    fallback = FileFallback()
    for packet in STREAM:
        assert asyncio.run(replace(fallback, packet)) == [packet]
    assert fallback.possible
    assert asyncio.run(remaining(fallback, 12.0)) == []


@pytest.mark.parametrize("after", [1, 2, 3])
def test_after_the_rejection_everything_behind_the_first_segment_is_sent_as_files(after):
    """However late the rejection comes, each file behind the first segment is sent exactly once."""

    async def play():
        fallback, sent = FileFallback(), []
        for number, packet in enumerate(STREAM):
            if number == after + 1:
                fallback.receive(fault())
            sent += await replace(fallback, packet)
        if after == 3:
            fallback.receive(fault())
        assert not fallback.possible
        return sent + await remaining(fallback, 12.0)

    assert [each for each in asyncio.run(play()) if each.data == b"file"] == FILES


def test_files_end_where_the_replay_ended():
    """A file that begins at the media second at which the replay was stopped is not sent."""

    async def play():
        fallback = FileFallback()
        for packet in STREAM[:3]:
            await replace(fallback, packet)
        fallback.receive(fault())
        return await remaining(fallback, 9.0)

    assert asyncio.run(play()) == FILES[:2]


@pytest.mark.parametrize("other", [fault(packet=3), fault(code="ih5001"), fault(packet=None), fault(packet=1)])
def test_an_error_about_something_else_switches_nothing(other):
    """Only a malformed second segment is about the framing."""
    fallback = FileFallback()
    asyncio.run(replace(fallback, STREAM[1]))
    fallback.receive(other)
    assert fallback.possible


def test_results_after_the_first_segment_prove_acceptance():
    """Half a second beyond the first continuation's start is proof; its start is not, and before one there is none."""
    fallback = FileFallback()
    assert not fallback.proves_acceptance(100.0)
    asyncio.run(replace(fallback, STREAM[1]))
    assert not fallback.proves_acceptance(3.2)
    assert fallback.proves_acceptance(3.6)
