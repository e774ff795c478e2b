"""The engine on a fake time: pace, stalls, groups of sessions. No socket and no real second is used here."""

import asyncio
import math
import os
from itertools import pairwise
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emotoolkit.apis.base.journal import Ended, Idle, Media, Opened, Received, Reference, Sent, read
from emotoolkit.errors import NotMedia, by_name
from emotoolkit.replays.commands import (
    Abandon,
    Pause,
    Play,
    Resume,
    Seek,
    SetSpeed,
    StepForward,
    Stop,
    StreamSpec,
)
from tests.support.engine_stage import RECORDING, FakeApi, FakeRecording, made_stage
from tests.support.examples import examples


async def test_each_packet_leaves_when_its_last_sample_would_have_been_recorded(stage):
    """Packet k leaves at (k + 1) × 0.3 s, not earlier and, on a time that keeps its word, not later."""
    api = FakeApi(stage.time)
    await stage.play(api)
    began = stage.time.now()
    await stage.run(31)
    assert [round(at - began, 6) for at, _ in api.got] == [round((k + 1) * 0.3, 6) for k in range(100)]
    assert api.finished
    assert stage.records(0, Ended)[0].how == "finished"


async def test_speed(stage):
    """At four times the speed everything takes a quarter of the time."""
    api = FakeApi(stage.time)
    await stage.play(api, speed=4.0)
    began = stage.time.now()
    await stage.run(8, step=0.5)
    assert api.got[-1][0] - began == pytest.approx(30 / 4)


async def test_a_small_delay_is_absorbed(stage):
    """After a delay of less than a packet the schedule is what it was."""
    api = FakeApi(stage.time, hold={10: 0.4})
    await stage.play(api)
    began = stage.time.now()
    await stage.run(31)
    assert api.got[-1][0] - began == pytest.approx(30.0)
    assert [record.why for record in stage.records(0, Reference)] == ["start"]


async def test_a_stall_shifts_the_schedule_and_never_bursts(stage):
    """After a stall the rest comes later, at its pace; the stall is on record, and no two packets leave at once."""
    api = FakeApi(stage.time, hold={10: 5.0})
    await stage.play(api)
    began = stage.time.now()
    await stage.run(40)
    times = [at - began for at, _ in api.got]
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) > 0.29
    start, stall = stage.records(0, Reference)
    assert stall.why == "stall"
    assert (stall.at - start.at) - (stall.media - start.media) == pytest.approx(4.7)
    assert times[-1] == pytest.approx(30 + 4.7)


async def test_two_apis_held_up_by_the_same_stall(stage):
    """What holds up both is one stall and costs its own length, not twice."""
    first, second = FakeApi(stage.time), FakeApi(stage.time)
    await stage.play(first, second)
    began = stage.time.now()
    await stage.run(2.95, step=2.95)
    stage.time.jump(5.0)
    await stage.run(40)
    assert [record.why for record in stage.records(0, Reference)] == ["start", "stall"]
    for api in (first, second):
        assert api.got[-1][0] - began == pytest.approx(30 + 4.95, abs=0.01)


