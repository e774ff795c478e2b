"""What replays of one worker know of each other: when the others send next."""

from types import SimpleNamespace

from emotoolkit.replays.shared_resources import SharedResources


def test_the_packet_times_of_the_others():
    """A replay's own time is left out, and so are replays without a pace, which have no next moment."""
    own, paced, paused = (SimpleNamespace(next_packet_at=at) for at in (1.0, 2.5, None))
    replays = [own, paced, paused]
    shared = SharedResources(None, lambda: iter(replays), None, None)
    assert shared.packet_times_of_others(own) == [2.5]
    assert shared.packet_times_of_others(paused) == [1.0, 2.5]
    replays.clear()
    assert shared.packet_times_of_others(own) == []
