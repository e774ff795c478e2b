"""Progress of a player while it is waited for."""

import threading

import pytest

from emotoolkit.replays.player_progress import PlayerProgress
from emotoolkit.utils.progress import MediaSeconds


class Display:
    """Keeps what it is asked to show."""

    def __init__(self):
        self.shown = []

    def show(self, progress, text):
        self.shown.append((progress.done, text))


def follow(display, complete, turns=3):
    """Follow a replay of 10 s that ends after so many looks at it."""
    done, looks = threading.Event(), []

    def count():
        looks.append(None)
        if len(looks) > turns:
            done.set()
        return MediaSeconds(len(looks), len(looks) / 2)

    progress = PlayerProgress(10.0, display, lambda progress: f"{progress.answered:g} s")
    assert progress.follow(done, 60.0, count, lambda: complete)
    progress.show(", with notices")
    return display.shown


def test_what_is_complete_ends_at_the_total():
    """The bar grows, and its last value is everything, with the remark."""
    shown = follow(Display(), complete=True)
    assert [done for done, _ in shown] == sorted(done for done, _ in shown)
    assert shown[-1] == (10.0, "10 s, with notices")


def test_what_has_failed_stays_where_it_was():
    """A replay that ended with an error shows no more than what was answered."""
    assert follow(Display(), complete=False)[-1] == (3.0, "2 s, with notices")


@pytest.mark.parametrize("shown", [None, Display()])
def test_the_time_is_up(shown):
    """Where the replay does not end in time it says so, whether it is shown or not."""
    progress = PlayerProgress(10.0, shown, lambda _: "")
    assert not progress.follow(threading.Event(), -1.0, lambda: MediaSeconds(1.0, 0.5), lambda: False)
