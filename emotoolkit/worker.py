"""The process that owns loop, clock and sessions: it sends what is due, journals what happens, and reports it.

It is a process of its own so that nothing in the notebook can hold up a packet. It imports neither pandas nor
matplotlib, reads commands from its standard input (pickles) and writes the journals' lines to its standard output, each
behind the number of its replay. When its input ends, so does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TextIO

from emotoolkit import __version__
from emotoolkit.child import stdin_reader
from emotoolkit.clock import Clock
from emotoolkit.commands import Abandon, Pause, Play, Resume, Seek, SetSpeed, Step, Stop, read_command
from emotoolkit.errors import EmotoolkitError, InternalError, ReadingFailed
from emotoolkit.journal import Began, Ended, Opened, Received, Reference, Sent, finite, to_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from typing import Self

    from emotoolkit.commands import Command, Control, Part
    from emotoolkit.journal import Record
    from emotoolkit.packet import Packet
    from emotoolkit.session import Api, Session

__all__ = ["Worker"]

READ_AHEAD = 4.0
"""Seconds of media read at once, in a thread; twice that is held at most. Longer than one video segment."""


class Worker:
    """Carries out commands until its input ends.

    Parameters
    ----------
    out : asyncio.StreamWriter
        Where the journals' lines go.
    clock : callable
        Makes the clock of a replay, given its speed; tests pass one with a time of their own.
    """

    def __init__(self, out: asyncio.StreamWriter, clock: Callable[[float], Clock] = Clock) -> None:
        self._out = out
        self._clock = clock
        self._playing: dict[int, tuple[_Playing, asyncio.Task[None]]] = {}

    async def obey(self, commands: asyncio.StreamReader) -> None:
        """Read and carry out commands."""
        while (command := await read_command(commands)) is not None:
            self._carry_out(command)
        for _, task in self._playing.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in self._playing.values()), return_exceptions=True)

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, Play):
            playing = _Playing(command, self._clock(command.speed), self._report)
            task = asyncio.create_task(playing.run())
            task.add_done_callback(lambda _: self._forget(command.player))
            self._playing[command.player] = (playing, task)
        elif command.player in self._playing:  # else it has ended meanwhile
            playing, task = self._playing[command.player]
            if isinstance(command, Abandon):
                task.cancel()
            else:
                playing.control(command)

    def _forget(self, player: int) -> None:
        self._playing.pop(player, None)
        if not self._playing:
            gc.unfreeze()

    def _report(self, number: int, line: str) -> asyncio.StreamWriter:
        self._out.write(f"{number} {line}\n".encode())
        return self._out


class _Playing:
    """A recording on its way through all sessions of a player."""

    def __init__(self, command: Play, clock: Clock, report: Callable[[int, str], asyncio.StreamWriter]) -> None:
        self._command = command
        self._clock = clock
        self._epoch = clock.now()
        self._books = [_Book(part, report) for part in command.parts]
        self._group = asyncio.TaskGroup()
        self._paused = command.paused
        self._loops = command.loop
        self._stopped = False
        self._take: _Take | None = None

    async def run(self) -> None:
        """Open all sessions, start the clock when the last one is open, and play each to its end."""
        for book in self._books:
            book.write(self._began(book.part))
        async with self._group:
            self._open(self._command.at, "start")

    def control(self, command: Control) -> None:
        """Do what is asked. All of it takes effect at once."""
        match command:
            case Pause():
                self._paused = True
                self._change(self._clock.pause, "pause")
            case Resume():
                self._paused = False
                self._change(self._clock.resume, "resume")
            case SetSpeed(speed=speed):
                self._change(lambda: self._set_speed(speed), "speed")
            case Seek(to=to):
                self._reopen(to, "seek")
            case Step() if not self._clock.playing and self._take is not None and self._take.next is not None:
                moment = self._take.next
                self._change(lambda: self._clock.seek(moment), "step")
            case Stop():
                self._stopped = True
                self._end_take()
            case _:
                pass  # a step while it plays, or before anything is ready to be sent

    def _change(self, change: Callable[[], None], why: str) -> None:
        """Change the clock's course, and note it; while sessions are being opened their start will be the note."""
        change()
        if self._take is not None and self._take.open:
            self._note(why)

    def _set_speed(self, speed: float) -> None:
        if math.isinf(self._clock.speed) and self._take is not None:
            self._clock.seek(self._take.reached)  # without a pace the clock stood, and the media went on
        self._clock.speed = speed

    def _note(self, why: str) -> None:
        wall, media = self._clock.reference
        at = wall - self._epoch
        for book in self._books:
            book.write(Reference(at, media, finite(self._clock.speed), self._clock.playing, why))

    def _open(self, start: float, why: str) -> None:
        """Open one session per settings, all to begin at media time `start`."""
        self._take = take = _Take(start, why, sum(len(book.part.sessions) for book in self._books))
        for book in self._books:
            for of, api in enumerate(book.part.sessions):
                session = book.open_session(of, start, self._at())
                self._group.create_task(self._play(take, book, session, api))

    def _reopen(self, start: float, why: str) -> None:
        """Go on in new sessions. The old ones get no more media, and are finished properly beside the new ones."""
        self._end_take()
        self._clock.pause()
        self._clock.seek(start)
        self._open(start, why)

    def _end_take(self) -> None:
        if self._take is not None:
            self._take.end()

    async def _play(self, take: _Take, book: _Book, session: int, api: Api) -> None:
        """Play one session and write how it ended, whatever happens."""
        how, error = "failed", None
        try:
            await self._converse(take, book, session, api)
            how = "stopped" if take.ended and self._stopped else "finished"
        except EmotoolkitError as problem:
            error = problem
        except asyncio.CancelledError:
            how = "left" if take.ended and not self._stopped else "stopped"
            if not take.ended and not take.gate.cancelled():
                raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, the notebook must hear of it
            error = InternalError(reason=repr(problem))
        finally:
            if not take.gate.done():
                take.gate.cancel()  # who cannot open lets nobody start: a session costs money
            name, facts = (None, {}) if error is None else (type(error).__name__, error.facts)
            book.write(Ended(session, self._at(), how, name, facts))

    async def _converse(self, take: _Take, book: _Book, session: int, api: Api) -> None:
        def hear(raw: str) -> None:
            book.write(Received(session, self._at(), raw))

        recording = self._command.recording
        if recording.live:
            recording = await asyncio.to_thread(recording.begun)
        packets = _Ahead(api.packets(recording, take.start), recording.file, 0.0 if recording.live else READ_AHEAD)
        with packets:
            if not recording.live:
                await packets.ready()
            async with api.connect(hear) as opened:
                await self._everybody_open(take)
                await take.send_until_ended(self._send(take, book, session, opened, packets))
                self._sent_all(take)
                await opened.finish()

    async def _everybody_open(self, take: _Take) -> None:
        take.missing -= 1
        if not take.missing and not take.gate.done():
            gc.collect()
            gc.freeze()  # what lives as long as the sessions need not be looked through again and again
            self._clock.start(take.start)
            if self._paused:
                self._clock.pause()
                self._clock.seek(take.start)
            self._note(take.why)
            take.gate.set_result(None)
        await asyncio.shield(take.gate)

    def _sent_all(self, take: _Take) -> None:
        """Begin again when everybody has sent everything and another turn is wanted."""
        take.unsent -= 1
        if not take.unsent and not take.ended and self._loops > 1:
            self._loops -= 1
            self._reopen(self._command.at, "loop")

    async def _send(self, take: _Take, book: _Book, session: int, opened: Session, packets: _Ahead) -> None:
        clock = self._clock
        async for packet in packets:
            if packet.start >= self._command.until:
                break
            with take.waiting_for(packet.end):
                late = await self._reach(packet.end)
            unpaced = math.isinf(clock.speed)
            if unpaced:
                await book.drained()
            due = None if unpaced else clock.due(packet.end) - self._epoch
            sent = self._at()
            await opened.send(packet)
            book.write(Sent(session, packet.start, packet.end, due, sent, len(packet.data)))
            take.reached = max(take.reached, packet.end)
            if clock.playing and late > packet.duration / clock.speed:
                clock.shift(late)
                self._note("stall")

    async def _reach(self, moment: float) -> float:
        """Wait until a packet is due. Of what is live it is: there it is, so its end has been.

        A live recording's media time is told by what comes soonest after it happened: all else was on its way longer.
        """
        clock = self._clock
        if not self._command.recording.live:
            return await clock.reach(moment)
        if clock.due(moment) > clock.now():
            clock.seek(moment)
            self._note("sooner")
        return 0.0

    def _at(self) -> float:
        return round(self._clock.now() - self._epoch, 6)

    def _began(self, part: Part) -> Began:
        recording = self._command.recording
        return Began(
            emotoolkit=__version__,
            file=recording.file,
            duration=finite(recording.duration),
            api=part.sessions[0].name,
            sessions=[api.settings() for api in part.sessions],
            speed=finite(self._command.speed),
            utc=datetime.now(UTC).isoformat(),
            epoch=self._epoch,
        )