async def test_a_machine_that_slept(stage):
    """Time that passed while nothing could wake up is a stall: on record, and afterwards the pace is what it was."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    stage.time.jump(3600.0)
    await stage.run(30)
    times = [at for at, _ in api.got]
    assert sum(after - before > 3599 for before, after in pairwise(times)) == 1
    assert min(after - before for before, after in pairwise(times)) > 0.29
    assert [record.why for record in stage.records(0, Reference)] == ["start", "stall"]


async def test_catching_up(stage):
    """With `catch_up` the rest leaves a tenth faster until it is back on schedule; both ends of that are on record."""
    api = FakeApi(stage.time, hold={10: 1.5})
    await stage.play(api, catch_up=1.1)
    began = stage.time.now()
    await stage.run(31)
    times = [at - began for at, _ in api.got]
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) > 0.3 / 1.1 - 1e-6
    assert times[-1] == pytest.approx(30.0)
    start, stall, caught_up = stage.records(0, Reference)
    assert (stall.why, stall.speed) == ("stall", pytest.approx(1.1))
    assert (caught_up.why, caught_up.speed) == ("caught up", 1.0)
    assert caught_up.at - start.at == pytest.approx(caught_up.media)
    assert caught_up.at - stall.at == pytest.approx(12.0)


async def test_replays_beside_each_other_do_not_send_in_step(stage):
    """Ten replays that are asked for at once, and later resumed at once, never have two packets due together."""
    apis = [FakeApi(stage.time) for _ in range(10)]
    for number, api in enumerate(apis):
        part = StreamSpec(number, RECORDING, (api,), stage.folder / f"{number}.jsonl")
        stage.worker.execute(Play(number, (part,), 1.0))
    await stage.run(3)
    for command in (Pause, Resume):
        for number in range(10):
            await stage.ask(command(number))
    await stage.run(3)
    dues = sorted(record.due for number in range(10) for record in stage.records(number, Sent))
    assert len(dues) > 150
    assert min(after - before for before, after in pairwise(dues)) > 0.3 / 10 / 3


async def test_an_idle_limit_is_named_and_respected(stage):
    """A pause that is too long for a server: it is said, the session ends in order, and the next one goes on there."""
    api, other = FakeApi(stage.time, idle_limit=100.0), FakeApi(stage.time, length=3.0, count=10)
    await stage.play(api, other)
    await stage.run(4)
    await stage.ask(Pause(0))
    last = api.got[-1][0]
    await stage.run(60, step=30)
    assert stage.records(0, Idle) == []
    await stage.run(24, step=12)
    (idle,) = stage.records(0, Idle)
    assert (idle.session, idle.limit, idle.left) == (0, 100.0, pytest.approx(15.0, abs=0.01))
    assert stage.records(0, Ended) == []
    await stage.run(30, step=15)
    (end,) = stage.records(0, Ended)
    assert (end.how, end.at) == ("finished", pytest.approx(last + 95 - 1000.0, abs=0.01))
    assert [record.start for record in stage.records(0, Opened)] == [0.0, pytest.approx(3.9)]
    assert [record.start for record in stage.records(1, Opened)] == [0.0, 3.0]
    await stage.run(400, step=200)
    assert len(stage.records(0, Idle)) == 1, "who is not connected cannot be dropped"
    await stage.ask(Resume(0))
    await stage.run(28)
    assert ends(api) == [round((k + 1) * 0.3, 6) for k in range(100)], "nothing twice, and nothing left out"
    assert ends(other) == [round((k + 1) * 3.0, 6) for k in range(10)]
    assert [record.why for record in stage.records(0, Reference)] == ["start", "pause", "idle"]
    assert {record.how for record in stage.records(0, Ended)} == {"finished"}


async def test_a_session_that_has_lasted_as_long_as_it_may(stage):
    """Before a server ends a session for its age, the next one goes on: no packet twice, none left out."""
    api, other = FakeApi(stage.time, time_limit=10.0), FakeApi(stage.time)
    await stage.play(api, other)
    await stage.run(36)
    opened = stage.records(0, Opened)
    assert [(record.session, record.renews) for record in opened] == [(0, None), (1, 0), (2, 1), (3, 2)]
    assert ends(api) == [round((k + 1) * 0.3, 6) for k in range(100)]
    assert {record.why for record in stage.records(0, Reference)} <= {"start", "stall"}  # opening takes its time
    assert [record.how for record in stage.records(0, Ended)] == ["finished"] * 4
    assert [record.session for record in stage.records(1, Opened)] == [0]
    lasted = [record for record in stage.records(0, Sent) if record.session == 0]
    assert 8.0 < lasted[-1].sent - lasted[0].sent < 9.5


async def test_a_jump_after_a_renewal(stage):
    """A jump ends the session that went on, and begins another where it goes."""
    api = FakeApi(stage.time, time_limit=5.0)
    await stage.play(api)
    await stage.run(7)
    await stage.ask(Seek(0, 20.0))
    await stage.run(3)
    assert [(record.start, record.renews) for record in stage.records(0, Opened)][2:] == [(20.0, None)]
    assert {record.how for record in stage.records(0, Ended)[:2]} == {"finished"}


async def test_a_step_keeps_a_session_alive(stage):
    """Whatever is sent while paused begins the idle limit anew."""
    api = FakeApi(stage.time, idle_limit=100.0)
    await stage.play(api, paused=True)
    for _ in range(4):
        await stage.run(70, step=35)
        await stage.ask(StepForward(0))
    assert ends(api) == [0.3, 0.6, 0.9, 1.2]
    assert stage.records(0, Idle) == []


async def test_an_idle_limit_is_named_late(stage):
    """A machine that slept through the moment at which the limit is named still names it, when the session ends."""
    await stage.play(FakeApi(stage.time, idle_limit=100.0))
    await stage.run(5.0)
    await stage.ask(Pause(0))
    await stage.run(10.0)
    stage.time.jump(88.0)
    await stage.run(1.0)
    (idle,) = stage.records(0, Idle)
    assert (idle.limit, idle.left) == (100.0, 0.0)
    assert [end.how for end in stage.records(0, Ended)] == ["finished"]


async def test_stop_after_the_idle_limit(stage):
    """A replay that is stopped while its sessions are over opens no new one, and ends."""
    api = FakeApi(stage.time, idle_limit=10.0)
    await stage.play(api, paused=True)
    await stage.run(12)
    await stage.ask(Stop(0))
    assert [record.how for record in stage.records(0, Ended)] == ["finished", "stopped"]
    assert not list(stage.worker._active_replays())


async def test_a_pause_after_one_api_has_ended(stage):
    """What happens to the clock is written down for all, also for who has nothing more to send."""
    short, long = FakeApi(stage.time, count=10), FakeApi(stage.time)
    await stage.play(short, long)
    await stage.run(6)
    await stage.ask(Pause(0))
    await stage.ask(Resume(0))
    await stage.run(26)
    assert len(long.got) == 100
    assert stage.records(0, Ended)[0].how == "finished"


async def test_recordings_on_one_clock(stage):
    """Two recordings share the clock; who begins where the shorter one has ended opens no session for it."""
    short, long = FakeApi(stage.time, count=20), FakeApi(stage.time)
    brief = FakeRecording("brief.wav", 6.0)
    parts = (
        StreamSpec(0, brief, (short,), stage.folder / "0.jsonl"),
        StreamSpec(1, RECORDING, (long,), stage.folder / "1.jsonl"),
    )
    await stage.ask(Play(0, parts, 1.0))
    await stage.run(9)
    assert [at for at, _ in short.got] == [at for at, _ in long.got[:20]]
    await stage.ask(Seek(0, 12.0))
    await stage.run(20)
    assert [record.start for record in stage.records(0, Opened)] == [0.0]
    assert [record.start for record in stage.records(1, Opened)] == [0.0, 12.0]
    assert [record.why for record in stage.records(0, Reference)] == ["start", "seek"]


async def test_everything_is_journalled_in_order(stage):
    """The journal on disk has exactly what was reported, in the same order."""
    api = FakeApi(stage.time, count=10)
    await stage.play(api)
    await stage.run(4)
    on_disk = list(read(stage.folder / "0.jsonl"))
    assert on_disk == stage.records(0, object)
    kinds = [type(record) for record in on_disk[1:]]
    assert kinds == [Opened, Reference, *[Received, Sent] * 10, Ended]


async def test_two_apis_share_the_clock(stage):
    """The same media second is due for both at the same instant, whatever their packets' length."""
    short, long = FakeApi(stage.time, count=40), FakeApi(stage.time, count=4, length=3.0)
    await stage.play(short, long)
    await stage.run(13)
    when = {round(packet.end, 6): at for at, packet in short.got}
    assert len(long.got) == 4
    for at, packet in long.got:
        assert at == pytest.approx(when[round(packet.end, 6)])


