"""Reading ahead: every packet comes, in order, and what is in hand is bounded, whatever the pace and the packets."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emotoolkit as emo
from emotoolkit.errors import NoSuchFile, ReadingFailed
from emotoolkit.media.packet import Packet
from emotoolkit.media.sound_tally import SoundTally
from emotoolkit.replays.prefetch import Prefetcher, cut_packets
from emotoolkit.utils.batched_calls import BatchedExecutor
from tests.support.examples import examples


def row_of(lengths) -> list[Packet]:
    """Packets of these lengths in seconds, one behind the other."""
    packets, at = [], 0.0
    for length in lengths:
        packets.append(Packet(at, at + length, b""))
        at += length
    return packets


class Tape:
    """An iterator that knows how far it has been read, and in which threads."""

    def __init__(self, packets, problem: Exception | None = None) -> None:
        self._packets, self._problem = iter(packets), problem
        self.read = 0.0
        self.threads: set[int] = set()

    def __iter__(self):
        return self

    def __next__(self) -> Packet:
        self.threads.add(threading.get_ident())
        packet = next(self._packets, None)
        if packet is None:
            if self._problem is not None:
                raise self._problem
            raise StopIteration
        self.read = packet.end
        return packet


class CountingExecutor(BatchedExecutor):
    """Executor that counts what is submitted."""

    submitted = 0

    def submit(self, work):
        """Submit, and count."""
        self.submitted += 1
        return super().submit(work)


async def into(given_out: list[Packet], ahead: Prefetcher) -> None:
    """Take packets one by one, so that those are there that came before a problem."""
    async for packet in ahead:
        given_out.append(packet)  # noqa: PERF401 - a comprehension would lose them


async def played(tape: Tape, speed: float, executor: BatchedExecutor) -> tuple[list[Packet], float]:
    """All packets, and how many seconds of media had been read and not given out at most."""
    given_out, most = [], 0.0
    with Prefetcher(tape, "f.wav", lambda: speed, executor) as ahead:
        first = await ahead.first()
        async for packet in ahead:
            given_out.append(packet)
            await asyncio.sleep(0)
            most = max(most, tape.read - packet.start)
    assert first == (given_out[0] if given_out else None)
    return given_out, most


lengths = st.lists(st.sampled_from([0.02, 0.5, 1.0, 3.0, 7.0]), max_size=40)


@given(lengths, st.sampled_from([0.0, 0.25, 1.0, 2.5, 100.0]))
@settings(max_examples=examples(40))
def test_all_packets_come_in_order_and_few_are_held(lengths, speed):
    """Law: nothing is lost, and two batches are held at most: each of 4 s of the wall, 30 s of media, or one packet."""
    packets = row_of(lengths)
    given_out, most = asyncio.run(played(Tape(packets), speed, BatchedExecutor()))
    assert given_out == packets
    batch = max(min(30.0, 4.0 * speed), max(lengths, default=0.0))
    assert most <= 2 * batch + 1e-6


async def test_nothing_is_read_on_the_loop():
    """Packets are made in threads, so that no disk and no encoder holds up the clock."""
    tape = Tape(row_of([1.0] * 20))
    await played(tape, 1.0, BatchedExecutor())
    assert tape.threads
    assert threading.get_ident() not in tape.threads


async def test_what_is_read_quickly_is_read_by_the_shared_executor():
    """With packets for seconds in hand a batch is read along with those of others; hand to mouth it is not."""
    unhurried, hurried = CountingExecutor(), CountingExecutor()
    await played(Tape(row_of([0.5] * 100)), 1.0, unhurried)
    await played(Tape(row_of([0.1] * 30)), 0.0, hurried)
    assert unhurried.submitted > 0  # a busy machine may take its time for some
    assert hurried.submitted == 0


async def test_the_first_packet_can_be_had_twice():
    """To wait for the first batch takes nothing out of it, however often one asks."""
    packets = row_of([1.0, 1.0])
    with Prefetcher(Tape(packets), "f.wav", lambda: 1.0, BatchedExecutor()) as ahead:
        assert [await ahead.first(), await ahead.first()] == packets[:1] * 2
        assert [packet async for packet in ahead] == packets


async def test_a_recording_without_packets():
    """There is no first one, and none after it."""
    assert await played(Tape([]), 1.0, BatchedExecutor()) == ([], 0.0)


async def test_a_reader_that_fails_says_which_file_and_how_far():
    """What cannot be read after some packets is told with the file's name, the reason, and no more than was sent."""
    packets = row_of([3.0] * 4)
    given_out = []
    ahead = Prefetcher(Tape(packets, OSError("disk gone")), "f.wav", lambda: 1.0, BatchedExecutor())
    with ahead, pytest.raises(ReadingFailed, match=r"'f\.wav'.*disk gone") as caught:
        await into(given_out, ahead)
    assert given_out == packets[: len(given_out)]
    assert 0.0 <= caught.value.sent <= (given_out[-1].end if given_out else 0.0)
    assert isinstance(caught.value.__cause__, OSError)


async def test_errors_that_are_sentences_already_stay():
    """An error of ours comes as it is, to whoever waits for the first packet."""
    problem = NoSuchFile(file="f.wav", folder="d")
    with (
        Prefetcher(Tape([], problem), "f.wav", lambda: 1.0, BatchedExecutor()) as ahead,
        pytest.raises(NoSuchFile) as caught,
    ):
        await ahead.first()
    assert caught.value is problem


async def test_a_reader_without_words_says_its_kind():
    """No sentence ends in nothing: an error without a text is named."""
    ahead = Prefetcher(Tape([], EOFError()), "f.wav", lambda: 1.0, BatchedExecutor())
    with ahead, pytest.raises(ReadingFailed, match=r"after 0\.0 s: EOFError\(\)"):
        await ahead.first()


def test_what_is_cut_is_what_the_api_cuts(talk):
    """From a second on: packets of the API, whole and in order; and nothing is opened before the first is wanted."""
    api = emo.EmotionLogic()
    expected = list(api.packets(talk, 12.0))
    assert list(cut_packets(api, talk, 12.0, SoundTally())) == expected
    assert expected[0].start == 12.0
    cut_packets(api, None, 0.0, SoundTally())  # it has not begun
