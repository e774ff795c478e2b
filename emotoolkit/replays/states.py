"""States of a replay, of the sessions that begin together, and of each session; and their transitions.

Tasks and threads
-----------------
A replay lives on the event loop of the worker process, and only that loop changes a state. Two other threads work for
it: one reads and cuts the recording ahead (`prefetch`), one hashes its file (`checksum`). Both return values and never
touch a state. On the loop there are, for each replay:

- one task that runs `engine.ActiveReplay.run` and owns all the others in a task group; to abandon a replay is to cancel
  it;
- one task per session (`ActiveReplay._run_session`), which connects, waits for the others, has the media sent and ends
  the session;
- inside that, one task which only sends (`SessionGroup.send_until_ended`). To end a session early is to cancel this
  inner task: the outer one then ends the session by the protocol's own end, so that what was sent is still answered;
- at most one task that watches a pause (`idle_guard.IdleGuard`).

Commands (`ActiveReplay.control`) come from the notebook's pipe or from a page. Each is executed on the same loop
without an await, so a command meets every task where that awaits something, and never another command.

The replay: `ReplayState`
-------------------------
::

                 Pause                        Stop
    PLAYING  ------------>  PAUSED    either  ----->  STOPPED
             <------------
                 Resume               any of the three, when its last session has ended  ----->  OVER

This is the state that commands ask for, not the clock's: while sessions are being opened the clock stands, whatever the
state, and the state decides whether it will run when they are open. A seek and another turn of a loop leave the state
as it is. Once STOPPED, nothing new begins: no seek, no turn, no session after a long pause; what was sent is still
answered. Once OVER, commands change nothing. `ActiveReplay.control` makes all these transitions but the last, which
`ActiveReplay._run_session` makes at the end of a session.

The sessions that begin together: `GroupState`
----------------------------------------------
A new group (`session_group.SessionGroup`) is made at the start, at a seek, at another turn of a loop, and when a pause
became too long for a server. The group before it is ended first; its sessions finish in parallel to the new ones.
::

    WAITING  --allow_connecting-->  OPENING  --allow_sending-->  OPEN
       |                               |                          |
       |  fail                         |  fail                    |
       +------------------------------>+-------->  FAILED         |
       |                               |             |            |
       |  end                          |  end        |  end       |  end
       +------------------------------>+------------>+-->  CANCELLED
                                                                  +---->  ENDED

WAITING: nothing is connected yet. After a long pause the new sessions wait here for `Resume` or `StepForward`; all
other groups may connect at once. OPENING: sessions connect, each in its own task, and each then waits for the others,
so that the clock starts for all of them together. OPEN: the last session is open and the clock has been started;
sessions leave the group one by one when they have been sent everything. FAILED: a session could not be opened and has
cancelled the others, since an unneeded session costs money. CANCELLED and ENDED: a command, or the idle guard, has
ended the group. An ENDED group was open once, so its sessions end in order; those of a CANCELLED group are dropped
(their records say "left"). A group without sessions (a seek behind the end of every recording) stays OPENING until it
is cancelled.

The tasks of a group meet at two places: at `SessionGroup.wait_to_connect`, until it is no longer WAITING, and at
`SessionGroup.wait_to_send`, until it is OPEN. Both raise `CancelledError` in a group that is FAILED or CANCELLED.

One session: `SessionState`
---------------------------
::

               the packet is due                    everything has been sent
    SENDING  ------------------->  HANDING_OVER    SENDING  ------------------->  ALL_SENT
             <-------------------
              sent, and written

SENDING: it is being opened, or waits for its next packet; it may be ended at any moment. HANDING_OVER: the network has
been given a packet. To end the group does not interrupt that: the bytes may have left, so the packet is written to the
journal first. ALL_SENT: only the protocol's own end is missing; it ends as "finished" even if `Stop` arrives meanwhile.
`ActiveReplay._send_packets` moves between the first two, `ActiveReplay._on_all_sent` makes it ALL_SENT, unless the
replay was STOPPED: then not everything has been sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["GroupState", "ReplayState", "SessionState", "Status"]


class ReplayState(Enum):
    """What commands have asked of a replay."""

    PLAYING = auto()
    """Media time runs, as soon as the sessions are open."""
    PAUSED = auto()
    """Media time stands."""
    STOPPED = auto()
    """No more is sent; what was sent is still answered."""
    OVER = auto()
    """Every session has ended."""


class GroupState(Enum):
    """How far the sessions are that begin together."""

    WAITING = auto()
    """Nothing connects yet."""
    OPENING = auto()
    """Sessions connect, and wait for each other."""
    OPEN = auto()
    """All were open, and the clock has been started for them."""
    FAILED = auto()
    """One of them could not be opened, so none of them sends."""
    CANCELLED = auto()
    """Ended before all were open."""
    ENDED = auto()
    """Ended after all were open."""


class SessionState(Enum):
    """What a session does with its media."""

    SENDING = auto()
    """It waits for the other sessions, for its next packet, or for the moment at which that is due."""
    HANDING_OVER = auto()
    """A packet is being handed to the network: that is completed and written before the session ends."""
    ALL_SENT = auto()
    """Everything has been sent, and only the protocol's end is missing."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a replay is: media time in seconds, and "opening", "playing" or "paused"."""

    position: float
    state: str
