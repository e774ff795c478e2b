"""A worker on a fake time, with an API that has no server: for tests of the engine and of the worker."""

import asyncio
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

from emotoolkit.apis.base.journal import from_line
from emotoolkit.errors import ServerRefused
from emotoolkit.media.packet import Packet
from emotoolkit.replays.clock import Clock
from emotoolkit.replays.commands import Play, StreamSpec
from emotoolkit.replays.testing import FakeTime
from emotoolkit.replays.worker import Worker
from emotoolkit.utils import checksum

__all__ = ["RECORDING", "FakeApi", "FakeRecording", "Pipe", "made_stage"]


@dataclass(frozen=True)
class FakeRecording:
    """A recording without media: FakeApi makes its packets."""

    file: str
    duration: float
    live: bool = False

    @property
    def path(self):
        return Path(self.file)

    def begun(self):
        return self

    def counted_by(self, tally):
        return self


RECORDING = FakeRecording("fake.wav", 30.0)


@dataclass
class FakeApi:
    """An API without a server: keeps what it is sent, answers each packet, can be late or refuse."""

    time: FakeTime
    count: int = 100
    length: float = 0.3
    refuse: bool = False
    hold: dict[int, float] = field(default_factory=dict)
    got: list[tuple[float, Packet]] = field(default_factory=list)
    finished: bool = False
    idle_limit: float | None = None
    time_limit: float | None = None
    limits: Iterator[float] = field(default_factory=lambda: iter(()))
    """Of the sessions, in the order in which they are opened; `time_limit` after the last."""
    name = title = "fake"
    address = "ws://127.0.0.1:9"

    def secrets(self):
        return ()

    def settings(self):
        return {}

    def packets(self, recording, start=0.0):
        for n in range(round(start / self.length), self.count):
            yield Packet(n * self.length, (n + 1) * self.length, b"x")

    @asynccontextmanager
    async def connect(self, on_message):
        if self.refuse:
            raise ServerRefused(api="fake", url="nowhere", reason="no", code=1)
        self.on_message = on_message
        self.time_limit = next(self.limits, self.time_limit)
        yield self

    async def send(self, packet):
        self.got.append((self.time.now(), packet))
        self.on_message(f"got {packet.end:.1f}")
        self.time.jump(self.hold.get(len(self.got), 0.0))

    async def finish(self):
        self.finished = True


class Pipe:
    """Stand-in for the pipe to the notebook: collects the reported records by replay."""

    def __init__(self):
        self.records = {}

    def write(self, data):
        for reported in data.decode().splitlines():
            number, _, line = reported.partition(" ")
            self.records.setdefault(int(number), []).append(from_line(line))

    async def drain(self):
        pass


def made_stage(tmp_path):
    """Make a worker on a fake time: `play(*apis, speed)` starts a replay, `records(n)` are those of API n."""
    time, pipe = FakeTime(), Pipe()
    worker = Worker(pipe, partial(Clock, now=time.now, call_later=time.call_later))

    async def play(*apis, speed=1.0, **how):
        specs = tuple(StreamSpec(n, RECORDING, (api,), tmp_path / f"{n}.jsonl") for n, api in enumerate(apis))
        await ask(Play(0, specs, speed, **how))

    async def ask(command):
        one_thread()
        worker.execute(command)
        await settled()

    async def settled():
        # Packets are read in a thread, which fake time does not move: wait for it in real time.
        one_thread()
        loop = asyncio.get_running_loop()
        for _ in range(10):
            await asyncio.sleep(0.001)
            await asyncio.wrap_future(
                checksum.sha256_in_background(Path("nowhere"))
            )  # hashes have a thread of their own
            await asyncio.wait([loop.run_in_executor(None, int)], timeout=60)  # behind all that was to be read
            await time.advance(0)

    @cache
    def one_thread():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    async def run(seconds, step=2.0):
        """Let fake time pass in steps of less than what is read ahead, letting the reading threads keep up."""
        for _ in range(math.ceil(seconds / step)):
            await time.advance(min(step, seconds))
            await settled()

    def records(number, kind):
        return [record for record in pipe.records.get(number, []) if isinstance(record, kind)]

    return SimpleNamespace(
        time=time, worker=worker, play=play, ask=ask, run=run, records=records, folder=tmp_path, settled=settled
    )
