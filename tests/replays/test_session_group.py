"""The states of sessions that begin together, move by move, without any session."""

import asyncio

import pytest

from emotoolkit.replays.session_group import SessionGroup


class Line:
    """Stands for a session."""

    next_packet_end = idle_limit = None


def group():
    """Two sessions that have not begun."""
    return SessionGroup("start", [Line(), Line()], 0.0)


def opened():
    """Two sessions that are open."""
    take = group()
    take.allow_connecting()
    assert not take.count_opened(0.3)
    assert take.count_opened(0.3)
    take.allow_sending()
    return take


def facts(take):
    """What the rest of the engine asks of a group."""
    return {name for name in ("open", "ended", "never_opens") if getattr(take, name)}


async def test_opened_and_ended():
    """A group that was open stays so when it is told to end: its sessions end in order."""
    take = opened()
    assert facts(take) == {"open"}
    await take.wait_to_connect()
    await take.wait_to_send()
    take.fail()  # one that ends later takes nobody with it
    assert facts(take) == {"open"}
    take.end()
    take.end()
    assert facts(take) == {"open", "ended"}
    await take.wait_to_send()


@pytest.mark.parametrize("wanted", [False, True])
async def test_given_up(wanted):
    """A group that is told to end before it is open never opens, and whoever waits in it is let go."""
    take = group()
    if wanted:
        take.allow_connecting()
    waiting = [asyncio.ensure_future(wait()) for wait in (take.wait_to_connect, take.wait_to_send)]
    await asyncio.sleep(0)
    assert facts(take) == set()
    take.end()
    await asyncio.wait(waiting)
    assert facts(take) == {"ended", "never_opens"}
    assert [each.cancelled() for each in waiting] == [not wanted, True]
    with pytest.raises(asyncio.CancelledError):
        await take.wait_to_connect()


async def test_refused():
    """One that cannot be opened lets the others go, and a group that was let go is not opened by its last session."""
    take = group()
    take.allow_connecting()
    take.count_opened(0.3)
    take.fail()
    assert facts(take) == {"never_opens"}
    assert not take.count_opened(0.3)
    with pytest.raises(asyncio.CancelledError):
        await take.wait_to_send()
    take.allow_connecting()
    assert facts(take) == {"never_opens"}
    take.end()
    assert facts(take) == {"ended", "never_opens"}


async def test_waiting():
    """Nobody connects before that is wanted."""
    take = group()
    waiting = asyncio.ensure_future(take.wait_to_connect())
    await asyncio.sleep(0)
    assert not waiting.done()
    take.allow_connecting()
    await waiting
    assert facts(take) == set()
