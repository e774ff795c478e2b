"""A player's connection to the worker process."""

import pytest

from emotoolkit.replays import player_worker
from emotoolkit.replays.commands import Abandon, Pause, Play, Seek
from emotoolkit.replays.player_worker import PlayerWorker


class Client:
    """Keeps what is sent to the worker, and who listens."""

    exit_code = 9

    def __init__(self):
        self.sent, self.listening = [], {}

    def listen(self, number, receive):
        self.listening[number] = receive

    def stop_listening(self, number):
        del self.listening[number]

    def send(self, command):
        self.sent.append(command)

    def stderr_tail(self):
        return "killed"


class Stream:
    """One of a player's streams."""

    spec = None

    def __init__(self, number):
        self.number = number

    def receive(self, line):
        """Take a line."""


@pytest.fixture
def client(monkeypatch):
    """The worker's client of this process."""
    client = Client()
    monkeypatch.setattr(player_worker.worker_client, "shared", lambda: client)
    return client


STREAMS = [Stream(1), Stream(2)]
PLAY = Play(0, (), 1.0)


def test_nothing_can_be_sent_before_the_start(client):
    """A command without a replay says what to call first."""
    worker = PlayerWorker()
    assert not worker.started
    for action in (worker.check_started, worker.issue_url, lambda: worker.send(Pause)):
        with pytest.raises(RuntimeError, match="call start"):
            action()


def test_commands_are_those_of_one_player(client):
    """The start and all commands after it have one number, and each stream is listened to."""
    worker = PlayerWorker()
    worker.start(PLAY, STREAMS)
    worker.send(Seek, 3.0)
    assert list(client.listening) == [1, 2]
    play, seek = client.sent
    assert play.streams == (None, None)
    assert seek == Seek(play.player, 3.0)
    assert worker.failure().code == Client.exit_code


def test_a_start_that_was_undone_is_forgotten_by_the_worker(client):
    """The worker abandons it, nobody listens, and the next start is that of another player."""
    worker = PlayerWorker()
    worker.undo_start(STREAMS)
    assert client.sent == []
    worker.start(PLAY, STREAMS)
    worker.undo_start(STREAMS)
    assert client.listening == {}
    assert not worker.started
    worker.start(PLAY, STREAMS)
    first, abandon, second = client.sent
    assert abandon == Abandon(first.player)
    assert second.player != first.player