async def test_who_cannot_open_lets_nobody_start(stage):
    """If one session is refused, no packet goes to the others, and both say how they ended."""
    good, bad = FakeApi(stage.time), FakeApi(stage.time, refuse=True)
    await stage.play(good, bad)
    await stage.run(2)
    assert good.got == []
    assert [stage.records(n, Ended)[0].how for n in (0, 1)] == ["stopped", "failed"]
    assert stage.records(1, Ended)[0].error == "ServerRefused"


async def test_one_that_fails_later_does_not_take_the_other_with_it(stage):
    """A session that breaks in the middle leaves the others playing."""

    class Breaks(FakeApi):
        async def send(self, packet):
            await super().send(packet)
            if len(self.got) == 5:
                raise ValueError("odd")

    breaks, good = Breaks(stage.time), FakeApi(stage.time)
    await stage.play(breaks, good)
    await stage.run(31)
    assert len(good.got) == 100
    (end,) = stage.records(0, Ended)
    assert (end.how, end.error, end.facts) == ("failed", "InternalError", {"reason": "ValueError('odd')"})


async def test_a_recording_that_cannot_be_read_on(stage):
    """What reading raises is said, with what had been sent, and what is our own sentence stays it."""

    class Torn(FakeApi):
        def packets(self, recording, start=0.0):
            yield from list(super().packets(recording))[:20]
            raise OSError("disk on fire")

    class NotThere(FakeApi):
        def packets(self, recording, start=0.0):
            raise NotMedia(file="fake.wav", reason="x")
            yield

    torn, not_there = Torn(stage.time), NotThere(stage.time)
    await stage.play(torn)
    await stage.run(8)
    (end,) = stage.records(0, Ended)
    assert (end.error, end.facts["reason"]) == ("ReadingFailed", "disk on fire")
    await stage.ask(Play(1, (StreamSpec(5, RECORDING, (not_there,), stage.folder / "5.jsonl"),), 1.0))
    assert stage.records(5, Ended)[0].error == "NotMedia"


