"""The body of a response is read up to a limit, whatever the server says of its size."""

from __future__ import annotations

import gzip

import aiohttp
import pytest
from aiohttp import web

from emotoolkit.apis.base.http_bodies import read_body
from emotoolkit.errors import MessageTooLarge
from emotoolkit.utils.loopback import serving_app

LIMIT_MB = 0.1


@pytest.mark.parametrize("way", ["whole", "chunked", "gzip", "endless"])
async def test_a_body_that_is_too_large(way):
    """It is refused as soon as it has more than the limit: sent whole, in chunks, compressed, or without an end."""

    async def answer(request):
        if way == "whole":
            return web.Response(body=b"x" * 200_000)
        if way == "gzip":
            return web.Response(body=gzip.compress(b"x" * 50_000_000), headers={"Content-Encoding": "gzip"})
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4 if way == "chunked" else 10**9):
            await response.write(b"x" * 50_000)
        return response

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    async with (
        serving_app(app, shutdown_timeout=0.05) as url,
        aiohttp.ClientSession() as http,
        http.get(url) as response,
    ):
        with pytest.raises(MessageTooLarge, match=rf"Moods server at {url} sent a message of more than 0\.1 MB"):
            await read_body(response, api="Moods", url=url, limit_mb=LIMIT_MB)
        response.close()


async def test_a_body_that_fits():
    """It is text to the last byte, and what is no UTF-8 becomes a replacement character."""

    async def answer(request):
        return web.Response(body=b"x" * 99_998 + b"\xff")

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    async with serving_app(app) as url, aiohttp.ClientSession() as http, http.get(url) as response:
        assert await read_body(response, api="", url=url, limit_mb=LIMIT_MB) == "x" * 99_998 + "\ufffd"
