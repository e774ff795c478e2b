"""How far a server is behind a client that sends in real time."""

from __future__ import annotations

from emotoolkit.apis.interhuman.server.load_shedding import Backlog


def test_a_backlog_is_what_piled_up():
    """Work that takes longer than its media piles up; a pause shows that nothing waits any more."""
    backlog = Backlog(2.0)
    for _ in range(3):
        backlog.note(0.0, 4.0, 3.0)
    assert (backlog.behind_s, backlog.full) == (3.0, True)
    backlog.note(0.5, 1.0, 3.0)
    assert (backlog.behind_s, backlog.full) == (0.0, False)
    patient = Backlog(0.0)
    patient.note(0.0, 1e9, 1.0)
    assert not patient.full
