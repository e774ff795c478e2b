"""The worker: the process with the event loop, the clocks and the sessions of all replays.

It is a process of its own so that nothing in the notebook can hold up a packet. It imports neither pandas nor
matplotlib, reads commands from its standard input (pickles) and writes the journals' lines to its standard output, each
prefixed with the number of its replay. It ends when its input ends.
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
from emotoolkit.replays.engine import ActiveReplay
from emotoolkit.replays.journal_writer import PipeSink
from emotoolkit.replays.shared_resources import SharedResources
from emotoolkit.replays.timers import precise_call_later
from emotoolkit.utils import process_log
from emotoolkit.utils.batched_calls import BatchedExecutor
from emotoolkit.utils.pipes import open_pipe_writer, stdin_reader
from emotoolkit.utils.subprocesses import run_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.replays.commands import Command, ReplayCommand
    from emotoolkit.replays.remote_control import RemoteControl
    from emotoolkit.replays.states import Status
    from emotoolkit.utils.pipes import PipeWriter

__all__ = ["Worker"]

MAX_CONNECTING = 64
"""Sessions that may be connecting at once: a server would refuse some of a thousand simultaneous connections."""

SWITCH_INTERVAL_S = 0.0005
"""Seconds for which a reading thread may keep the loop from sending. Python's default of 5 ms shows in the lateness."""


class Worker:
    """Executor of the notebook's commands.

    Parameters
    ----------
    out : PipeWriter
        Where the journals' lines go.
    clock : callable
        Makes the clock of a replay, given its speed and `catch_up`; tests pass one with fake time.
    """

    def __init__(self, out: PipeWriter, clock: Callable[..., Clock] = Clock) -> None:
        self._sink = PipeSink(out)
        self._clock = clock
        self._shared = SharedResources(
            sink=self._sink,
            all_replays=self._active_replays,
            connect_limit=asyncio.Semaphore(MAX_CONNECTING),
            batched_executor=BatchedExecutor(),
        )
        self._tasks: dict[int, tuple[ActiveReplay, asyncio.Task[None]]] = {}
        self._remote_control: asyncio.Task[RemoteControl] | None = None
        self._url_tasks: set[asyncio.Task[None]] = set()

    def write_log(self, line: str) -> None:
        """Write a line with a log record; on the loop's thread."""
        self._sink.write(line.encode() + b"\n")

    async def run_commands(self, commands: asyncio.StreamReader) -> None:
        """Read and execute commands until there are no more, then end all replays."""
        while (command := await read_command(commands)) is not None:
            self.execute(command)
        for _, task in self._tasks.values():
            _cancel_soon(task)
        await asyncio.gather(*(task for _, task in self._tasks.values()), return_exceptions=True)
        if self._remote_control is not None:
            await (await self._remote_control).close()
        self._sink.flush()

    def execute(self, command: Command) -> None:
        """Execute a command; a replay runs on in a task of its own."""
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
            self._sink.flush()

    async def _issue_url(self, command: IssueUrl) -> None:
        """Create a URL for a page and report it."""
        if self._remote_control is None:
            self._remote_control = asyncio.create_task(self._open_remote_control())
        url = (await self._remote_control).issue_url(command.player, command.token)
        self._sink.write(f"{command.reply_to} {url}\n".encode())

    async def _open_remote_control(self) -> RemoteControl:
        # Imported in a thread: it takes 20 ms, in which the loop would send nothing.
        module = await asyncio.to_thread(importlib.import_module, "emotoolkit.replays.remote_control")
        remote_control: RemoteControl = module.RemoteControl(self._control_from_page)
        await remote_control.open()
        return remote_control

    def _control_from_page(self, command: ReplayCommand) -> Status | None:
        """Execute a page's command. Returns the replay's status; None if it has ended or has no such moment."""
        if command.player not in self._tasks:
            return None
        replay, _ = self._tasks[command.player]
        if isinstance(command, Seek) and not replay.contains_time(command.to):
            return None
        self.execute(command)
        return replay.status()

    def _active_replays(self) -> Iterator[ActiveReplay]:
        return (replay for replay, _ in self._tasks.values())

    def _on_done(self, player: int, task: asyncio.Task[None]) -> None:
        replay, _ = self._tasks.pop(player)
        replay.close(None if task.cancelled() else task.exception())
        self._sink.flush()
        if not self._tasks:
            gc.unfreeze()


def _cancel_soon(task: asyncio.Task[None]) -> None:
    """Cancel a replay after its first step: a task cancelled before it never runs, not even its `finally`."""
    asyncio.get_running_loop().call_soon(task.cancel)


async def _main(out: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    lines = await open_pipe_writer(out)
    loop.set_default_executor(ThreadPoolExecutor(os.cpu_count(), "reading"))  # more would only compete
    try:
        with precise_call_later() as call_later:
            async with stdin_reader() as commands:
                worker = Worker(lines, partial(Clock, call_later=call_later))
                # Threads that read recordings may log, too; the pipe is the loop's.
                process_log.forward(partial(_call_soon, loop, worker.write_log))
                await worker.run_commands(commands)
    finally:
        lines.close()


def _call_soon(loop: asyncio.AbstractEventLoop, write: Callable[[str], None], line: str) -> None:
    loop.call_soon_threadsafe(write, line)


def _preload() -> None:
    """Import what every replay needs while the notebook is still busy with its own imports."""
    import aiohttp  # noqa: F401

    import emotoolkit.media.audio  # noqa: F401


def _run() -> None:
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # prints of libraries must not get into the pipe
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _preload()
    run_event_loop(_main(out))


if __name__ == "__main__":
    _run()
