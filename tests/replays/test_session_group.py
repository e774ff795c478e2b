"""States of a group of sessions, transition by transition, without any session."""

import asyncio

import pytest

from emotoolkit.replays.session_group import SessionGroup


class FakeSession:
    """Stand-in for a session without a packet and without a limit."""

    next_packet_end = idle_limit = None


def group():
    """Two sessions that have not begun."""
    return SessionGroup("start", [FakeSession(), FakeSession()], 0.0)


def opened():
    """Two sessions that are open."""
    sessions = group()
    sessions.allow_connecting()
    assert not sessions.count_opened(0.3)
    assert sessions.count_opened(0.3)
    sessions.allow_sending()
    return sessions


def facts(sessions):
    """The properties of a group that are true."""
    return {name for name in ("open", "ended", "never_opens") if getattr(sessions, name)}


async def test_opened_and_ended():
    """A group that was open stays so when it is ended: its sessions end in order."""
    sessions = opened()
    assert facts(sessions) == {"open"}
    await sessions.wait_to_connect()
    await sessions.wait_to_send()
    sessions.fail()  # one that ends later fails no other
    assert facts(sessions) == {"open"}
    sessions.end()
    sessions.end()
    assert facts(sessions) == {"open", "ended"}
    await sessions.wait_to_send()


@pytest.mark.parametrize("connecting", [False, True])
async def test_ended_before_it_is_open(connecting):
    """A group that is ended before it is open never opens, and tasks that wait in it are cancelled."""
    sessions = group()
    if connecting:
        sessions.allow_connecting()
    waiting = [asyncio.ensure_future(wait()) for wait in (sessions.wait_to_connect, sessions.wait_to_send)]
    await asyncio.sleep(0)
    assert facts(sessions) == set()
    sessions.end()
    await asyncio.wait(waiting)
    assert facts(sessions) == {"ended", "never_opens"}
    assert [each.cancelled() for each in waiting] == [not connecting, True]
    with pytest.raises(asyncio.CancelledError):
        await sessions.wait_to_connect()


async def test_failed():
    """A session that cannot be opened cancels the others, and the group is then not opened by its last session."""
    sessions = group()
    sessions.allow_connecting()
    sessions.count_opened(0.3)
    sessions.fail()
    assert facts(sessions) == {"never_opens"}
    assert not sessions.count_opened(0.3)
    with pytest.raises(asyncio.CancelledError):
        await sessions.wait_to_send()
    sessions.allow_connecting()
    assert facts(sessions) == {"never_opens"}
    sessions.end()
    assert facts(sessions) == {"ended", "never_opens"}


async def test_waiting():
    """No session connects before the group may connect."""
    sessions = group()
    waiting = asyncio.ensure_future(sessions.wait_to_connect())
    await asyncio.sleep(0)
    assert not waiting.done()
    sessions.allow_connecting()
    await waiting
    assert facts(sessions) == set()