async def test_stop(stage):
    """Stop sends no more and ends the session by the protocol's own end."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    await stage.ask(Stop(0))
    await stage.run(2)
    assert 15 < len(api.got) < 25
    assert api.finished
    assert stage.records(0, Ended)[0].how == "stopped"


class Draining(FakeApi):
    """An API whose server has more to say at the end: `drained` is set when that is heard."""

    def __init__(self, time, **how):
        super().__init__(time, **how)
        self.drained = asyncio.Event()

    async def finish(self):
        await self.drained.wait()
        await super().finish()


@pytest.mark.parametrize(("seconds", "how"), [(6, "stopped"), (32, "finished")])
async def test_stop_while_the_rest_is_waited_for(stage, seconds, how):
    """What is stopped when everything had been sent has finished all the same; no jump begins anything anew."""
    api = Draining(stage.time)
    await stage.play(api)
    await stage.run(seconds)
    await stage.ask(Stop(0))
    await stage.ask(Seek(0, 3.0))
    await stage.ask(Resume(0))
    api.drained.set()
    await stage.run(4)
    assert [record.how for record in stage.records(0, Ended)] == [how]
    assert not list(stage.worker._active_replays())


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("command", [Seek(0, 3.0), Pause(0), StepForward(0)])
async def test_a_command_at_the_very_end(stage, command, turns):
    """However late a command comes, it breaks nothing, and every session that it opens has its end."""
    loop = asyncio.get_running_loop()

    def after(left):
        if left:
            loop.call_soon(after, left - 1)
        else:
            stage.worker.execute(command)

    class Ending(FakeApi):
        async def finish(self):
            await super().finish()
            after(turns)

    api = Ending(stage.time, count=2, idle_limit=10.0)
    heard = []
    loop.set_exception_handler(lambda _, context: heard.append(context))
    await stage.play(api, speed=math.inf)
    await stage.ask(Stop(0))
    assert not heard
    assert len(stage.records(0, Opened)) == len(stage.records(0, Ended))
    assert not list(stage.worker._active_replays())


async def test_limits_that_are_told_late(stage):
    """A server that says only later what it allows is minded from then on."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(2)
    api.idle_limit, api.time_limit = 10.0, 20.0
    await stage.run(4)
    await stage.ask(Pause(0))
    await stage.run(12)
    assert [record.limit for record in stage.records(0, Idle)] == [10.0]
    await stage.ask(Resume(0))
    await stage.run(26)
    assert [record.renews for record in stage.records(0, Opened)] == [None, None, 1]
    assert ends(api) == [round((k + 1) * 0.3, 6) for k in range(100)]


async def test_what_is_still_being_made_has_no_hash(stage):
    """The journal names a recording's content, but not what a live one was when nothing was in it yet."""
    for number, live in enumerate((False, True)):
        path = stage.folder / f"{number}.wav"
        path.write_bytes(b"content")
        part = StreamSpec(
            number, FakeRecording(str(path), 30.0, live), (FakeApi(stage.time),), stage.folder / f"{number}.jsonl"
        )
        await stage.ask(Play(number, (part,), math.inf))
        await stage.settled()
        assert stage.records(number, Ended)
    assert [record.bytes for record in stage.records(0, Media)] == [7]
    assert stage.records(1, Media) == []


