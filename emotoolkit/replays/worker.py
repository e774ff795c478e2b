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
from emotoolkit.replays.commands import Abandon, IssueUrl, Play, Seek, read_command
from emotoolkit.replays.engine import ActiveReplay, SharedResources
from emotoolkit.replays.journal_writer import PipeSink
from emotoolkit.replays.timers import precise_call_later
from emotoolkit.utils.batched_calls import BatchedExecutor
from emotoolkit.utils.subprocesses import run_event_loop, stdin_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.replays.commands import Command, ReplayCommand
    from emotoolkit.replays.remote_control import RemoteControl
    from emotoolkit.replays.states import Status

__all__ = ["Worker"]

MAX_CONNECTING = 64
"""Sessions that may be connecting at once: of a thousand at the same instant a server would turn some away."""

SWITCH_INTERVAL_S = 0.0005
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
        self._reports = PipeSink(out)
        self._clock = clock
        self._shared = SharedResources(
            reports=self._reports,
            all_replays=self._active_replays,
            connect_limit=asyncio.Semaphore(MAX_CONNECTING),
            batched_executor=BatchedExecutor(),
        )
        self._tasks: dict[int, tuple[ActiveReplay, asyncio.Task[None]]] = {}
        self._remote_control: asyncio.Task[RemoteControl] | None = None
        self._url_tasks: set[asyncio.Task[None]] = set()

    async def run_commands(self, commands: asyncio.StreamReader) -> None:
        """Read and carry out commands."""
        while (command := await read_command(commands)) is not None:
            self.execute(command)
        for _, task in self._tasks.values():
            _cancel_soon(task)
        await asyncio.gather(*(task for _, task in self._tasks.values()), return_exceptions=True)
        if self._remote_control is not None:
            await (await self._remote_control).close()
        self._reports.flush()

    def execute(self, command: Command) -> None:
        """Begin to do what a command says."""
        if isinstance(command, Play):
            clock = self._clock(command.speed, catch_up=command.catch_up)
            replay = ActiveReplay(command, clock, self._shared)
            task = asyncio.create_task(replay.run())
            task.add_done_callback(partial(self._on_done, command.player))
            self._tasks[command.player] = (replay, task)
        elif isinstance(command, IssueUrl):
            task = asyncio.create_task(self._issue_url(command))
            self._url_tasks.add(task)
            task.add_done_callback(self._url_tasks.discard)
        elif command.player in self._tasks:  # else it has ended meanwhile
            replay, task = self._tasks[command.player]
            if isinstance(command, Abandon):
                _cancel_soon(task)
            elif not task.done() and not task.cancelling():
                replay.control(command)
            self._reports.flush()

    async def _issue_url(self, command: IssueUrl) -> None:
        """Open the door for a page, and tell where it is."""
        if self._remote_control is None:
            self._remote_control = asyncio.create_task(self._open_remote_control())
        url = (await self._remote_control).issue_url(command.player, command.token)
        self._reports.write(f"{command.reply_to} {url}\n".encode())

    async def _open_remote_control(self) -> RemoteControl:
        # Read in a thread: it takes 20 ms, for which nothing would be sent.
        module = await asyncio.to_thread(importlib.import_module, "emotoolkit.replays.remote_control")
        remote_control: RemoteControl = module.RemoteControl(self._control_from_page)
        await remote_control.open()
        return remote_control

    def _control_from_page(self, command: ReplayCommand) -> Status | None:
        """Do what a page asks; gives where the replay then is, None if it has ended or has no such moment."""
        if command.player not in self._tasks:
            return None
        replay, _ = self._tasks[command.player]
        if isinstance(command, Seek) and not replay.contains_time(command.to):
            return None
        self.execute(command)
        return replay.status()

    def _active_replays(self) -> Iterator[ActiveReplay]:
        return (playing for playing, _ in self._tasks.values())

    def _on_done(self, player: int, task: asyncio.Task[None]) -> None:
        replay, _ = self._tasks.pop(player)
        replay.close(None if task.cancelled() else task.exception())
        self._reports.flush()
        if not self._tasks:
            gc.unfreeze()


def _cancel_soon(task: asyncio.Task[None]) -> None:
    """Cancel a replay, behind its first step: cancelled before it, a task does nothing at all, not even its end."""
    asyncio.get_running_loop().call_soon(task.cancel)


async def _main(out: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    lines = asyncio.StreamWriter(transport, protocol, None, loop)
    loop.set_default_executor(ThreadPoolExecutor(os.cpu_count(), "reading"))  # more would only take turns
    try:
        with precise_call_later() as call_later:
            async with stdin_reader() as commands:
                await Worker(lines, partial(Clock, call_later=call_later)).run_commands(commands)
    finally:
        lines.close()


def _preload() -> None:
    """Read what every replay needs, while the notebook is still reading what it needs itself."""
    import aiohttp  # noqa: F401

    import emotoolkit.media.audio  # noqa: F401


def _run() -> None:
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not print into the pipe
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _preload()
    run_event_loop(_main(out))


if __name__ == "__main__":
    _run()
