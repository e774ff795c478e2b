"""Jobs of v2 on the server: which files become one, whose they are, and what becomes of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import aiohttp
import interhumanai
import pytest
import soundfile

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server import app, job_messages, upload_jobs
from emotoolkit.apis.interhuman.server.auth import scopes_by_digest
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage

KEY = "ih_live_do_not_tell"


WHOLE = footage.file("plain", 15, talk=((0.5, 6.0), (7.5, 12.0)))


EVERYTHING = ["signals", *messages.INCLUDE]


async def test_vendors_own_client():
    """The vendor's own client submits a file, waits for the job, reads it again, and hears of one that is none."""
    async with app.serving(Options(faults=Faults(delay=0.2))) as url:
        client = interhumanai.InterhumanClient(access_token=KEY, base_url=url).upload
        job = await client.submit(WHOLE, model="inter-2", include=EVERYTHING)
        assert (job.status.value, job.result, job.error) == ("queued", None, None)
        done = await client.wait_for_job(job, timeout=60, poll_interval=0.02)
        again = await client.get_job(job.job_id)
        with pytest.raises(interhumanai.InterhumanAPIError) as caught:
            await client.get_job("0" * 32)
    assert done.status.value == "completed"
    assert again == done
    assert (caught.value.status, caught.value.error_id) == (404, "ih4021")
    assert [(each.start_seconds, round(each.end_seconds)) for each in done.result.windows] == [
        (0, 5),
        (5, 10),
        (10, 15),
    ]
    assert [(each.type.value, each.start, each.end) for each in done.result.signals] == [("hesitation", 5, 10)]
    assert [[each.type.value for each in window.signals] for window in done.result.windows] == [[], ["hesitation"], []]
    assert done.result.conversation_quality.overall.quality_index > 0
    assert len(done.result.conversation_quality.timeline) > 1
    assert (done.expires_at - done.created_at).total_seconds() == job_messages.JOB_LIFETIME_S


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "mp4"])
async def test_files_of_the_listener(kind, tmp_path):
    """It takes every kind of sound file that the documents name, and film for its sound."""
    async with app.serving() as url:
        client = interhumanai.InterhumanClient(access_token=KEY, base_url=url).upload
        file = WHOLE if kind == "mp4" else sound_file(kind)
        job = await client.submit(file, model="inter-2-audio", wait_seconds=60, include=["signals"])
    assert [each.type.value for each in job.result.signals] == ["hesitation"]


def sound_file(kind) -> bytes:
    out = io.BytesIO()
    sound = footage.talking(15, ((0.5, 6.0), (7.5, 12.0)), 48_000)
    soundfile.write(out, sound, 48_000, format=kind.upper())
    return out.getvalue()


GOOD = {"model": "inter-2"}


@pytest.mark.parametrize(
    ("file", "fields", "options", "status", "code"),
    [
        (None, GOOD, {}, 400, "ih4001"),
        (WHOLE, {}, {}, 400, "ih4005"),
        (WHOLE, {"model": "inter-9"}, {}, 400, "ih4005"),
        (WHOLE, {**GOOD, "wait_seconds": "121"}, {}, 400, "ih4005"),
        (WHOLE, {**GOOD, "wait_seconds": "-1"}, {}, 400, "ih4005"),
        (b"garbage" * 99, GOOD, {}, 400, "ih4002"),
        (b"x" * 3000, GOOD, {"limits": Limits(largest=2000)}, 413, "ih4003"),
        (b"x" * 5000, GOOD, {"limits": Limits(largest=2000)}, 413, "ih4003"),
        (footage.file("plain", 1), GOOD, {}, 400, "ih4007"),
        (footage.file("mp4", 4, pictures=False), GOOD, {}, 422, "ih5001"),
        (footage.file("mp4", 4, sound=False), GOOD, {}, 422, "ih5008"),
        (WHOLE, GOOD, {"keys": scopes_by_digest([KEY])}, 401, "ih2002"),
        (WHOLE, GOOD, {"keys": scopes_by_digest({"": ["interhumanai.stream"]})}, 401, "ih2002"),
    ],
)
async def test_refusals(file, fields, options, status, code):
    """Each refusal has its status and its code, before there is a job."""
    async with app.serving(Options(**options)) as url:
        answer = await post(url, file, fields)
    assert (answer[0], answer[1]["error_id"]) == (status, code)


async def post(url, file, fields, key=None):
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    if file is not None:
        form.add_field("file", file, filename="film.mp4")
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{url}/v2/upload/analyze", data=form) as response,
    ):
        return response.status, json.loads(await response.read())


async def test_too_long(monkeypatch):
    """A file that lasts longer than is allowed is refused."""
    monkeypatch.setattr(upload_jobs, "MAX_FILE_S", 10.0)
    async with app.serving() as url:
        status, answer = await post(url, WHOLE, GOOD)
    assert (status, answer["error_id"], answer["message"]) == (
        400,
        "ih4004",
        "the file has 15 s, and 10 s are allowed",
    )


async def test_whose_job_it_is():
    """Somebody else's job is none; a server that holds as many as it may takes no more, and ends with some in work."""
    limits, faults = Limits(jobs=1), Faults(delay=60)
    async with app.serving(Options(keys=scopes_by_digest([KEY, "other"]), limits=limits, faults=faults)) as url:
        status, job = await post(url, WHOLE, GOOD, KEY)
        assert (status, job["status"]) == (202, "queued")
        busy, refusal = await post(url, WHOLE, GOOD, KEY)
        assert (busy, refusal["error_id"]) == (503, "ih1002")
        for key, seen in ((KEY, 200), ("other", 404)):
            async with (
                aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
                http.get(url + job["status_url"]) as response,
            ):
                assert response.status == seen


def test_a_fault_of_our_own(film, monkeypatch, caplog):
    """If measuring fails, the job fails with ih1001, and the server's log has where."""
    monkeypatch.setattr(job_messages, "job_result", lambda *_: 1 / 0)

    async def ask():
        async with app.serving() as url:
            return await post(url, WHOLE, {**GOOD, "wait_seconds": "60"})

    with caplog.at_level(logging.ERROR):
        status, job = asyncio.run(ask())
    assert (status, job["status"], job["error"]["error_id"]) == (200, "failed", "ih1001")
    assert "ZeroDivisionError" in caplog.text
