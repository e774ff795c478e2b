"""What a server keeps of those who have gone: nothing, or a server of a long day would grow all day."""

from __future__ import annotations

import io
import math
import time

import aiohttp
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.apis.interhuman.server import app
from tests.support import footage

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

WARM = 5
"""Sessions or uploads after which caches are full, and growth is growth."""


@pytest.fixture
def film(tmp_path):
    """Six seconds of somebody who speaks."""
    path = tmp_path / "film.mp4"
    path.write_bytes(footage.file("plain", 6, talk=((0.5, 5.0),)))
    return path


def megabytes(server) -> float:
    """Memory of a server, when it has had the time to collect."""
    time.sleep(1.0)
    return psutil.Process(server.pid).memory_info().rss / 1e6


def test_forty_sessions(film):
    """Each session left 1 MB behind while nothing was collected."""
    with app.serve() as local:
        for number in range(40):
            assert emo.replay(film, emo.Interhuman(url=local.url), speed=math.inf, progress=False).complete
            if number == WARM:
                before = megabytes(local)
        assert megabytes(local) - before < 10


@pytest.mark.parametrize(("size", "times", "status"), [(None, 40, 200), (80_000_000, 10, 413)])
async def test_uploads(film, size, times, status):
    """Each upload left 1 MB behind, one that is too large 64 MB."""
    sent = film.read_bytes() if size is None else bytes(size)
    with app.serve() as local:
        for number in range(times):
            form = aiohttp.FormData()
            form.add_field("file", io.BytesIO(sent), filename="film.mp4")
            async with (
                aiohttp.ClientSession() as http,
                http.post(local.url + "/v1/upload/analyze", data=form) as response,
            ):
                await response.read()
            assert response.status == status
            if number == WARM:
                before = megabytes(local)
        assert megabytes(local) - before < 10