def ends(api) -> list[float]:
    """Media ends of the packets that an API was sent."""
    return [round(packet.end, 6) for _, packet in api.got]


async def test_pause_and_resume(stage):
    """While paused nothing is sent; afterwards everything goes on, as much later as the pause was long."""
    api = FakeApi(stage.time)
    await stage.play(api)
    began = stage.time.now()
    await stage.run(6)
    await stage.ask(Pause(0))
    sent = len(api.got)
    await stage.run(60)
    assert len(api.got) == sent
    await stage.ask(Resume(0))
    await stage.run(26)
    assert ends(api) == [round((k + 1) * 0.3, 6) for k in range(100)]
    assert api.got[-1][0] - began == pytest.approx(30 + 60)
    assert [record.why for record in stage.records(0, Reference)] == ["start", "pause", "resume"]


async def test_speed_while_playing(stage):
    """A new speed counts from where the replay is."""
    api = FakeApi(stage.time)
    await stage.play(api)
    began = stage.time.now()
    await stage.run(6)
    await stage.ask(SetSpeed(0, 4.0))
    await stage.run(8, step=0.5)
    assert api.got[-1][0] - began == pytest.approx(6 + 24 / 4)


@pytest.mark.parametrize("to", [3.0, 21.0])
async def test_seek(stage, to):
    """A jump, back or ahead, goes on there in a new session; the old one is finished properly."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(9)
    await stage.ask(Seek(0, to))
    before = len(api.got)
    await stage.run(28)
    assert ends(api)[before:] == [round(to + (k + 1) * 0.3, 6) for k in range(round((30 - to) / 0.3))]
    assert [record.start for record in stage.records(0, Opened)] == [0.0, to]
    assert {record.session for record in stage.records(0, Ended)} == {0, 1}
    assert {record.how for record in stage.records(0, Ended)} == {"finished"}


async def test_seek_while_paused(stage):
    """A jump while paused stays paused, at the new place."""
    api = FakeApi(stage.time)
    await stage.play(api, paused=True)
    await stage.ask(Seek(0, 15.0))
    await stage.run(10)
    assert api.got == []
    await stage.ask(Resume(0))
    await stage.run(2)
    assert ends(api)[0] == pytest.approx(15.3)


async def test_two_jumps_in_a_row(stage):
    """Who jumps again before the new session is open gets the second place, and nothing is missing."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    stage.worker.execute(Seek(0, 12.0))
    await stage.ask(Seek(0, 27.0))
    await stage.run(4)
    assert ends(api)[-10:] == [round(27 + (k + 1) * 0.3, 6) for k in range(10)]
    assert sorted(record.how for record in stage.records(0, Ended)) == ["finished", "finished", "left"]


