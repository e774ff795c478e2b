"""A player's connection to the worker process: what it sends there, and what is listened to."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from emotoolkit.apis.base import local_server
from emotoolkit.apis.base.local_server import REPORT_TIMEOUT_S
from emotoolkit.errors import WorkerGone
from emotoolkit.replays import worker_client
from emotoolkit.replays.commands import Abandon

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from emotoolkit.errors import EmotoolkitError
    from emotoolkit.replays.commands import Play, ReplayCommand
    from emotoolkit.replays.player_streams import PlayerStreams

__all__ = ["REPORT_TIMEOUT_S", "PlayerWorker"]


class PlayerWorker:
    """The worker process as one player sees it. The process is started here, if there is none."""

    def __init__(self) -> None:
        worker_client.shared()  # starts while this process is busy with its own imports
        self._number = next(worker_client.numbers)
        self._client: worker_client.WorkerClient | None = None
        self._started_at = math.inf

    @property
    def started(self) -> bool:
        """Whether the player has been started."""
        return self._client is not None

    def check_started(self) -> None:
        """Raise `RuntimeError` unless the player has been started."""
        self._running()

    def start(self, command: Play, streams: PlayerStreams) -> None:
        """Let the worker play these streams, and listen to what it writes about each."""
        self._started_at = time.monotonic()
        self._client = worker_client.shared()
        for stream in streams:
            self._client.listen(stream.number, stream.receive)
        specs = tuple(stream.spec for stream in streams)
        self._client.send(replace(command, player=self._number, streams=specs))

    def undo_start(self, streams: PlayerStreams) -> None:
        """Undo a start that failed or was interrupted, at whatever step; the next start is that of another player."""
        if self._client is not None:
            self._client.send(Abandon(self._number))
            self.stop_listening(streams)
            self._client = None
        self._number = next(worker_client.numbers)

    def send(self, make: Callable[..., ReplayCommand], *values: float) -> None:
        """Send a command of this class, with these values."""
        self._running().send(make(self._number, *values))

    def stop_listening(self, streams: PlayerStreams) -> None:
        """Listen to these streams no more."""
        for stream in streams:
            self._running().stop_listening(stream.number)

    def issue_url(self) -> Future[str]:
        """Issue a URL at which a page can send commands."""
        return self._running().issue_url(self._number)

    def failure(self) -> WorkerGone:
        """Make the error of a worker that has ended."""
        client = self._running()
        return WorkerGone(code=client.exit_code, words=client.stderr_tail())

    def explain(self, failure: EmotoolkitError, report_timeout: float) -> EmotoolkitError:
        """Add to an error what a local server of ours reports of itself; it has so many seconds to do so."""
        return local_server.explain(failure, self._started_at, report_timeout)

    def _running(self) -> worker_client.WorkerClient:
        if self._client is None:
            raise RuntimeError("This player has not been started: call start() first.")
        return self._client
