"""The notebook's end of the pipe to the worker: commands down, journal lines up.

One worker serves all players of this Python; it is started when the first one plays and ends with this process.
"""

from __future__ import annotations

import atexit
import itertools
import os
import secrets
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from emotoolkit.replays.commands import IssueUrl, write_command
from emotoolkit.utils.subprocesses import ChildProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.commands import Command

__all__ = ["WorkerClient", "numbers", "shared"]

numbers = itertools.count()
"""Numbers for players and replays, never used twice in this process."""


TOKEN_BYTES = 24
"""Random bytes in an address."""


class WorkerClient:
    """A running worker. Lines that it reports are given to whoever listens for their replay's number.

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
        """Give each line of replay `number` to `listener`, on a thread of the pipe; None when the worker has ended."""
        with self._lock:
            ended = self._ended
            if not ended:
                self._listeners[number] = listener
        if ended:
            listener(None)

    def stop_listening(self, number: int) -> None:
        """Listen no more for this replay."""
        with self._lock:
            self._listeners.pop(number, None)

    def send(self, command: Command) -> None:
        """Give a command. A worker that has ended is noticed by its listeners, not here."""
        with self._lock:
            try:
                write_command(self._child.stdin, command)
            except (BrokenPipeError, ValueError):
                return

    def issue_url(self, player: int) -> Future[str]:
        """Let a page steer a replay past this process, which may be busy. Gives the address; a secret is in it."""
        url: Future[str] = Future()
        number = next(numbers)

        def receive(line: str | None) -> None:
            url.set_result((line or "").strip())
            self.stop_listening(number)

        self.listen(number, receive)
        self.send(IssueUrl(player, secrets.token_urlsafe(TOKEN_BYTES), number))
        return url

    def stderr_tail(self) -> str:
        """What the worker wrote to standard error, the end of it."""
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
                with self._lock:
                    listener = self._listeners.get(int(number))
                if listener is not None:
                    listener(record)
        self.exit_code = self._child.wait()
        with self._lock:
            self._ended = True
            left = list(self._listeners.values())
        for listener in left:
            listener(None)


_clients: list[WorkerClient] = []
_start_lock = threading.Lock()


def shared() -> WorkerClient:
    """Give this process's worker; start it if there is none, or if it has ended."""
    with _start_lock:  # one worker serves all threads
        # A forked child must not talk down its parent's pipe.
        if not _clients or not _clients[-1].alive or _clients[-1].owner_pid != os.getpid():
            _clients[:] = [WorkerClient()]
        return _clients[-1]