async def test_a_step_while_it_plays_is_none(stage):
    """A step changes nothing while media time runs."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(2)
    await stage.ask(StepForward(0))
    assert [record.why for record in stage.records(0, Reference)] == ["start"]


async def test_from_no_pace_to_a_pace(stage):
    """Slowed down from infinite speed, the rest is paced from where the sending was."""
    gate = asyncio.Event()

    class Held(FakeApi):
        async def send(self, packet):
            await super().send(packet)
            if len(self.got) == 50:
                await gate.wait()

    api = Held(stage.time)
    await stage.play(api, speed=math.inf)
    await stage.ask(SetSpeed(0, 1.0))
    began = stage.time.now()
    gate.set()
    await stage.settled()
    await stage.run(16)
    assert len(api.got) == 100
    assert api.got[-1][0] - began == pytest.approx(15.0, abs=0.31)


async def test_step(stage):
    """Each step sends one packet, at once, and none is sent otherwise."""
    api = FakeApi(stage.time)
    await stage.play(api, paused=True)
    for count in range(4):
        assert len(api.got) == count
        await stage.run(2)
        await stage.ask(StepForward(0))
    assert ends(api) == [0.3, 0.6, 0.9, 1.2]


async def test_steps_that_are_asked_for_too_soon(stage):
    """Steps that come before a packet is ready, or together, are all taken, one after the other."""
    api, longer = FakeApi(stage.time), FakeApi(stage.time, length=0.6)
    parts = tuple(StreamSpec(n, RECORDING, (it,), stage.folder / f"{n}.jsonl") for n, it in enumerate((api, longer)))
    stage.worker.execute(Play(0, parts, 1.0, paused=True))
    for _ in range(3):
        stage.worker.execute(StepForward(0))
    await stage.settled()
    assert (ends(api), ends(longer)) == ([0.3, 0.6, 0.9], [0.6])
    stage.worker.execute(StepForward(0))
    await stage.ask(StepForward(0))
    assert (ends(api), ends(longer)) == ([0.3, 0.6, 0.9, 1.2, 1.5], [0.6, 1.2])


async def test_steps_that_playing_overtakes(stage):
    """Who plays on has no step left to take at the next pause."""
    api = FakeApi(stage.time)
    stage.worker.execute(Play(0, (StreamSpec(0, RECORDING, (api,), stage.folder / "0.jsonl"),), 1.0, paused=True))
    for command in (StepForward(0), StepForward(0), Resume(0)):
        stage.worker.execute(command)
    await stage.settled()
    await stage.run(1)
    await stage.ask(Pause(0))
    sent = len(api.got)
    await stage.run(5)
    assert len(api.got) == sent
    assert "step" not in [record.why for record in stage.records(0, Reference)]


async def test_steps_past_the_end_of_another(stage):
    """One that has got everything keeps nobody from stepping on."""
    short, long = FakeApi(stage.time, count=2), FakeApi(stage.time, count=5)
    await stage.play(short, long, paused=True)
    for _ in range(4):
        stage.worker.execute(StepForward(0))
    await stage.settled()
    assert (ends(short), ends(long)) == ([0.3, 0.6], [0.3, 0.6, 0.9, 1.2])


async def test_start_in_the_middle_and_end_early(stage):
    """`at` and `until` cut a piece out: what begins before `until` is sent, nothing else."""
    api = FakeApi(stage.time)
    await stage.play(api, at=6.0, until=9.0)
    await stage.run(6)
    assert ends(api) == [round(6 + (k + 1) * 0.3, 6) for k in range(10)]
    assert stage.records(0, Ended)[0].how == "finished"


async def test_loop(stage):
    """Three turns are three sessions of the same media, one after the other."""
    api = FakeApi(stage.time, count=10)
    await stage.play(api, loop=3)
    await stage.run(12)
    assert ends(api) == [round((k + 1) * 0.3, 6) for k in range(10)] * 3
    assert [record.why for record in stage.records(0, Reference)] == ["start", "loop", "loop"]
    assert len(stage.records(0, Ended)) == 3


CONTROLS = st.sampled_from(
    [Pause(0), Resume(0), SetSpeed(0, 4.0), SetSpeed(0, 0.5), Seek(0, 3.0), Seek(0, 24.0), StepForward(0)]
)


@given(
    st.lists(st.tuples(CONTROLS, st.sampled_from([0.2, 1.0, 5.0])), max_size=8),
    st.sampled_from([1.0, 1.1]),
    st.dictionaries(st.integers(1, 60), st.sampled_from([0.1, 2.0]), max_size=3),
)
@example(
    [(SetSpeed(0, 4.0), 5.0), (SetSpeed(0, 0.5), 5.0), (SetSpeed(0, 4.0), 1.0)], 1.1, {30: 2.0, 12: 2.0, 7: 0.1}
)  # caught up while it was held up again
@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packets_tile_what_was_played(tmp_path_factory, steps, catch_up, stalls):
    """Law: whatever is pressed or holds up the sender, packets follow each other without gap, double, haste or burst.

    For two recordings of different length on one clock.
    """

    async def press():
        stage = made_stage(tmp_path_factory.mktemp("stage"))
        api, other = FakeApi(stage.time, hold=stalls), FakeApi(stage.time, count=60)
        brief = FakeRecording("brief.wav", 18.0)
        recordings = [(RECORDING, api), (brief, other)]
        parts = tuple(StreamSpec(n, of, (it,), stage.folder / f"{n}.jsonl") for n, (of, it) in enumerate(recordings))
        await stage.ask(Play(0, parts, 1.0, catch_up=catch_up))
        for command, seconds in steps:
            await stage.ask(command)
            await stage.run(seconds)
        await stage.ask(Stop(0))
        await stage.run(1)
        return stage

    stage = asyncio.run(press())
    for number in (0, 1):
        sent = stage.records(number, Sent)
        starts = {record.session: record.start for record in stage.records(number, Opened)}
        for session, start in starts.items():
            mine = [record for record in sent if record.session == session]
            assert [round(record.start, 6) for record in mine] == [round(start + k * 0.3, 6) for k in range(len(mine))]
        assert all(record.sent >= record.due - 1e-5 for record in sent)
        assert {record.session for record in stage.records(number, Ended)} == set(starts)
        steps_taken = sum(isinstance(command, StepForward | Seek) for command, _ in steps)
        fastest = 0.3 / 4.0 / catch_up
        hurried = sum(after.due - before.due < fastest - 1e-5 for before, after in pairwise(sent))
        assert hurried <= steps_taken, "only a step or a jump sends sooner than the fastest pace"


async def test_abandon(stage):
    """Abandon drops the session without its end, and says so."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    await stage.ask(Abandon(0))
    assert not api.finished
    assert stage.records(0, Ended)[0].how == "stopped"


