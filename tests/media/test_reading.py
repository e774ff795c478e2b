"""Reading in a thread: the result, and whose fault an error is."""

import errno
import threading

import pytest

from emotoolkit.errors import NoSound, ReadingFailed
from emotoolkit.media.reading import read_in_thread


def raising(problem):
    def read():
        raise problem

    return read


async def test_it_is_read_in_another_thread(talk):
    """The loop's own thread stays free, and the result comes back."""
    thread = await read_in_thread(talk, threading.current_thread)
    assert thread is not threading.current_thread()
    assert await read_in_thread(talk, lambda: next(talk.blocks()).shape) == (65_536, 1)


async def test_our_errors_stay_what_they_are(talk):
    """An error with a sentence of its own needs no other."""
    with pytest.raises(NoSound):
        await read_in_thread(talk, raising(NoSound(file=talk.file, api="this API")))


async def test_a_full_disk_is_not_the_recordings_fault(talk):
    """What is written meanwhile may fill a disk: that error passes."""
    with pytest.raises(OSError, match="No space left") as raised:
        await read_in_thread(talk, raising(OSError(errno.ENOSPC, "No space left on device")))
    assert not isinstance(raised.value, ReadingFailed)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (ValueError("odd"), "odd"),
        (KeyError(), "KeyError()"),
    ],
)
async def test_any_other_error_says_which_file(talk, problem, reason):
    """The sentence names the recording, and why it could not be read."""
    with pytest.raises(ReadingFailed, match=r"talk\.wav") as raised:
        await read_in_thread(talk, raising(problem))
    assert reason in raised.value.facts["reason"]
    assert raised.value.__cause__ is problem