class _Take:
    """The sessions that began together, at the start or after a jump, and how far they are."""

    def __init__(self, start: float, why: str, sessions: int) -> None:
        self.start = start
        self.why = why
        self.missing = sessions
        self.unsent = sessions
        self.ended = False
        self.reached = start
        self.gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sending: set[asyncio.Task[None]] = set()
        self._waiting: list[float] = []

    @property
    def open(self) -> bool:
        """Whether all sessions are open and the clock has been started for them."""
        return self.gate.done() and not self.gate.cancelled()

    @property
    def next(self) -> float | None:
        """Media second at which the next packet of any session is due."""
        return min(self._waiting, default=None)

    @contextlib.contextmanager
    def waiting_for(self, moment: float) -> Iterator[None]:
        """Say that a packet is ready and due at `moment`."""
        self._waiting.append(moment)
        try:
            yield
        finally:
            self._waiting.remove(moment)

    def end(self) -> None:
        """Send no more; what is open is finished properly, what is not is given up."""
        self.ended = True
        if not self.gate.done():
            self.gate.cancel()
        for task in self._sending:
            task.cancel()

    async def send_until_ended(self, send: Coroutine[None, None, None]) -> None:
        """Run a session's sending; returns when it has sent everything, or was told to end."""
        sending = asyncio.create_task(send)
        self._sending.add(sending)
        try:
            await sending
        except asyncio.CancelledError:
            if not self.ended:
                sending.cancel()
                raise
        finally:
            self._sending.discard(sending)


