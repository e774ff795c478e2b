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
from emotoolkit.replays.commands import Pause, Resume, Seek, SetSpeed, StepForward, Stop
from emotoolkit.replays.idle_guard import IdleGuard
from emotoolkit.replays.journal_writer import JournalWriter
from emotoolkit.replays.prefetch import Prefetcher, cut_packets
from emotoolkit.replays.session_group import SessionGroup, StreamSession
from emotoolkit.replays.states import ReplayState, SessionState, Status
from emotoolkit.utils import checksum
from emotoolkit.utils.json_values import finite_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emotoolkit.apis.base.protocols import Session
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.clock import Clock
    from emotoolkit.replays.commands import Play, ReplayCommand
    from emotoolkit.replays.journal_writer import Sink
    from emotoolkit.utils.batched_calls import BatchedExecutor

__all__ = ["ActiveReplay", "SharedResources"]


@dataclass(frozen=True, slots=True)
class SharedResources:
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
    all_replays: Callable[[], Iterable[ActiveReplay]]
    connect_limit: asyncio.Semaphore
    batched_executor: BatchedExecutor


class ActiveReplay:
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

    def __init__(self, command: Play, clock: Clock, shared: SharedResources) -> None:
        self._command = command
        self._clock = clock
        self._shared = shared
        self.next_packet_at: float | None = None
        """A moment of wall time at which a packet is due; None while there is no pace."""
        self._epoch = clock.now()
        self._session_tasks: dict[StreamSession, asyncio.Task[None]] = {}
        self._journals = [JournalWriter(part, shared.reports, self._on_journal_failure) for part in command.streams]
        self._tasks = asyncio.TaskGroup()
        self._state = ReplayState.PAUSED if command.paused else ReplayState.PLAYING
        self._remaining_loops = command.loop
        self._pending_steps = 0
        """Steps from packet to packet that are wanted and not taken yet."""
        self._running_sessions = 0
        self._session_group = SessionGroup("start", [], None)
        self._guard = IdleGuard(self._tasks, clock, self._elapsed, self._reopen_after_pause)
        self._checksums = {journal: _checksum_future(journal.spec.recording) for journal in self._journals}

    async def run(self) -> None:
        """Open all sessions, start the clock when the last one is open, and play each to its end."""
        for journal in self._journals:
            journal.begin(self._command.speed, self._epoch)
        async with self._tasks:
            self._open_sessions(self._command.at, "start")

    def close(self, problem: BaseException | None) -> None:
        """Close the journals when `run` is over: with a `problem` if that was unexpected. Every session has its end."""
        error = None if problem is None else InternalError(reason=_reason(problem))
        for journal in self._journals:
            journal.end_all(self._elapsed(), "stopped" if error is None else "failed", error)
            journal.close()

    def control(self, command: ReplayCommand) -> None:
        """Do what is asked. All of it takes effect at once; while sessions are being opened, when they are.

        Who is over, or has been told to end, begins nothing any more.
        """
        if self._state is ReplayState.OVER:
            return
        is_open = self._session_group.open
        match command:
            case Pause():
                self._set_state(ReplayState.PAUSED)
                if is_open:
                    self._change(self._clock.pause, "pause")
                    self._watch_pause()
            case Resume():
                self._set_state(ReplayState.PLAYING)
                self._pending_steps = 0
                self._guard.stop()
                self._session_group.allow_connecting()
                if is_open:
                    self._change(lambda: self._clock.resume(after=self._stagger_delay()), "resume")
            case SetSpeed(speed=speed):
                self._change(lambda: self._set_speed(speed), "speed")
            case Seek(to=to) if not self._is_stopped:
                self._pending_steps = 0
                self._end_group()
                self._open_sessions(to, "seek")
            case StepForward() if not self._clock.playing:
                self._pending_steps += 1
                self._session_group.allow_connecting()
                self._step()
            case Stop():
                self._state = ReplayState.STOPPED
                self._end_group()
            case _:
                pass  # a step while it plays, a jump behind the end

    def _set_state(self, state: ReplayState) -> None:
        """Let media time run or not, from now on; of a replay that was stopped it is the clock's course alone."""
        if not self._is_stopped:
            self._state = state

    def status(self) -> Status:
        """Where it is now."""
        clock, group = self._clock, self._session_group
        position = group.position if math.isinf(clock.speed) else clock.position()
        state = "playing" if clock.playing else "paused"
        return Status(position, state if group.open else "opening")

    def contains_time(self, moment: float) -> bool:
        """Whether the media have such a moment."""
        last = max(journal.spec.recording.duration for journal in self._journals)
        return 0 <= moment < min(last, self._command.until)

    def _write_media(self, journal: JournalWriter) -> None:
        """Note what the file is, if all of it has been read by now."""
        checksum_future = self._checksums[journal]
        if (
            checksum_future.done()
            and not checksum_future.cancelled()
            and (found := checksum_future.result()) is not None
        ):
            journal.write_media(*found)

    # The clock's course

    def _change(self, change: Callable[[], None], why: str) -> None:
        """Change the clock's course, and note it; while sessions are being opened their start will be the note."""
        self._note_if_caught_up()
        change()
        if self._session_group.open:
            self._note(why)

    def _step(self) -> None:
        """Go on to the next packet if that is wanted, as soon as every line waits for its next one."""
        group, clock = self._session_group, self._clock
        if not self._pending_steps or not group.open or clock.playing:
            return
        _, media = clock.reference
        moment = group.next_packet_end_after(media)
        if moment is not None:
            self._pending_steps -= 1
            self._change(lambda: clock.seek(moment), "step")

    def _set_speed(self, speed: float) -> None:
        if math.isinf(self._clock.speed) and self._session_group.open:
            self._clock.seek(self._session_group.position)  # without a pace the clock stood, and the media went on
        self._clock.speed = speed

    def _note_if_caught_up(self) -> None:
        if self._clock.finish_catch_up():
            self._note("caught up")

    def _note(self, why: str) -> None:
        wall, media = self._clock.reference
        reference = Reference(
            round(wall - self._epoch, 6), media, finite_or_none(self._clock.effective_speed), self._clock.playing, why
        )
        for journal in self._journals:
            journal.write(reference)
        self._update_next_packet()

    def _stagger_delay(self) -> float:
        """Seconds to wait before the clock runs, so that this replay does not send in step with the others."""
        interval, speed = self._session_group.interval, self._clock.speed
        if math.isinf(speed) or not interval:
            return 0.0
        clock, upcoming = self._clock, self._session_group.next_packet_end
        ahead = interval if upcoming is None else upcoming - clock.position()
        taken = [
            other.next_packet_at
            for other in self._shared.all_replays()
            if other.next_packet_at is not None and other is not self
        ]
        return stagger.delay(clock.now() + ahead / speed, interval / speed, taken)

    def _update_next_packet(self) -> None:
        clock, group = self._clock, self._session_group
        paced = clock.playing and not math.isinf(clock.speed)
        moment = group.position + group.interval if group.next_packet_end is None else group.next_packet_end
        self.next_packet_at = clock.due(moment) if paced else None

    # Takes

    def _open_sessions(self, start: float, why: str) -> None:
        """Open one session per settings and recording, all to begin at media time `start`."""
        every = [(journal, of) for journal in self._journals for of in range(len(journal.spec.sessions))]
        openings = [(journal, of, start) for journal, of in every if start < journal.spec.recording.duration]
        self._clock.pause()
        self._clock.seek(start)
        self._start_group(openings, why, start)
        self._session_group.allow_connecting()

    def _reopen_after_pause(self) -> None:
        """Finish the sessions of a long pause, and go on in new ones where they ended, as soon as that is wanted."""
        stream_sessions = self._session_group.sessions
        self._end_group()
        self._start_group(
            [(line.journal, line.settings_index, line.position) for line in stream_sessions], "idle", None
        )

    def _start_group(self, openings: list[tuple[JournalWriter, int, float]], why: str, start: float | None) -> None:
        stream_sessions = [
            StreamSession(journal, journal.open_session(of, begin, self._elapsed()), of, begin)
            for journal, of, begin in openings
        ]
        self._session_group = group = SessionGroup(why, stream_sessions, start)
        for stream_session in list(stream_sessions):
            self._start_session(group, stream_session)

    def _start_session(self, group: SessionGroup, stream_session: StreamSession) -> None:
        self._running_sessions += 1
        self._tasks.create_task(self._run_session(group, stream_session))

    def _end_group(self) -> None:
        """Send no more in the old sessions; they are finished properly beside the new ones."""
        self._guard.stop()
        self._session_group.end()

    async def _run_session(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Play one session and write how it ended, whatever happens."""
        how, error = "failed", None
        try:
            await self._run_until_journal_fails(group, stream_session)
            how = "stopped" if self._is_stopped and stream_session.state is not SessionState.ALL_SENT else "finished"
        except EmotoolkitError as problem:
            error = problem
        except asyncio.CancelledError:
            how = "left" if group.ended and not self._is_stopped else "stopped"
            if not group.ended and not group.never_opens:
                raise
        except Exception as problem:  # noqa: BLE001 - whatever it was, the others play on and the notebook is told
            error = InternalError(reason=repr(problem))
        finally:
            self._leave_group(group, stream_session)
            group.fail()  # who cannot open lets nobody start: a session costs money
            self._write_media(stream_session.journal)
            stream_session.journal.end_session(stream_session.number, self._elapsed(), how, error)
            self._running_sessions -= 1
            if not self._running_sessions:
                self._state = ReplayState.OVER

    async def _run_until_journal_fails(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Hold the conversation for as long as the journal takes what is said. Raises why it does not."""
        stream_session.journal.check()
        self._session_tasks[stream_session] = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            await self._run_connection(group, stream_session)
        except asyncio.CancelledError:
            if stream_session.journal.problem is None:
                raise
            raise stream_session.journal.problem from None
        finally:
            del self._session_tasks[stream_session]
        stream_session.journal.check()

    def _on_journal_failure(self, journal: JournalWriter) -> None:
        """End the conversations of a journal that takes no more."""
        for stream_session, task in self._session_tasks.items():
            if stream_session.journal is journal:
                task.cancel()

    async def _run_connection(self, group: SessionGroup, stream_session: StreamSession) -> None:
        def on_message(raw: str) -> None:
            stream_session.journal.write(Received(stream_session.number, self._elapsed(), raw))

        await group.wait_to_connect()
        recording, api = stream_session.journal.spec.recording, stream_session.api
        ahead = 0.0 if recording.live else 1.0  # nothing is held back of what is live
        packets = cut_packets(api, recording, stream_session.position)
        with Prefetcher(
            packets, recording.file, lambda: ahead * self._clock.speed, self._shared.batched_executor
        ) as prefetcher:
            first = None if recording.live else await prefetcher.first()
            async with AsyncExitStack() as stack:
                async with self._shared.connect_limit:
                    session = await stack.enter_async_context(api.connect(on_message))
                stream_session.opened = stream_session.last_activity = self._clock.now()
                stream_session.update_limits(session)
                await self._wait_until_all_open(group, 0.0 if first is None else first.duration)
                await group.send_until_ended(
                    stream_session, self._send_packets(group, stream_session, session, prefetcher)
                )
                self._on_all_sent(group, stream_session)
                await session.finish()
        await asyncio.shield(asyncio.wrap_future(self._checksums[stream_session.journal]))

    def _renew(self, group: SessionGroup, stream_session: StreamSession, start: float) -> None:
        """Go on in another session, since this one has lasted almost as long as its server allows."""
        number = stream_session.journal.open_session(
            stream_session.settings_index, start, self._elapsed(), renews=stream_session.number
        )
        renewed = StreamSession(stream_session.journal, number, stream_session.settings_index, start)
        group.sessions.append(renewed)
        self._start_session(group, renewed)

    async def _wait_until_all_open(self, group: SessionGroup, interval: float) -> None:
        if group.count_opened(interval):
            if not math.isinf(self._clock.speed):
                gc.collect()
                gc.freeze()  # what lives as long as the sessions need not be looked through again and again
            self._start_clock(group)
            group.allow_sending()
            self._note(group.why)
            self._watch_pause()
            self._step()
        await group.wait_to_send()

    def _start_clock(self, group: SessionGroup) -> None:
        clock = self._clock
        if any(line.journal.spec.recording.live for line in group.sessions):
            clock.start()
            clock.pause()  # the first packet says when it began
        elif group.start is None:
            if self._state is not ReplayState.PAUSED:
                clock.resume(after=self._stagger_delay())
        elif self._state is ReplayState.PAUSED:
            clock.start(group.start)
            clock.pause()
            clock.seek(group.start)
        else:
            clock.start(group.start, after=self._stagger_delay())

    def _on_all_sent(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Begin again when everybody has sent everything and another turn is wanted."""
        if not self._is_stopped:
            stream_session.state = SessionState.ALL_SENT
        self._leave_group(group, stream_session)
        if not group.sessions and not group.ended and self._remaining_loops > 1:
            self._remaining_loops -= 1
            self._end_group()
            self._open_sessions(self._command.at, "loop")

    def _leave_group(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """A line that needs no more media."""
        if stream_session in group.sessions:
            group.sessions.remove(stream_session)
            if group is self._session_group:
                self._step()  # the others waited for this one
        if not group.sessions and group is self._session_group:
            self._guard.stop()

    # Sending

    async def _send_packets(
        self, group: SessionGroup, stream_session: StreamSession, session: Session, packets: Prefetcher
    ) -> None:
        clock, journal, until = self._clock, stream_session.journal, self._command.until
        reach = self._follow_live if journal.spec.recording.live else clock.wait_until
        async for packet in packets:
            if packet.start >= until:
                break
            stream_session.next_packet_end = packet.end
            self._step()
            late = await reach(packet.end)
            stream_session.next_packet_end = None
            self._note_if_caught_up()
            if (
                stream_session.position > stream_session.start
                and clock.now() >= stream_session.no_packets_after - 2 * packet.duration / clock.speed
            ):
                self._renew(group, stream_session, packet.start)
                break
            due = None
            if math.isinf(clock.speed):
                await journal.drain()
            else:
                due = round(clock.due(packet.end) - self._epoch, 6)
                if clock.playing and late > packet.duration / clock.speed:
                    clock.shift(late)  # before anything is awaited, so that who is late for the same reason is not
                    self._note("stall")
            sent = self._elapsed()
            stream_session.state = SessionState.HANDING_OVER
            await session.send(packet)
            stream_session.state = SessionState.SENDING
            journal.write_sent(Sent(stream_session.number, packet.start, packet.end, due, sent, len(packet.data)))
            stream_session.last_activity = clock.now()
            stream_session.update_limits(session)
            stream_session.position = packet.end
            group.position = max(group.position, packet.end)
            if group.ended:
                break

    async def _follow_live(self, moment: float) -> float:
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
            self._guard.watch(self._session_group)
        else:
            self._guard.stop()

    @property
    def _is_stopped(self) -> bool:
        return self._state is ReplayState.STOPPED

    def _elapsed(self) -> float:
        return round(self._clock.now() - self._epoch, 6)


def _reason(problem: BaseException) -> str:
    """Name what went wrong; of several at once, each."""
    if isinstance(problem, BaseExceptionGroup):
        return ", ".join(map(_reason, problem.exceptions))
    return repr(problem)


def _checksum_future(recording: Recording) -> Future[tuple[str, int] | None]:
    """Promise what the recording's file is; None of one that is still being made: what it will be, nobody knows."""
    if not recording.live:
        return checksum.sha256_in_background(recording.path)
    unknown: Future[tuple[str, int] | None] = Future()
    unknown.set_result(None)
    return unknown
