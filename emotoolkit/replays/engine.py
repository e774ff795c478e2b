"""Engine of a replay: sends through all sessions what is due on one clock, and writes what happens to the journals.

Commands change the clock. Where a server's positions must count from zero again, the sessions are finished and new ones
are opened together, as a `SessionGroup`. For the states and their transitions see `states`.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, cast

from emotoolkit.apis.base import waits
from emotoolkit.apis.base.journal import Received, Reference, Samples, Sent
from emotoolkit.errors import EmotoolkitError, InternalError
from emotoolkit.replays import stagger
from emotoolkit.replays.commands import Pause, Resume, Seek, SetSpeed, StepForward, Stop
from emotoolkit.replays.idle_guard import IdleGuard
from emotoolkit.replays.journal_writer import JournalWriter
from emotoolkit.replays.prefetch import Prefetcher, cut_packets
from emotoolkit.replays.recording_checksums import RecordingChecksums
from emotoolkit.replays.session_group import SessionGroup, StreamSession
from emotoolkit.replays.states import ReplayState, SessionState, Status
from emotoolkit.utils.json_values import finite_or_none
from emotoolkit.utils.process_log import host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.apis.base.protocols import Session
    from emotoolkit.replays.clock import Clock
    from emotoolkit.replays.commands import Play, ReplayCommand
    from emotoolkit.replays.shared_resources import SharedResources

__all__ = ["ActiveReplay"]

logger = logging.getLogger(__name__)


class ActiveReplay:
    """A replay in progress.

    Parameters
    ----------
    command : Play
        What is played.
    clock : Clock
        The replay's own clock, not started yet.
    shared : SharedResources
        What it shares with the other replays of this process.
    """

    def __init__(self, command: Play, clock: Clock, shared: SharedResources) -> None:
        self._command = command
        self._clock = clock
        self._shared = shared
        self.next_packet_at: float | None = None
        """Wall time at which the next packet is due; None while paused or at infinite speed."""
        self._epoch = clock.now()
        self._session_tasks: dict[StreamSession, asyncio.Task[None]] = {}
        self._journals = [JournalWriter(spec, shared.sink, self._on_journal_failure) for spec in command.streams]
        self._tasks = asyncio.TaskGroup()
        self._state = ReplayState.PAUSED if command.paused else ReplayState.PLAYING
        self._remaining_loops = command.loop
        self._pending_steps = 0
        """Step commands that have not been executed yet."""
        self._running_sessions = 0
        self._session_group = SessionGroup("start", [], None)
        self._guard = IdleGuard(self._tasks, clock, self._elapsed, self._reopen_after_pause)
        self._checksums = RecordingChecksums(self._journals)

    async def run(self) -> None:
        """Open all sessions, start the clock when the last one is open, and play each to its end."""
        for journal in self._journals:
            journal.begin(self._command.speed, self._epoch)
        async with self._tasks:
            self._open_sessions(self._command.at, "start")

    def close(self, problem: BaseException | None) -> None:
        """Close the journals after `run`, and end what has not ended; `problem` is an unexpected error of `run`."""
        error = None if problem is None else InternalError(reason=_reason(problem))
        for journal in self._journals:
            journal.end_all(self._elapsed(), "stopped" if error is None else "failed", error)
            journal.close()

    def control(self, command: ReplayCommand) -> None:
        """Execute a command. It takes effect at once; while sessions are being opened, as soon as they are open.

        A replay that is over ignores all commands; one that was stopped opens no more sessions.
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
                pass  # a step while playing, a seek after the stop

    def _set_state(self, state: ReplayState) -> None:
        """Set the state to PLAYING or PAUSED, unless the replay was stopped."""
        if not self._is_stopped:
            self._state = state

    def status(self) -> Status:
        """Return the present position and state."""
        clock, group = self._clock, self._session_group
        position = group.position if math.isinf(clock.speed) else clock.position()
        state = "playing" if clock.playing else "paused"
        return Status(position, state if group.open else "opening")

    def contains_time(self, moment: float) -> bool:
        """Whether a media time lies in a recording, and before the end of the replay."""
        last = max(journal.spec.recording.duration for journal in self._journals)
        return 0 <= moment < min(last, self._command.until)

    # The clock

    def _change(self, change: Callable[[], None], why: str) -> None:
        """Change the clock and write its reference; while sessions are being opened, their start will write it."""
        self._write_reference_if_caught_up()
        change()
        if self._session_group.open:
            self._write_reference(why)

    def _step(self) -> None:
        """Move to the next packet if a step is pending and every session waits for its next packet."""
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
            self._clock.seek(self._session_group.position)  # at infinite speed the clock has stood still
        self._clock.speed = speed

    def _write_reference_if_caught_up(self) -> None:
        if self._clock.finish_catch_up():
            self._write_reference("caught up")

    def _write_reference(self, why: str) -> None:
        wall, media = self._clock.reference
        reference = Reference(
            round(wall - self._epoch, 6), media, finite_or_none(self._clock.effective_speed), self._clock.playing, why
        )
        for journal in self._journals:
            journal.write(reference)
        self._update_next_packet()

    def _stagger_delay(self) -> float:
        """Return the seconds to wait before the clock runs, so that the replays send at different moments."""
        interval, speed = self._session_group.interval, self._clock.speed
        if math.isinf(speed) or not interval:
            return 0.0
        clock, upcoming = self._clock, self._session_group.next_packet_end
        ahead = interval if upcoming is None else upcoming - clock.position()
        taken = self._shared.packet_times_of_others(self)
        return stagger.delay(clock.now() + ahead / speed, interval / speed, taken)

    def _update_next_packet(self) -> None:
        clock, group = self._clock, self._session_group
        paced = clock.playing and not math.isinf(clock.speed)
        moment = group.position + group.interval if group.next_packet_end is None else group.next_packet_end
        self.next_packet_at = clock.due(moment) if paced else None

    # Sessions

    def _open_sessions(self, start: float, why: str) -> None:
        """Open one session for each stream's settings, all to begin at media time `start`."""
        openings = [
            (journal, settings_index, start)
            for journal in self._journals
            if start < journal.spec.recording.duration
            for settings_index in range(len(journal.spec.sessions))
        ]
        self._clock.pause()
        self._clock.seek(start)
        self._start_group(openings, why, start)
        self._session_group.allow_connecting()

    def _reopen_after_pause(self) -> None:
        """Finish the sessions of a long pause; new ones continue at their positions, after resume or step."""
        stream_sessions = self._session_group.sessions
        for each in stream_sessions:
            logger.info("%s: paused up to the server's idle limit; the session is ended, and continued later", each)
        self._end_group()
        openings = [(each.journal, each.settings_index, each.position) for each in stream_sessions]
        self._start_group(openings, "idle", None)

    def _start_group(self, openings: list[tuple[JournalWriter, int, float]], why: str, start: float | None) -> None:
        stream_sessions = [
            StreamSession(journal, journal.open_session(index, begin, self._elapsed()), index, begin)
            for journal, index, begin in openings
        ]
        self._session_group = group = SessionGroup(why, stream_sessions, start)
        for stream_session in list(stream_sessions):
            self._start_session(group, stream_session)

    def _start_session(self, group: SessionGroup, stream_session: StreamSession) -> None:
        self._running_sessions += 1
        self._tasks.create_task(self._run_session(group, stream_session))

    def _end_group(self) -> None:
        """Send no more in the present sessions; they are finished in order, in parallel to any new ones."""
        self._guard.stop()
        self._session_group.end()

    async def _run_session(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Run one session and write how it ended, in every case."""
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
        except Exception as problem:  # noqa: BLE001 - the others play on, and the notebook gets the error
            error = InternalError(reason=repr(problem))
        finally:
            self._leave_group(group, stream_session)
            group.fail()  # unless all are open, none may start: an unneeded session costs money
            self._checksums.write(stream_session.journal)
            if stream_session.tally.is_odd:
                stream_session.journal.write(Samples(stream_session.number, stream_session.tally.as_dict()))
            logger.info("%s: %s%s", stream_session, how, "" if error is None else f" ({type(error).__name__})")
            stream_session.journal.end_session(stream_session.number, self._elapsed(), how, error)
            self._running_sessions -= 1
            if not self._running_sessions:
                self._state = ReplayState.OVER

    async def _run_until_journal_fails(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Run a session's connection for as long as its journal can be written; raises why it cannot."""
        stream_session.journal.check()
        self._session_tasks[stream_session] = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            with waits.listening(stream_session.wait_reporter(self._elapsed)):
                await self._run_connection(group, stream_session)
        except asyncio.CancelledError:
            if stream_session.journal.problem is None:
                raise
            raise stream_session.journal.problem from None
        finally:
            del self._session_tasks[stream_session]
        stream_session.journal.check()

    def _on_journal_failure(self, journal: JournalWriter) -> None:
        """Cancel the sessions of a journal that can no longer be written."""
        for stream_session, task in self._session_tasks.items():
            if stream_session.journal is journal:
                task.cancel()

    async def _run_connection(self, group: SessionGroup, stream_session: StreamSession) -> None:
        def on_message(raw: str) -> None:
            stream_session.journal.write(Received(stream_session.number, self._elapsed(), raw))

        await group.wait_to_connect()
        recording, api = stream_session.journal.spec.recording, stream_session.api
        ahead = 0.0 if recording.live else 1.0  # live packets are not batched
        packets = cut_packets(api, recording, stream_session.position, stream_session.tally)
        with Prefetcher(
            packets, recording.file, lambda: ahead * self._clock.speed, self._shared.batched_executor
        ) as prefetcher:
            first = None if recording.live else await prefetcher.first()
            async with AsyncExitStack() as stack:
                began = self._clock.now()
                async with self._shared.connect_limit:
                    logger.debug("%s: connecting to %s", stream_session, host_of(api.address))
                    session = await stack.enter_async_context(api.connect(on_message))
                stream_session.opened = stream_session.last_activity = self._clock.now()
                stream_session.update_limits(session)
                seconds = stream_session.opened - began
                logger.info("%s: open at %s after %.2f s", stream_session, host_of(api.address), seconds)
                await self._wait_until_all_open(group, 0.0 if first is None else first.duration)
                await group.send_until_ended(
                    stream_session, self._send_packets(group, stream_session, session, prefetcher)
                )
                self._on_all_sent(group, stream_session)
                logger.debug("%s: sent up to %.1f s; waiting for the rest", stream_session, stream_session.position)
                began = self._clock.now()
                await session.finish()
                logger.debug("%s: waited %.2f s for the rest", stream_session, self._clock.now() - began)
        await self._checksums.wait(stream_session.journal)

    def _renew(self, group: SessionGroup, stream_session: StreamSession, start: float) -> None:
        """Continue in another session, since this one has lasted almost as long as its server allows.

        Raises
        ------
        SessionsTooShort
            Session after session took next to nothing.
        """
        stream_session.check_progress()
        number = stream_session.journal.open_session(
            stream_session.settings_index, start, self._elapsed(), renews=stream_session.number
        )
        logger.info("%s: renewed at media second %.1f, before its server's time limit", stream_session, start)
        renewed = stream_session.renewed(number, start)
        group.sessions.append(renewed)
        self._start_session(group, renewed)

    async def _wait_until_all_open(self, group: SessionGroup, interval: float) -> None:
        if group.count_opened(interval):
            if not math.isinf(self._clock.speed):
                gc.collect()
                gc.freeze()  # objects that live as long as the sessions need not be scanned in every collection
            self._start_clock(group)
            group.allow_sending()
            self._write_reference(group.why)
            self._watch_pause()
            self._step()
        await group.wait_to_send()

    def _start_clock(self, group: SessionGroup) -> None:
        clock = self._clock
        if any(each.journal.spec.recording.live for each in group.sessions):
            clock.start()
            clock.pause()  # the first packet sets the time
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
        """Start the next turn of a loop when all sessions have sent everything."""
        if not self._is_stopped:
            stream_session.state = SessionState.ALL_SENT
        self._leave_group(group, stream_session)
        if not group.sessions and not group.ended and self._remaining_loops > 1:
            self._remaining_loops -= 1
            self._end_group()
            self._open_sessions(self._command.at, "loop")

    def _leave_group(self, group: SessionGroup, stream_session: StreamSession) -> None:
        """Remove a session that needs no more media."""
        if stream_session in group.sessions:
            group.sessions.remove(stream_session)
            if group is self._session_group:
                self._step()  # a step may have waited for this session
        if not group.sessions and group is self._session_group:
            self._guard.stop()

    # Sending

    async def _send_packets(
        self, group: SessionGroup, stream_session: StreamSession, session: Session, packets: Prefetcher
    ) -> None:
        clock, journal, until = self._clock, stream_session.journal, self._command.until
        wait_until = self._follow_live if journal.spec.recording.live else clock.wait_until
        async for packet in packets:
            if packet.start >= until:
                break
            stream_session.next_packet_end = packet.end
            self._step()
            late = await wait_until(packet.end)
            stream_session.next_packet_end = None
            self._write_reference_if_caught_up()
            if stream_session.has_to_renew(clock.now(), packet.duration / clock.speed):
                self._renew(group, stream_session, packet.start)
                break
            due = None
            if math.isinf(clock.speed):
                await journal.drain()
            else:
                due = round(clock.due(packet.end) - self._epoch, 6)
                if clock.playing and late > packet.duration / clock.speed:
                    clock.shift(late)  # before any await: sessions late for the same reason must not shift it again
                    self._write_reference("stall")
            sent = self._elapsed()
            stream_session.state = SessionState.HANDING_OVER
            await session.send(packet)
            stream_session.state = SessionState.SENDING
            journal.write_sent(Sent(stream_session.number, packet.start, packet.end, due, sent, len(packet.data)))
            stream_session.update_limits(session)
            stream_session.count_packet(packet.end, clock.now())
            group.position = max(group.position, packet.end)
            if group.ended:
                break

    async def _follow_live(self, moment: float) -> float:
        """Set the clock by a live packet, which is due as soon as it exists.

        The packet that arrives soonest after its end fixes the media time: all others took longer on their way.
        """
        clock = self._clock
        if not clock.playing:
            clock.resume()
        if clock.due(moment) > clock.now():
            clock.seek(moment)
            self._write_reference("sooner")
        return 0.0

    def _watch_pause(self) -> None:
        """Start or stop the guard of the pause, as the state requires."""
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
    """Describe an error; of a group, each."""
    if isinstance(problem, BaseExceptionGroup):
        return ", ".join(map(_reason, problem.exceptions))
    return repr(problem)