class _Book:
    """One API's journal: to disk first, then up the pipe."""

    def __init__(self, part: Part, report: Callable[[int, str], asyncio.StreamWriter]) -> None:
        self.part = part
        self._report = report
        self._pipe: asyncio.StreamWriter | None = None
        self._sessions = 0
        self._open = 0
        self._file: TextIO = part.journal.open("a", encoding="utf-8")

    def open_session(self, of: int, start: float, at: float) -> int:
        """Give the next session its number."""
        number = self._sessions
        self._sessions += 1
        self._open += 1
        self.write(Opened(number, of, start, at))
        return number

    def write(self, record: Record) -> None:
        """Keep a record. The file closes behind the last session's end."""
        line = to_line(record)
        self._file.write(line + "\n")
        self._file.flush()
        self._pipe = self._report(self.part.number, line)
        if isinstance(record, Ended):
            self._open -= 1
            if not self._open:
                self._file.close()

    async def drained(self) -> None:
        """Wait until the notebook has read what was reported. Only for unpaced replays: a pace waits for nobody."""
        if self._pipe is not None:
            await self._pipe.drain()


class _Ahead:
    """Packets read in a thread, some seconds at once, one such batch ahead of need."""

    def __init__(self, packets: Iterator[Packet], file: str, seconds: float) -> None:
        self._packets = packets
        self._file = file
        self._seconds = seconds
        self._end = 0.0
        self._reading = self._read()

    async def ready(self) -> None:
        """Wait for the first batch, so that reading costs nothing once the clock runs. Raises what reading raised."""
        await asyncio.shield(self._reading)

    async def __aiter__(self) -> AsyncIterator[Packet]:
        while batch := await self._reading:
            self._reading = self._read()
            for packet in batch:
                yield packet
                self._end = packet.end

    def _read(self) -> asyncio.Future[list[Packet]]:
        return asyncio.ensure_future(asyncio.to_thread(self._batch))

    def _batch(self) -> list[Packet]:
        taken: list[Packet] = []
        try:
            for packet in self._packets:
                taken.append(packet)
                if packet.end - taken[0].start >= self._seconds:
                    break
        except EmotoolkitError:
            raise
        except Exception as problem:
            raise ReadingFailed(file=self._file, sent=self._end, reason=str(problem) or repr(problem)) from problem
        return taken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.cancel()


async def _main(out: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    lines = asyncio.StreamWriter(transport, protocol, None, loop)
    try:
        async with stdin_reader() as commands:
            await Worker(lines).obey(commands)
    finally:
        lines.close()


def _run() -> None:
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not print into the pipe
    try:
        import uvloop
    except ImportError:
        asyncio.run(_main(out))
    else:
        uvloop.run(_main(out))


if __name__ == "__main__":
    _run()
