"""What a local server keeps of many: of those who do nothing, who were answered, and who were refused."""

from __future__ import annotations

import asyncio
import importlib
import io
import math
import warnings
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.errors import NoticeWarning
from tests.support import footage, idle_connections

API = {"emotion_logic": emo.EmotionLogic, "interhuman": emo.Interhuman}
UPLOADS = {"emotion_logic": "/analysis/analyzeFile", "interhuman": "/v1/upload/analyze"}
BOUND_MB = 30.0
"""Memory by which a server may grow after the first hundred."""


@pytest.fixture(params=[*API])
def api(request):
    return request.param


@pytest.fixture
def server(api):
    """A local server in a process of its own."""
    with importlib.import_module(f"emotoolkit.apis.{api}.server.app").serve() as local:
        yield local


@pytest.fixture
def clip(tmp_path):
    """Four seconds of somebody who speaks."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(footage.file("plain", 4, talk=((0.5, 3.5),)))
    return path


def megabytes(server) -> float:
    return psutil.Process(server.pid).memory_info().rss / 1e6


def replayed(clip, api, server, folder):
    """Replay the clip; gives how many messages came."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoticeWarning)
        found = emo.replay(clip, API[api](url=server.url), speed=math.inf, progress=False, journal=folder)
    assert found.complete
    return len(found.events)


async def crowd(api, server, clip, folder, count, silent):
    """Replay a clip beside a crowd; gives the megabytes for each thousand of it."""
    before = megabytes(server)
    async with idle_connections.idle(api, server.url, count, silent=silent):
        answered = await asyncio.to_thread(replayed, clip, api, server, folder)
        grown = megabytes(server) - before
    assert answered
    return grown / count * 1000


@pytest.mark.parametrize("silent", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["accepted", "silent"])
async def test_two_thousand_who_do_nothing(api, server, clip, tmp_path, silent):
    """A server with 2000 idle connections answers one who speaks, whole."""
    if not idle_connections.room_for(2000):
        pytest.skip("the limit of open files of this system is too low")
    per_thousand = await crowd(api, server, clip, tmp_path, 2000, silent)
    assert per_thousand < 150  # and not the megabytes of a decoder each


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("silent", [False, True], ids=["accepted", "silent"])
async def test_ten_thousand_who_do_nothing(api, server, clip, tmp_path, silent):
    """The same with 10 000."""
    if not idle_connections.room_for(10_000):
        pytest.skip("the limit of open files of this system is too low")
    per_thousand = await crowd(api, server, clip, tmp_path, 10_000, silent)
    print(f"{api}: {per_thousand:.0f} MB for each thousand")
    assert per_thousand < 150


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("at_once", [1, 4])
def test_two_thousand_recordings(api, server, clip, tmp_path, at_once):
    """Flat after the first hundred, one after another, and where the server is never idle."""
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: replayed(clip, api, server, tmp_path), range(100)))
        before = megabytes(server)
        peak = 0.0
        for _ in range(19):
            list(pool.map(lambda _: replayed(clip, api, server, tmp_path), range(100)))
            peak = max(peak, megabytes(server))
            assert peak - before < BOUND_MB
    print(f"{api}, {at_once} at once: {before:.0f} MB after 100 recordings, {peak:.0f} MB at most after 2000")


async def refused(api, server, count, size):
    """Upload what is refused, a number of times."""
    async with aiohttp.ClientSession() as http:
        for _ in range(count):
            form = aiohttp.FormData()
            form.add_field("file", io.BytesIO(bytes(size)), filename="x.wav")
            async with http.post(server.url + UPLOADS[api], data=form) as response:
                await response.read()
                assert response.status >= 400


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("count", "size"), [(2000, 100_000), (60, 70_000_000)])
async def test_refused_uploads(api, server, count, size):
    """Flat after the first hundred of 2000, also where each is larger than a server takes."""
    await refused(api, server, count // 20, size)
    await asyncio.sleep(0.5)
    before = megabytes(server)
    await refused(api, server, count - count // 20, size)
    await asyncio.sleep(0.5)
    after = megabytes(server)
    print(f"{api}, {count} uploads of {size} bytes: {before:.0f} MB, then {after:.0f} MB")
    assert after - before < BOUND_MB
