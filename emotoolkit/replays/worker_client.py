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

from emotoolkit.replays.commands import Admit, write_command
from emotoolkit.utils.subprocesses import Child

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.commands import Command

__all__ = ["Pipe", "numbers", "shared"]

numbers = itertools.count()
"""Numbers for players and replays, never used twice in this process."""


TOKEN = 24
"""Random bytes in an address."""


class Pipe:
    """A running worker. Lines that it reports are given to whoever listens for their replay's number.

    Attributes
    ----------
    exit_code : int or None
        How the worker ended; None while it runs.
    """

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.exit_code: int | None = None
        self._child = Child("emotoolkit.replays.worker")
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

    def hang_up(self, number: int) -> None:
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

    def admit(self, player: int) -> Future[str]:
        """Let a page steer a replay past this process, which may be busy. Gives the address; a secret is in it."""
        told: Future[str] = Future()
        number = next(numbers)

        def hear(line: str | None) -> None:
            told.set_result((line or "").strip())
            self.hang_up(number)

        self.listen(number, hear)
        self.send(Admit(player, secrets.token_urlsafe(TOKEN), number))
        return told

    def last_words(self) -> str:
        """What the worker wrote to standard error, the end of it."""
        return self._child.last_words()

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


_pipes: list[Pipe] = []
_starting = threading.Lock()


def shared() -> Pipe:
    """Give this process's worker; start it if there is none, or if it has ended."""
    with _starting:  # one worker serves all threads
        # A forked child must not talk down its parent's pipe.
        if not _pipes or not _pipes[-1].alive or _pipes[-1].owner != os.getpid():
            _pipes[:] = [Pipe()]
        return _pipes[-1]
