"""The process that owns loop, clocks and sessions: it plays what it is told to, and reports what happens.

It is a process of its own so that nothing in the notebook can hold up a packet. It imports neither pandas nor
matplotlib, reads commands from its standard input (pickles) and writes the journals' lines to its standard output, each
behind the number of its replay. When its input ends, so does it.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from emotoolkit.replays.clock import Clock
from emotoolkit.replays.commands import Abandon, Admit, Play, Seek, read_command
from emotoolkit.replays.engine import Playing, Shared
from emotoolkit.replays.journal_writer import Reports
from emotoolkit.replays.timers import exact
from emotoolkit.utils.batched_calls import Rounds
from emotoolkit.utils.subprocesses import run, stdin_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.replays.commands import Command, Control
    from emotoolkit.replays.remote_control import Steering
    from emotoolkit.replays.states import Standing

__all__ = ["Worker"]

DOORS = 64
"""Sessions that may be connecting at once: of a thousand at the same instant a server would turn some away."""

SWITCH = 0.0005
"""Seconds that a thread which reads may keep the loop from sending. Python's own 5 ms would be seen in the lateness."""


class Worker:
    """Carries out commands until its input ends.

    Parameters
    ----------
    out : asyncio.StreamWriter
        Where the journals' lines go.
    clock : callable
        Makes the clock of a replay, given its speed and `catch_up`; tests pass one with a time of their own.
    """

    def __init__(self, out: asyncio.StreamWriter, clock: Callable[..., Clock] = Clock) -> None:
        self._reports = Reports(out)
        self._clock = clock
        self._shared = Shared(reports=self._reports, others=self._all, doors=asyncio.Semaphore(DOORS), rounds=Rounds())
        self._tasks: dict[int, tuple[Playing, asyncio.Task[None]]] = {}
        self._steering: asyncio.Task[Steering] | None = None
        self._admitting: set[asyncio.Task[None]] = set()

    async def obey(self, commands: asyncio.StreamReader) -> None:
        """Read and carry out commands."""
        while (command := await read_command(commands)) is not None:
            self.carry_out(command)
        for _, task in self._tasks.values():
            _drop(task)
        await asyncio.gather(*(task for _, task in self._tasks.values()), return_exceptions=True)
        if self._steering is not None:
            await (await self._steering).close()
        self._reports.flush()

    def carry_out(self, command: Command) -> None:
        """Begin to do what a command says."""
        if isinstance(command, Play):
            clock = self._clock(command.speed, catch_up=command.catch_up)
            playing = Playing(command, clock, self._shared)
            task = asyncio.create_task(playing.run())
            task.add_done_callback(partial(self._forget, command.player))
            self._tasks[command.player] = (playing, task)
        elif isinstance(command, Admit):
            task = asyncio.create_task(self._admit(command))
            self._admitting.add(task)
            task.add_done_callback(self._admitting.discard)
        elif command.player in self._tasks:  # else it has ended meanwhile
            playing, task = self._tasks[command.player]
            if isinstance(command, Abandon):
                _drop(task)
            elif not task.done() and not task.cancelling():
                playing.control(command)
            self._reports.flush()

    async def _admit(self, command: Admit) -> None:
        """Open the door for a page, and tell where it is."""
        if self._steering is None:
            self._steering = asyncio.create_task(self._door())
        url = (await self._steering).admit(command.player, command.token)
        self._reports.write(f"{command.tell} {url}\n".encode())

    async def _door(self) -> Steering:
        # Read in a thread: it takes 20 ms, for which nothing would be sent.
        module = await asyncio.to_thread(importlib.import_module, "emotoolkit.replays.remote_control")
        door: Steering = module.Steering(self._steer)
        await door.open()
        return door

    def _steer(self, command: Control) -> Standing | None:
        """Do what a page asks; gives where the replay then is, None if it has ended or has no such moment."""
        if command.player not in self._tasks:
            return None
        playing, _ = self._tasks[command.player]
        if isinstance(command, Seek) and not playing.reaches(command.to):
            return None
        self.carry_out(command)
        return playing.standing()

    def _all(self) -> Iterator[Playing]:
        return (playing for playing, _ in self._tasks.values())

    def _forget(self, player: int, task: asyncio.Task[None]) -> None:
        playing, _ = self._tasks.pop(player)
        playing.close(None if task.cancelled() else task.exception())
        self._reports.flush()
        if not self._tasks:
            gc.unfreeze()


def _drop(task: asyncio.Task[None]) -> None:
    """Cancel a replay, behind its first step: cancelled before it, a task does nothing at all, not even its end."""
    asyncio.get_running_loop().call_soon(task.cancel)


async def _main(out: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    lines = asyncio.StreamWriter(transport, protocol, None, loop)
    loop.set_default_executor(ThreadPoolExecutor(os.cpu_count(), "reading"))  # more would only take turns
    try:
        with exact() as call_later:
            async with stdin_reader() as commands:
                await Worker(lines, partial(Clock, call_later=call_later)).obey(commands)
    finally:
        lines.close()


def _prepare() -> None:
    """Read what every replay needs, while the notebook is still reading what it needs itself."""
    import aiohttp  # noqa: F401

    import emotoolkit.media.audio  # noqa: F401


def _run() -> None:
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not print into the pipe
    sys.setswitchinterval(SWITCH)
    _prepare()
    run(_main(out))


if __name__ == "__main__":
    _run()
