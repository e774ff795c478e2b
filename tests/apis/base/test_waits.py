"""What a session waits for, as it is told to whoever listens."""

import asyncio
from contextlib import suppress

from emotoolkit.apis.base.waits import Wait, listening, waiting


def test_waits_are_told():
    """Each wait is told with its limit, and its end, also where it fails; in tasks of the block, too."""
    told = []

    async def wait(step):
        with waiting(step, 5.0):
            await asyncio.sleep(0)

    async def session():
        with listening(told.append):
            await wait("the report")
            await asyncio.create_task(wait("the end"))
            with suppress(TimeoutError), waiting("nothing", 1.0):
                async with asyncio.timeout(0):
                    await asyncio.sleep(1)
        await wait("what nobody listens to")

    asyncio.run(session())
    steps = ("the report", 5.0), ("the end", 5.0), ("nothing", 1.0)
    assert told == [each for step in steps for each in (Wait(*step), None)]