async def test_abandon_together_with_a_jump(stage):
    """The sessions that a jump was about to open end as well."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    stage.worker.execute(Seek(0, 3.0))
    await stage.ask(Abandon(0))
    assert {end.session for end in stage.records(0, Ended)} == {0, 1}


@pytest.mark.parametrize("command", [Stop(0), Seek(0, 21.0)])
async def test_an_end_while_a_packet_is_handed_over(stage, command):
    """What the network has been given is noted as sent, also if the session is told to end at that moment."""

    class Slow(FakeApi):
        async def send(self, packet):
            await super().send(packet)
            if len(self.got) == 5:
                stage.worker.execute(command)
            await asyncio.sleep(0)  # the network's own wait, after the bytes have gone

    api = Slow(stage.time)
    await stage.play(api)
    await stage.run(3, step=0.5)
    assert api.finished
    sent = [round(record.end, 6) for record in stage.records(0, Sent)]
    assert sent == ends(api)
    assert len([record for record in stage.records(0, Sent) if record.session == 0]) == 5


async def test_abandon_while_a_stopped_session_is_still_handing_over(stage):
    """A packet that the network does not take holds up the end of a session, but not that of an abandoned one."""

    class Stuck(FakeApi):
        async def send(self, packet):
            await super().send(packet)
            if len(self.got) == 5:
                await asyncio.Event().wait()

    api = Stuck(stage.time)
    await stage.play(api)
    await stage.run(3)
    await stage.ask(Stop(0))
    assert stage.records(0, Ended) == []
    await stage.ask(Abandon(0))
    assert [end.how for end in stage.records(0, Ended)] == ["stopped"]
    assert not api.finished


async def test_a_pause_after_a_stop_opens_nothing(stage):
    """A session that is still handing over when it was stopped may be paused for long: nothing begins anew for that."""

    class Stuck(FakeApi):
        async def send(self, packet):
            await super().send(packet)
            if len(self.got) == 5:
                await asyncio.Event().wait()

    api = Stuck(stage.time, idle_limit=10.0)
    await stage.play(api)
    await stage.run(3)
    await stage.ask(Stop(0))
    await stage.ask(Pause(0))
    await stage.run(20)
    await stage.ask(Resume(0))
    assert len(stage.records(0, Opened)) == 1
    assert stage.records(0, Idle) == []
    await stage.ask(Abandon(0))
    assert [end.how for end in stage.records(0, Ended)] == ["stopped"]


async def test_unpaced(stage):
    """At infinite speed no time passes between packets, and nothing is due."""
    api = FakeApi(stage.time)
    await stage.play(api, speed=math.inf)
    began = stage.time.now()
    await stage.settled()
    await stage.settled()
    assert len(api.got) == 100
    assert api.got[-1][0] == began
    assert {record.due for record in stage.records(0, Sent)} == {None}


FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def fill_up(stage):
    """Let the disk of the first journal be full from now on, by the system's own file that takes nothing."""
    playing, _ = stage.worker._tasks[0]
    full = os.open(FULL, os.O_WRONLY)
    os.dup2(full, playing._journals[0]._file.fileno())
    os.close(full)


def how_it_ended(stage):
    """How the sessions of the first API ended, as it was reported."""
    return [(end.how, end.error) for end in stage.records(0, Ended)]


@needs_full
async def test_a_disk_that_is_full_from_the_beginning(stage):
    """The first record does not go to disk: nothing is connected, and the end is reported without any disk."""
    api = FakeApi(stage.time)
    await stage.ask(Play(0, (StreamSpec(0, RECORDING, (api,), FULL),), 1.0))
    assert how_it_ended(stage) == [("failed", "DiskFull")]
    assert not api.got
    assert not stage.worker._tasks


