"""Never more sessions than there are, first come first served, and a slot comes back whatever happens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.datasets.batch.session_limit import Slots, check_session_limit
from emotoolkit.errors import SettingsError
from tests.support.examples import examples

PATIENCE = 30.0


@given(st.integers(1, 4), st.data())
@settings(max_examples=examples(30))
def test_never_more_than_there_are(slots, data):
    """Law: whoever asks for how many, in however many threads, all are served, and never too many at once."""
    wanted = data.draw(st.lists(st.integers(1, slots), max_size=12))
    quota, lock = Slots(slots), threading.Lock()
    held, most = 0, 0

    def work(sessions: int) -> None:
        nonlocal held, most
        with quota.hold(sessions):
            with lock:
                held += sessions
                most = max(most, held)
            with lock:
                held -= sessions

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, wanted, timeout=PATIENCE))
    assert most <= slots
    assert held == 0


def test_those_who_want_many_are_not_passed():
    """A task that waits for two slots gets them before one who came later and wants only one."""
    quota, order = Slots(2), []
    waiting = threading.Event()

    def want(name: str, sessions: int) -> None:
        waiting.set()
        with quota.hold(sessions):
            order.append(name)

    with quota.hold(1):
        many = threading.Thread(target=want, args=("many", 2), daemon=True)
        many.start()
        assert waiting.wait(PATIENCE)
        while not quota._queue.locked():  # until it stands in the queue
            pass
        few = threading.Thread(target=want, args=("few", 1), daemon=True)
        few.start()
    for thread in (many, few):
        thread.join(PATIENCE)
    assert order == ["many", "few"]


def test_a_seat_comes_back_after_an_error():
    """What fails in the block gives back what it held."""
    quota = Slots(1)
    for _ in range(3):
        with pytest.raises(KeyError), quota.hold(1):
            raise KeyError
    with quota.hold(1):
        pass


def test_who_can_never_be_served_does_not_wait():
    """More than there will ever be is refused at once, in a sentence with both numbers; all there are is enough."""
    quota = Slots(2)
    with pytest.raises(SettingsError, match=r"sessions=2 .* needs 3 sessions at once"), quota.hold(3):
        pass
    check_session_limit(2, 2)
    with quota.hold(2):
        pass
