"""Uploads on the server, within the request: which are refused, and what the vendor's own client reads."""

from __future__ import annotations

import asyncio

import aiohttp
import interhumanai
import pytest

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import scopes_by_digest
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage
from tests.support.in_process_server import here

KEY = "ih_live_do_not_tell"


TALK = ((0.5, 6.0), (7.5, 12.0))


WHOLE = footage.file("plain", 15, talk=TALK)


@pytest.mark.parametrize(
    ("file", "options", "status", "code"),
    [
        (None, {}, 400, "ih4001"),
        (b"x" * 3000, {"limits": Limits(largest=2000)}, 413, "ih4003"),
        (b"x" * 5000, {"limits": Limits(largest=2000)}, 413, "ih4003"),
        (footage.file("plain", 1), {}, 400, "ih4007"),
        (footage.file("mp4", 4, pictures=False), {}, 422, "ih5001"),
        (b"garbage" * 99, {}, 422, "ih5004"),
        (WHOLE, {"keys": scopes_by_digest({"": ["interhumanai.upload"]})}, 401, "ih2002"),
    ],
)
async def test_refusals(file, options, status, code):
    """Each refusal has its status and its code."""
    form = aiohttp.FormData()
    form.add_field("include[]", messages.OVERALL)
    if file is not None:
        form.add_field("file", file, filename="film.mp4")
    async with (
        app.serving(Options(**options)) as url,
        aiohttp.ClientSession() as http,
        http.post(url + "/v1/upload/analyze", data=form) as response,
    ):
        assert (response.status, (await response.json())["error_id"]) == (status, code)


async def test_scope():
    """A key for the stream alone does not upload."""
    async with (
        app.serving(Options(keys=scopes_by_digest({KEY: ["interhumanai.stream"]}))) as url,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http,
        http.post(url + "/v1/upload/analyze", data={"a": "b"}) as response,
    ):
        assert (response.status, (await response.json())["error_id"]) == (403, "ih2003")


async def test_vendors_own_client():
    """The vendor's own client uploads a file and reads the answer."""
    with here(app.serving()) as local:
        client = interhumanai.InterhumanClient(access_token=KEY, base_url=local.url)
        include = ["conversation_quality_overall", "conversation_quality_timeline"]
        result = await asyncio.wait_for(client.upload.analyze(WHOLE, include=include), 60)
    assert [signal.type for signal in result.signals] == ["hesitation"]
    assert result.engagement_state[0].start == 0.0
    assert len(result.conversation_quality.timeline) == 4