@needs_full
@pytest.mark.parametrize("moment", ["message", "packet"])
async def test_a_disk_that_fills_up(stage, moment):
    """A disk that fills up in the middle ends the session; what had arrived, and what it ended at, is reported."""
    api = FakeApi(stage.time)
    if moment == "packet":  # nothing is said that would have to be on disk at once
        api.send = AsyncMock()
    await stage.play(api)
    await stage.run(6)
    fill_up(stage)
    await stage.run(6)
    assert how_it_ended(stage) == [("failed", "DiskFull")]
    assert len(stage.records(0, Sent)) >= 20
    assert len(stage.records(0, Received)) >= (20 if moment == "message" else 0)
    assert len(stage.records(0, Sent)) < 40
    assert not stage.worker._tasks


@needs_full
async def test_a_disk_that_fills_up_at_the_last_record(stage):
    """An end that does not go to disk is none: the journal lacks it, and so it is said."""
    api = FakeApi(stage.time)

    async def finish():
        fill_up(stage)

    api.finish = finish
    await stage.play(api)
    await stage.run(31)
    assert how_it_ended(stage) == [("failed", "DiskFull")]
    assert len(stage.records(0, Received)) == 100


@needs_full
async def test_the_other_journal_goes_on(stage):
    """A disk that is full for one API does not end the other, whose journal is elsewhere."""
    first, second = FakeApi(stage.time), FakeApi(stage.time)
    await stage.play(first, second)
    await stage.run(6)
    fill_up(stage)
    await stage.run(30)
    assert how_it_ended(stage) == [("failed", "DiskFull")]
    assert [end.how for end in stage.records(1, Ended)] == ["finished"]


async def test_a_journal_that_is_removed_meanwhile(stage):
    """Who removes the journal is told so, and not only when it is looked for."""
    api = FakeApi(stage.time)
    await stage.play(api)
    await stage.run(6)
    (stage.folder / "0.jsonl").unlink()
    await stage.run(6)
    (end,) = stage.records(0, Ended)
    assert (end.how, end.error) == ("failed", "NotWritable")
    assert end.facts == {"folder": str(stage.folder), "reason": "the journal was removed meanwhile"}


async def test_a_folder_that_is_removed_before_the_worker_begins(stage):
    """A journal that cannot be opened ends the replay, not the worker."""
    api = FakeApi(stage.time)
    await stage.ask(Play(0, (StreamSpec(0, RECORDING, (api,), stage.folder / "gone" / "0.jsonl"),), 1.0))
    assert how_it_ended(stage) == [("failed", "NotWritable")]
    await stage.play(FakeApi(stage.time))
    await stage.run(31)
    assert how_it_ended(stage)[1:] == [("finished", None)]


@pytest.mark.parametrize(
    ("limits", "sessions"),
    [([1e-9], 1), ([1.0], 1), ([1.5], 1), ([14.9], 1), ([15.0], 4), ([20.0, 16.0, 1.0], 3)],
    ids=str,
)
async def test_no_storm_of_sessions(stage, limits, sessions):
    """A limit that two packets hardly fit into is none, also one that shrinks; everything is sent once."""
    api = FakeApi(stage.time, length=3.0, count=10)
    api.limits = iter([*limits, *[limits[-1]] * 20])
    await stage.play(api)
    await stage.run(40)
    assert len(stage.records(0, Opened)) == sessions
    assert [packet.start for _, packet in api.got] == [3.0 * n for n in range(10)]


async def test_sessions_without_progress(stage):
    """A server that takes so long over each packet that its sessions hold one each: a sentence, after five of them."""
    api = FakeApi(stage.time, time_limit=6.0, length=3.0, count=10, hold=dict.fromkeys(range(1, 11), 6.0))
    await stage.play(api, speed=math.inf)
    await stage.run(80)
    assert len(stage.records(0, Opened)) == 5
    assert len(api.got) == 5
    (end,) = [each for each in stage.records(0, Ended) if each.how != "finished"]
    assert (end.how, end.error) == ("failed", "SessionsTooShort")
    assert str(by_name(end.error, end.facts)).startswith("The fake server at ws://127.0.0.1:9 ends a session after 6 s")
