"""Recordings on their way through all sessions of a player, on one clock: it sends what is due, and notes what happens.

Commands change the course of the clock; where what a server counts must begin anew, the sessions are finished and
others opened, together as a `Take`. The states in which all this can be, and who moves them: see `states`.
"""

from __future__ import annotations

import asyncio
import gc
import math
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from emotoolkit.apis.base.journal import Received, Reference, Sent
from emotoolkit.errors import EmotoolkitError, InternalError
from emotoolkit.replays import stagger
from emotoolkit.replays.commands import Pause, Resume, Seek, SetSpeed, Step, Stop
from emotoolkit.replays.idle_guard import IdleGuard
from emotoolkit.replays.journal_writer import JournalWriter
from emotoolkit.replays.prefetch import Ahead, cut
from emotoolkit.replays.session_group import Line, Take
from emotoolkit.replays.states import ReplayState, SessionState, Standing
from emotoolkit.utils import checksum
from emotoolkit.utils.json_values import finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emotoolkit.apis.base.protocols import Session
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.clock import Clock
    from emotoolkit.replays.commands import Control, Play
    from emotoolkit.replays.journal_writer import Sink
    from emotoolkit.utils.batched_calls import Rounds

__all__ = ["Playing", "Shared"]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all replays of a process have in common.

    Attributes
    ----------
    reports : Sink
        Where the journals' lines go besides to disk.
    others : callable
        Gives all replays of this process, so that they do not send in step.
    doors : asyncio.Semaphore
        How many sessions may be connecting at once.
    rounds : Rounds
        Reads for all of them.
    """

    reports: Sink
    others: Callable[[], Iterable[Playing]]
    doors: asyncio.Semaphore
    rounds: Rounds


class Playing:
    """A replay under way.

    Parameters
    ----------
    command : Play
        What is played.
    clock : Clock
        Its own; not started yet.
    shared : Shared
        What it shares with the other replays of this process.
    """

    def __init__(self, command: Play, clock: Clock, shared: Shared) -> None:
        self._command = command
        self._clock = clock
        self._shared = shared
        self.beat: float | None = None
        """A moment of wall time at which a packet is due; None while there is no pace."""
        self._epoch = clock.now()
        self._conversing: dict[Line, asyncio.Task[None]] = {}
        self._journals = [JournalWriter(part, shared.reports, self._cut_off) for part in command.parts]
        self._group = asyncio.TaskGroup()
        self._state = ReplayState.PAUSED if command.paused else ReplayState.PLAYING
        self._loops = command.loop
        self._steps = 0
        """Steps from packet to packet that are wanted and not taken yet."""
        self._under_way = 0
        self._take = Take("start", [], None)
        self._guard = IdleGuard(self._group, clock, self._at, self._continue)
        self._media = {journal: _promised(journal.part.recording) for journal in self._journals}

    async def run(self) -> None:
        """Open all sessions, start the clock when the last one is open, and play each to its end."""
        for journal in self._journals:
            journal.begin(self._command.speed, self._epoch)
        async with self._group:
            self._begin(self._command.at, "start")

    def close(self, problem: BaseException | None) -> None:
        """Close the journals when `run` is over: with a `problem` if that was unexpected. Every session has its end."""
        error = None if problem is None else InternalError(reason=_reason(problem))
        for journal in self._journals:
            journal.end_all(self._at(), "stopped" if error is None else "failed", error)
            journal.close()

    def control(self, command: Control) -> None:
        """Do what is asked. All of it takes effect at once; while sessions are being opened, when they are.

        Who is over, or has been told to end, begins nothing any more.
        """
        if self._state is ReplayState.OVER:
            return
        is_open = self._take.open
        match command:
            case Pause():
                self._hold(ReplayState.PAUSED)
                if is_open:
                    self._change(self._clock.pause, "pause")
                    self._watch_pause()
            case Resume():
                self._hold(ReplayState.PLAYING)
                self._steps = 0
                self._guard.stop()
                self._take.want()
                if is_open:
                    self._change(lambda: self._clock.resume(after=self._room()), "resume")
            case SetSpeed(speed=speed):
                self._change(lambda: self._set_speed(speed), "speed")
            case Seek(to=to) if not self._is_stopped:
                self._steps = 0
                self._end_take()
                self._begin(to, "seek")
            case Step() if not self._clock.playing:
                self._steps += 1
                self._take.want()
                self._step()
            case Stop():
                self._state = ReplayState.STOPPED
                self._end_take()
            case _:
                pass  # a step while it plays, a jump behind the end

    def _hold(self, state: ReplayState) -> None:
        """Let media time run or not, from now on; of a replay that was stopped it is the clock's course alone."""
        if not self._is_stopped:
            self._state = state

    def standing(self) -> Standing:
        """Where it is now."""
        clock, take = self._clock, self._take
        position = take.reached if math.isinf(clock.speed) else clock.position()
        state = "playing" if clock.playing else "paused"
        return Standing(position, state if take.open else "opening")

    def reaches(self, moment: float) -> bool:
        """Whether the media have such a moment."""
        last = max(journal.part.recording.duration for journal in self._journals)
        return 0 <= moment < min(last, self._command.until)

    def _tell_media(self, journal: JournalWriter) -> None:
        """Note what the file is, if all of it has been read by now."""
        promise = self._media[journal]
        if promise.done() and not promise.cancelled() and (found := promise.result()) is not None:
            journal.tell_media(*found)

    # The clock's course

    def _change(self, change: Callable[[], None], why: str) -> None:
        """Change the clock's course, and note it; while sessions are being opened their start will be the note."""
        self._note_if_caught_up()
        change()
        if self._take.open:
            self._note(why)

    def _step(self) -> None:
        """Go on to the next packet if that is wanted, as soon as every line waits for its next one."""
        take, clock = self._take, self._clock
        if not self._steps or not take.open or clock.playing:
            return
        _, media = clock.reference
        moment = take.next_behind(media)
        if moment is not None:
            self._steps -= 1
            self._change(lambda: clock.seek(moment), "step")

    def _set_speed(self, speed: float) -> None:
        if math.isinf(self._clock.speed) and self._take.open:
            self._clock.seek(self._take.reached)  # without a pace the clock stood, and the media went on
        self._clock.speed = speed

    def _note_if_caught_up(self) -> None:
        if self._clock.has_caught_up():
            self._note("caught up")

    def _note(self, why: str) -> None:
        wall, media = self._clock.reference
        reference = Reference(round(wall - self._epoch, 6), media, finite(self._clock.pace), self._clock.playing, why)
        for journal in self._journals:
            journal.write(reference)
        self._set_beat()

    def _room(self) -> float:
        """Seconds to wait before the clock runs, so that this replay does not send in step with the others."""
        interval, speed = self._take.interval, self._clock.speed
        if math.isinf(speed) or not interval:
            return 0.0
        clock, upcoming = self._clock, self._take.next
        ahead = interval if upcoming is None else upcoming - clock.position()
        taken = [other.beat for other in self._shared.others() if other.beat is not None and other is not self]
        return stagger.wait(clock.now() + ahead / speed, interval / speed, taken)

    def _set_beat(self) -> None:
        clock, take = self._clock, self._take
        paced = clock.playing and not math.isinf(clock.speed)
        moment = take.reached + take.interval if take.next is None else take.next
        self.beat = clock.due(moment) if paced else None

    # Takes

    def _begin(self, start: float, why: str) -> None:
        """Open one session per settings and recording, all to begin at media time `start`."""
        every = [(journal, of) for journal in self._journals for of in range(len(journal.part.sessions))]
        there = [(journal, of, start) for journal, of in every if start < journal.part.recording.duration]
        self._clock.pause()
        self._clock.seek(start)
        self._open(there, why, start)
        self._take.want()

    def _continue(self) -> None:
        """Finish the sessions of a long pause, and go on in new ones where they ended, as soon as that is wanted."""
        lines = self._take.lines
        self._end_take()
        self._open([(line.journal, line.of, line.reached) for line in lines], "idle", None)

    def _open(self, there: list[tuple[JournalWriter, int, float]], why: str, start: float | None) -> None:
        lines = [Line(journal, journal.open_session(of, begin, self._at()), of, begin) for journal, of, begin in there]
        self._take = take = Take(why, lines, start)
        for line in list(lines):
            self._start(take, line)

    def _start(self, take: Take, line: Line) -> None:
        self._under_way += 1
        self._group.create_task(self._play(take, line))

    def _end_take(self) -> None:
        """Send no more in the old sessions; they are finished properly beside the new ones."""
        self._guard.stop()
        self._take.end()

    async def _play(self, take: Take, line: Line) -> None:
        """Play one session and write how it ended, whatever happens."""
        how, error = "failed", None
        try:
            await self._until_cut_off(take, line)
            how = "stopped" if self._is_stopped and line.state is not SessionState.WHOLE else "finished"
        except EmotoolkitError as problem:
            error = problem
        except asyncio.CancelledError:
            how = "left" if take.ended and not self._is_stopped else "stopped"
            if not take.ended and not take.never_opens:
                raise
        except Exception as problem:  # noqa: BLE001 - whatever it was, the others play on and the notebook is told
            error = InternalError(reason=repr(problem))
        finally:
            self._leave(take, line)
            take.refuse()  # who cannot open lets nobody start: a session costs money
            self._tell_media(line.journal)
            line.journal.end_session(line.number, self._at(), how, error)
            self._under_way -= 1
            if not self._under_way:
                self._state = ReplayState.OVER

    async def _until_cut_off(self, take: Take, line: Line) -> None:
        """Hold the conversation for as long as the journal takes what is said. Raises why it does not."""
        line.journal.check()
        self._conversing[line] = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            await self._converse(take, line)
        except asyncio.CancelledError:
            if line.journal.problem is None:
                raise
            raise line.journal.problem from None
        finally:
            del self._conversing[line]
        line.journal.check()

    def _cut_off(self, journal: JournalWriter) -> None:
        """End the conversations of a journal that takes no more."""
        for line, conversing in self._conversing.items():
            if line.journal is journal:
                conversing.cancel()

    async def _converse(self, take: Take, line: Line) -> None:
        def hear(raw: str) -> None:
            line.journal.write(Received(line.number, self._at(), raw))

        await take.may_connect()
        recording, api = line.journal.part.recording, line.api
        ahead = 0.0 if recording.live else 1.0  # nothing is held back of what is live
        packets = cut(api, recording, line.reached)
        with Ahead(packets, recording.file, lambda: ahead * self._clock.speed, self._shared.rounds) as ready:
            first = None if recording.live else await ready.first()
            async with AsyncExitStack() as stack:
                async with self._shared.doors:
                    session = await stack.enter_async_context(api.connect(hear))
                line.opened = line.stirred = self._clock.now()
                line.mind_limits(session)
                await self._everybody_open(take, 0.0 if first is None else first.duration)
                await take.send_until_ended(line, self._send(take, line, session, ready))
                self._sent_all(take, line)
                await session.finish()
        await asyncio.shield(asyncio.wrap_future(self._media[line.journal]))

    def _renew(self, take: Take, line: Line, start: float) -> None:
        """Go on in another session, since this one has lasted almost as long as its server allows."""
        number = line.journal.open_session(line.of, start, self._at(), renews=line.number)
        fresh = Line(line.journal, number, line.of, start)
        take.lines.append(fresh)
        self._start(take, fresh)

    async def _everybody_open(self, take: Take, interval: float) -> None:
        if take.is_last_to_open(interval):
            if not math.isinf(self._clock.speed):
                gc.collect()
                gc.freeze()  # what lives as long as the sessions need not be looked through again and again
            self._start_clock(take)
            take.begin()
            self._note(take.why)
            self._watch_pause()
            self._step()
        await take.all_open()

    def _start_clock(self, take: Take) -> None:
        clock = self._clock
        if any(line.journal.part.recording.live for line in take.lines):
            clock.start()
            clock.pause()  # the first packet says when it began
        elif take.start is None:
            if self._state is not ReplayState.PAUSED:
                clock.resume(after=self._room())
        elif self._state is ReplayState.PAUSED:
            clock.start(take.start)
            clock.pause()
            clock.seek(take.start)
        else:
            clock.start(take.start, after=self._room())

    def _sent_all(self, take: Take, line: Line) -> None:
        """Begin again when everybody has sent everything and another turn is wanted."""
        if not self._is_stopped:
            line.state = SessionState.WHOLE
        self._leave(take, line)
        if not take.lines and not take.ended and self._loops > 1:
            self._loops -= 1
            self._end_take()
            self._begin(self._command.at, "loop")

    def _leave(self, take: Take, line: Line) -> None:
        """A line that needs no more media."""
        if line in take.lines:
            take.lines.remove(line)
            if take is self._take:
                self._step()  # the others waited for this one
        if not take.lines and take is self._take:
            self._guard.stop()

    # Sending

    async def _send(self, take: Take, line: Line, session: Session, packets: Ahead) -> None:
        clock, journal, until = self._clock, line.journal, self._command.until
        reach = self._reach_live if journal.part.recording.live else clock.reach
        async for packet in packets:
            if packet.start >= until:
                break
            line.upcoming = packet.end
            self._step()
            late = await reach(packet.end)
            line.upcoming = None
            self._note_if_caught_up()
            if line.reached > line.began and clock.now() >= line.over - 2 * packet.duration / clock.speed:
                self._renew(take, line, packet.start)
                break
            due = None
            if math.isinf(clock.speed):
                await journal.drained()
            else:
                due = round(clock.due(packet.end) - self._epoch, 6)
                if clock.playing and late > packet.duration / clock.speed:
                    clock.shift(late)  # before anything is awaited, so that who is late for the same reason is not
                    self._note("stall")
            sent = self._at()
            line.state = SessionState.HANDING
            await session.send(packet)
            line.state = SessionState.SENDING
            journal.write_sent(Sent(line.number, packet.start, packet.end, due, sent, len(packet.data)))
            line.stirred = clock.now()
            line.mind_limits(session)
            line.reached = packet.end
            take.reached = max(take.reached, packet.end)
            if take.ended:
                break

    async def _reach_live(self, moment: float) -> float:
        """Say that a packet of what is live is due: there it is, so its end has been.

        A live recording's media time is told by what comes soonest after it happened: all else was on its way longer.
        """
        clock = self._clock
        if not clock.playing:
            clock.resume()
        if clock.due(moment) > clock.now():
            clock.seek(moment)
            self._note("sooner")
        return 0.0

    def _watch_pause(self) -> None:
        """See to it that a pause does not outlast what the servers allow."""
        if self._state is ReplayState.PAUSED:
            self._guard.watch(self._take)
        else:
            self._guard.stop()

    @property
    def _is_stopped(self) -> bool:
        return self._state is ReplayState.STOPPED

    def _at(self) -> float:
        return round(self._clock.now() - self._epoch, 6)


def _reason(problem: BaseException) -> str:
    """Name what went wrong; of several at once, each."""
    if isinstance(problem, BaseExceptionGroup):
        return ", ".join(map(_reason, problem.exceptions))
    return repr(problem)


def _promised(recording: Recording) -> Future[tuple[str, int] | None]:
    """Promise what the recording's file is; None of one that is still being made: what it will be, nobody knows."""
    if not recording.live:
        return checksum.promised(recording.path)
    unknown: Future[tuple[str, int] | None] = Future()
    unknown.set_result(None)
    return unknown
