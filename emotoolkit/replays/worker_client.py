"""The notebook's end of the pipe to the worker: commands down, journal lines up.

One worker serves all players of this process; it is started with the first player and ends with this process.

A thread reads the pipe and calls the listeners, one line after another; the notebook's threads send commands. One lock
guards the listeners and the writing of commands. Listeners are called outside of it, so they may call this client.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import secrets
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from emotoolkit.replays.commands import IssueUrl, write_command
from emotoolkit.utils import process_log
from emotoolkit.utils.subprocesses import ChildProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.commands import Command

__all__ = ["WorkerClient", "numbers", "shared"]

logger = logging.getLogger(__name__)

numbers = itertools.count()
"""Numbers for players and replays, never used twice in this process."""

TOKEN_BYTES = 24
"""Random bytes in a remote-control URL."""


class WorkerClient:
    """A running worker. Each line that it reports goes to the listener of the line's number.

    Attributes
    ----------
    exit_code : int or None
        How the worker ended; None while it runs.
    """

    def __init__(self) -> None:
        self.owner_pid = os.getpid()
        self.exit_code: int | None = None
        self._child = ChildProcess("emotoolkit.replays.worker")
        self._listeners: dict[int, Callable[[str | None], None]] = {}
        self._lock = threading.Lock()
        self._ended = False
        logger.info("the worker has started: process %d", self._child.pid)
        threading.Thread(target=self._read, name="emotoolkit pipe", daemon=True).start()
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether the worker runs."""
        return self._child.alive

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._child.pid

    def listen(self, number: int, listener: Callable[[str | None], None]) -> None:
        """Call `listener` on the pipe's thread with each line of replay `number`, and with None at the worker's end."""
        with self._lock:
            ended = self._ended
            if not ended:
                self._listeners[number] = listener
        if ended:
            listener(None)

    def stop_listening(self, number: int) -> None:
        """Remove the listener of this replay."""
        with self._lock:
            self._listeners.pop(number, None)

    def send(self, command: Command) -> None:
        """Send a command. That the worker has ended is reported to the listeners, not here."""
        with self._lock:
            try:
                write_command(self._child.stdin, command)
            except (BrokenPipeError, ValueError):
                return

    def issue_url(self, player: int) -> Future[str]:
        """Ask for a URL, with a secret in it, by which a page controls a replay while this process is busy."""
        url: Future[str] = Future()
        number = next(numbers)

        def receive(line: str | None) -> None:
            url.set_result((line or "").strip())
            self.stop_listening(number)

        self.listen(number, receive)
        self.send(IssueUrl(player, secrets.token_urlsafe(TOKEN_BYTES), number))
        return url

    def stderr_tail(self) -> str:
        """Return the end of what the worker wrote to standard error."""
        return self._child.stderr_tail()

    def close(self) -> None:
        """End the worker; its journals stay intact."""
        atexit.unregister(self.close)
        self.exit_code = self._child.close()

    def _read(self) -> None:
        with self._child.stdout as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break  # torn: the worker ended while it wrote
                number, _, record = line.decode().partition(" ")
                if number == process_log.PREFIX:
                    process_log.relay(record)
                    continue
                with self._lock:
                    listener = self._listeners.get(int(number))
                if listener is not None:
                    listener(record)
        self.exit_code = self._child.wait()
        logger.info("the worker has ended: process %d, exit code %s", self._child.pid, self.exit_code)
        with self._lock:
            self._ended = True
            remaining = list(self._listeners.values())
        for listener in remaining:
            listener(None)


_clients: list[WorkerClient] = []
_start_lock = threading.Lock()


def shared() -> WorkerClient:
    """Return this process's worker; start it if there is none, or if it has ended."""
    with _start_lock:  # one worker serves all threads
        # A forked child must not write into its parent's pipe.
        if not _clients or not _clients[-1].alive or _clients[-1].owner_pid != os.getpid():
            _clients[:] = [WorkerClient()]
        return _clients[-1]
