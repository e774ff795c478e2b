"""States of a replay, of the sessions that begin together, and of each session; and who moves them.

Where it runs
-------------
A replay lives on the event loop of the worker process, and nothing but that loop changes a state. Two other threads
work for it: one that reads and cuts the recording ahead (`prefetch`), one that hashes its file (`checksum`). Both hand
over values and never touch a state. On the loop there are, for each replay:

- one task that runs `engine.ActiveReplay.run` and owns all the others in a task group; to abandon a replay is to cancel it;
- one task per session (`Playing._play`), which connects, waits for the others, has the media sent and ends the session;
- inside that, one task which only sends (`Take.send_until_ended`). To end a session early is to cancel this inner task:
  the outer one then ends the session by the protocol's own end, so that what was sent is still answered;
- at most one task that watches over a pause (`idle_guard.IdleGuard`).

Commands (`Playing.control`) come from the notebook's pipe or from a page. They are carried out on the same loop from
beginning to end without an await, so a command meets every task where that awaits something, and never another command.

The replay: `ReplayState`
-------------------------
::

                 Pause                        Stop
    PLAYING  ------------>  PAUSED    either  ----->  STOPPED
             <------------
                 Resume               any of the three, when its last session has ended  ----->  OVER

It is what was asked for, not what the clock does: while sessions are being opened the clock stands, whatever the state,
and the state says whether it is to run when they are open. A jump ("Seek") and another turn ("loop") leave the state as
it is. Once STOPPED, nothing new begins: no jump, no turn, no session after a long pause; what was sent is still
answered. Once OVER, commands change nothing. `Playing.control` makes all these moves but the last, which
`Playing._play` makes at the end of a session.

The sessions that begin together: `GroupState`
----------------------------------------------
A new group (`session_group.SessionGroup`) is made at the start, at a jump, at another turn of a loop, and when a pause became
too long for a server. The group before it is ended first; its sessions finish beside the new ones.
::

    WAITING  --want-->  OPENING  --the last session is open-->  OPEN
       |                   |                                      |
       |  a session cannot be opened                              |
       +------------------>+-------->  REFUSED                    |
       |                   |              |                       |
       |  end              |  end         |  end                  |  end
       +------------------>+------------->+---->  GIVEN_UP        +---->  ENDED

WAITING: nothing is connected yet. After a long pause the new sessions wait here for "Resume" or "Step"; all other
groups are wanted at once. OPENING: sessions connect, each in its own task, and each then waits for the others, so that
the clock starts for all of them together. OPEN: the clock has been started; sessions leave the group one by one as they
have been sent everything. REFUSED: the first that could not be opened has let the others go, since a session that
nobody needs costs money. GIVEN_UP and ENDED: a command, or the idle guard, wants no more of it. An ENDED group was open
once, so its sessions end in order; those of a group that was GIVEN_UP are dropped as "left". A group without sessions
(a jump behind the end of every recording) stays OPENING until it is given up.

The tasks of a group meet at two places: at `Take.may_connect`, until it is no longer WAITING, and at `Take.all_open`,
until it is OPEN. Both raise `CancelledError` in a group that is REFUSED or GIVEN_UP.

One session: `SessionState`
---------------------------
::

               the packet is due               everything has been sent
    SENDING  ------------------->  HANDING     SENDING  ------------------->  WHOLE
             <-------------------
               it was taken, and is noted

SENDING: it is being opened, or waits for its next packet; it may be told to end at any moment. HANDING: the network has
been given a packet. To end the group does not interrupt that: the bytes may have left, so the packet is noted first.
WHOLE: only the protocol's own end is missing; it ends as "finished" even if "Stop" arrives meanwhile.
`Playing._send` moves between the first two, `Playing._sent_all` makes it WHOLE, unless the replay was STOPPED: what was
cut short is not whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["GroupState", "ReplayState", "SessionState", "Status"]


class ReplayState(Enum):
    """What is wanted of a replay."""

    PLAYING = auto()
    """Media time runs, as soon as the sessions are open."""
    PAUSED = auto()
    """Media time is held, as soon as the sessions are open."""
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
    """Told to end before all were open."""
    ENDED = auto()
    """Told to end after all were open."""


class SessionState(Enum):
    """What a session does with its media."""

    SENDING = auto()
    """It waits: for the others, for its next packet, or for the moment at which that is due."""
    HANDING_OVER = auto()
    """A packet is being handed to the network: that is finished, and noted, before the session is left."""
    ALL_SENT = auto()
    """It has been sent everything there is for it, and only its end is left."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a replay is: media time in seconds, and "opening", "playing" or "paused"."""

    position: float
    state: str
