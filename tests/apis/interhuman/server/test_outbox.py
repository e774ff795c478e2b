"""The queue of messages to one client, with and without faults."""

from __future__ import annotations

import asyncio

import pytest

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server.outbox import SendQueue


async def test_the_last_word_to_nobody():
    """A session whose client is gone when the server says its last word ends all the same."""
    said = []

    async def send(text):
        said.append(text)
        raise ConnectionResetError

    speech = SendQueue(send, Faults(), "unknown")
    async with asyncio.timeout(5):
        for text in ("one", "two", "three"):
            await speech.put(text)
        await speech.flush()
        await speech.close()
    assert said == ["one"]


async def sent_by(faults: Faults, *texts: str, muted_after: int | None = None) -> list[str]:
    """Texts that leave a queue with these faults."""
    sent = []

    async def send(text):
        sent.append(text)

    queue = SendQueue(send, faults, "unknown")
    async with asyncio.timeout(20):
        for number, text in enumerate(texts):
            if number == muted_after:
                queue.mute()
            await queue.put(text)
        await queue.flush()
        await queue.close()
    return sent


@pytest.mark.parametrize("faults", [Faults(), Faults(jitter=0.02, seed=1), Faults(delay=0.02)])
async def test_messages_are_sent_in_order(faults):
    """All of them, in order, however late each of them is; more than the queue holds, too."""
    texts = [str(number) for number in range(150 if faults == Faults() else 10)]
    assert await sent_by(faults, *texts) == texts


async def test_messages_with_faults():
    """A message can be cut in the middle, come twice or behind one of an unknown type, or in another order."""
    assert await sent_by(Faults(tear=2), "one!", "two!") == ["one!", "tw"]
    assert await sent_by(Faults(twice=True), "one") == ["one", "one"]
    assert await sent_by(Faults(unknown=True), "one") == ["unknown", "one"]
    shuffled = await sent_by(Faults(shuffle=3), "one", "two", "three", "four")
    assert (sorted(shuffled[:3]), shuffled[3]) == (["one", "three", "two"], "four")


async def test_a_muted_queue_sends_no_more():
    """What is put into it afterwards is ignored, and waiting for its end does not hang."""
    assert await sent_by(Faults(), "one", "two", "three", muted_after=1) == ["one"]
