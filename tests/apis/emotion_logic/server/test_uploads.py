"""Whole files on the local server: what other programs send is measured, or refused with a sentence."""

import io
import json

import aiohttp
import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from emotoolkit.apis.base.events import ResultBatch, span
from emotoolkit.apis.emotion_logic.server import app
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
