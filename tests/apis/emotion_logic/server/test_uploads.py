"""Whole files on the local server: what other programs send is measured, or refused with a sentence."""

import asyncio
import io
import json
import tempfile

import aiohttp
import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from emotoolkit.apis.base.events import ResultBatch, span
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.apis.emotion_logic.server.options import Limits, Options
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder


async def post(url, file: bytes | None, **fields):
    """Upload as other programs do. Returns status and answer."""
    form = aiohttp.FormData(default_to_multipart=True)
    if file is not None:
        form.add_field("file", io.BytesIO(file), filename="x.wav")
    for name, value in fields.items():
        form.add_field(name, value)
    async with aiohttp.ClientSession() as http, http.post(f"{url}/analysis/analyzeFile", data=form) as response:
        return response.status, json.loads(await response.read())


async def test_what_other_programs_send(call):
    """A file as it is, with the fields of the documents, is analysed on both channels; text is our own convention."""
    file = call.path.read_bytes()
    async with app.serving() as url:
        _, plain = await post(url, file)
        _, full = await post(
            url, file, outputType="json", sensitivity="high", backgroundNoise="0", requestId="r1", dummyResponse="true"
        )
        _, text = await post(url, file, outputType="text")
    assert plain["server"].startswith("local measurement")
    assert full == plain
    assert {row[1] for row in plain["data"]["segments"]["data"]} == {0, 1}
    assert text["data"].startswith("report;value\r\nchannel-0/")
    as_json, as_text = (Decoder().decode(messages.text(messages.FILE_ANALYSIS, answer)) for answer in (plain, text))
    assert isinstance(as_json, ResultBatch)
    for one, other in zip(as_json.events[1:], as_text.events[1:], strict=True):
        assert replace(one, raw="") == replace(other, raw="")
    assert span(as_json)[1] > 10


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"outputType": "xml"}, "outputType"),
        ({"sensitivity": "extreme"}, "sensitivity"),
        ({"backgroundNoise": "loud"}, "backgroundNoise"),
        ({"requestId": "x" * 37}, "requestId"),
        ({"segments": '[{"channel":0,"start":0,"end":1}]'}, "segments"),
    ],
)
async def test_fields_that_are_refused(talk, fields, about):
    """Each illegal field, and the one that this server cannot honour, is refused with its name and our number."""
    async with app.serving() as url:
        status, answer = await post(url, talk.path.read_bytes(), **fields)
    assert (status, answer["success"], answer["errorCode"]) == (400, False, messages.ERROR_CODES[about])
    assert about in answer["error"]


async def test_files_that_are_refused(tmp_path):
    """No file, an empty one, and one that is no media are refused with a sentence that names no path of the server."""
    soundfile.write(tmp_path / "empty.wav", np.empty((0, 1)), 8000)
    async with app.serving() as url:
        for file in (None, b"", b"no sound at all" * 100, (tmp_path / "empty.wav").read_bytes()):
            status, answer = await post(url, file)
            assert (status, answer["errorCode"]) == (400, messages.ERROR_CODES["file"])
            assert "/" not in answer["error"].replace("`ffmpeg -i the file -c copy repaired.mkv`", "")
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{url}/analysis/analyzeFile?segments=1", data=b"") as plain,
        ):
            assert plain.status == 400


async def test_the_limit_of_uploads(talk, tmp_path, monkeypatch):
    """A file, or fields, beyond the limit are refused in a sentence, and leave nothing on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = talk.path.read_bytes()
    async with app.serving(Options(limits=Limits(uploads=len(file) + 100))) as url:
        for _ in range(3):
            for large, fields in ((file + bytes(200), {}), (file, {f"field-{n}": "x" * 50 for n in range(9)})):
                status, answer = await post(url, large, **fields)
                assert (status, answer["success"]) == (413, False)
                assert "limit uploads" in answer["error"]
                assert [*tmp_path.iterdir()] == []
        status, answer = await post(url, file)
        assert (status, answer["success"]) == (200, True)


async def test_two_uploads_share_the_limit(talk):
    """What one has on the disk is not free for another; it is again when that one has ended, or its client has gone."""
    file = talk.path.read_bytes()
    begun, end = asyncio.Event(), asyncio.Event()

    async def slowly():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.wav"\r\n\r\n' + file[:-10]
        begun.set()
        await end.wait()

    async with app.serving(Options(limits=Limits(uploads=len(file) + 100))) as url, aiohttp.ClientSession() as http:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        first = asyncio.create_task(http.post(f"{url}/analysis/analyzeFile", data=slowly(), headers=headers))
        await begun.wait()
        async with asyncio.timeout(30):
            while (await post(url, file))[0] != 413:
                pass  # the first is still on its way
            first.cancel()
            await asyncio.wait([first])
            while (await post(url, file))[0] != 200:
                pass


@pytest.mark.parametrize("name", ["x." + "w" * 300, "x.wav\\..", "x.a/b", ".", "x.w\tav", "é.wäv"])
async def test_odd_names_of_files(talk, name):
    """The name of an upload names no file of the server."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(talk.path.read_bytes()), filename=name)
    async with (
        app.serving() as url,
        aiohttp.ClientSession() as http,
        http.post(f"{url}/analysis/analyzeFile", data=form) as response,
    ):
        assert response.status == 200, await response.text()
