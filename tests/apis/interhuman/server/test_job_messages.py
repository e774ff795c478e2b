"""Uploads of v2: a file is a job, which is asked after until it is done."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import aiohttp
import interhumanai
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from interhumanai.types import UploadJob

import emotoolkit as emo
from emotoolkit.apis.base.events import Fault, Results, Step
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.client import upload
from emotoolkit.apis.interhuman.server import app, job_messages, upload_jobs
from emotoolkit.apis.interhuman.server.analysis import DetectedSignal, EndedSignal, EngagementState
from emotoolkit.apis.interhuman.server.auth import scopes_by_digest
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.wire import decoder, messages
from emotoolkit.errors import ServerFault, ServerSilent
from tests.support import footage
from tests.support.in_process_server import here
from tests.support.stub_server import answering

KEY = "ih_live_do_not_tell"
WHOLE = footage.file("plain", 15, talk=((0.5, 6.0), (7.5, 12.0)))
EVERYTHING = ["signals", *messages.INCLUDE]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Questions after a job follow each other at once."""
    monkeypatch.setattr(upload, "POLL_INTERVAL_S", 0.02)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Fifteen seconds with two pauses."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(WHOLE)
    return emo.Recording(path)


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


async def test_sections_as_asked():
    """What was not asked for is left out, not null; an answer that may wait has the result at once."""
    async with app.serving() as url:
        client = interhumanai.InterhumanClient(access_token=KEY, base_url=url).upload
        job = await client.submit(footage.file("plain", 4), model="inter-2", wait_seconds=60)
        raw = await told(url, job.job_id)
    assert job.is_terminal
    assert set(raw["result"]) == {"duration_seconds", "window_seconds", "windows"}
    assert raw["server"].startswith("local measurement")


async def told(url, job):
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/v2/upload/jobs/{job}") as response:
        return json.loads(await response.read())


def test_same_tables_by_windows(film):
    """What v2 says of a file is what v1 says, by windows of five seconds; the scores are the same."""
    with here(app.serving(Options(faults=Faults(delay=0.3)))) as local:
        v1 = emo.upload(film, emo.Interhuman(url=local.url))
        v2 = emo.upload(film, emo.Interhuman(url=local.url, model="inter-2"))
        heard = emo.upload(film, emo.Interhuman(url=local.url, model="inter-2-audio"))
    assert v2.complete
    assert v2.source == v1.source
    assert set(v2.events["kind"]) == {"job"}
    assert len(v2.events) > 1, "each answer is kept, not only the last"
    assert v2.signals["signal"].tolist() == v1.signals["signal"].tolist()
    (_, start, end), (_, first, last) = v1.signals.index[0], v2.signals.index[0]
    assert first <= start < end <= last
    assert (first.total_seconds() % job_messages.WINDOW_S, last.total_seconds() % job_messages.WINDOW_S) == (0, 0)
    assert v2.engagement["state"].tolist() == v1.engagement["state"].tolist()
    pd.testing.assert_frame_equal(v2.quality, v1.quality)
    assert heard.signals["signal"].tolist() == ["hesitation"]


def test_the_listener_gets_sound(film):
    """The model that only listens is sent a WAV file of the sound alone."""
    with soundfile.SoundFile(io.BytesIO(emo.Interhuman(model="inter-2-audio").whole(film))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (16_000, 1, "PCM_16")
        assert file.frames == pytest.approx(15 * 16_000, abs=2048)  # AAC fills its last frame


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


def test_a_job_that_fails(film):
    """A job that fails is the server's fault, with its words; what was said before is kept."""
    with here(app.serving(Options(faults=Faults(error="ih1004")))) as local, pytest.raises(ServerFault) as caught:
        emo.upload(film, emo.Interhuman(url=local.url, model="inter-2"))
    assert "the job was interrupted (code ih1004)" in str(caught.value)
    assert not caught.value.replay.complete
    assert caught.value.replay.faults[0].code == "ih1004"


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


def test_a_job_that_never_ends(film, monkeypatch):
    """A job is asked after as long as a file may take, and no longer."""
    monkeypatch.setattr(upload, "ANALYSIS_TIMEOUT_S", -14.5)
    queued = '{"job_id": "a", "status": "queued"}'
    with answering("/v2/upload/{rest:.*}", queued) as url, pytest.raises(ServerSilent) as caught:
        emo.upload(film, emo.Interhuman(url=url, model="inter-2"))
    assert "did not answer '/v2/upload/analyze' within 0.5 s" in str(caught.value)
    assert len(caught.value.replay.events) > 1


TIMES = st.floats(0, 40).map(lambda at: round(at, 2))


@settings(max_examples=60)
@given(
    duration=st.floats(3, 40).map(lambda at: round(at, 2)),
    spans=st.lists(
        st.tuples(st.sampled_from(["interest", "stress"]), TIMES, TIMES, st.sampled_from(["low", "medium", "high"]))
    ),
    states=st.lists(st.tuples(TIMES, st.sampled_from(["engaged", "neutral", "disengaged"])), max_size=4),
)
def test_windows_tile_the_file(duration, spans, states):
    """Law: windows tile the file, and each has the signals that touch it; a row of them is one span."""
    findings = [EngagementState(state, at) for at, state in sorted(states)]
    for name, start, length, probability in spans:
        findings += [DetectedSignal(name, start, probability, "why", "audio"), EndedSignal(name, start + length + 0.01)]
    told = job_messages.job_result(findings, [messages.SIGNALS], duration)
    windows = told["windows"]
    assert [each["start_seconds"] for each in windows] == [5.0 * n for n in range(len(windows))]
    assert windows[-1]["end_seconds"] == pytest.approx(duration, abs=0.001)
    for window in windows:
        inside = {
            name for name, start, length, _ in spans
            if start < window["end_seconds"] and window["start_seconds"] < start + length + 0.01
        }  # fmt: skip
        assert {each["type"] for each in window["signals"]} == inside
    covered = sorted((each["type"], each["start"]) for window in windows for each in window["signals"])
    rows = [(each["type"], each["start"], each["end"]) for each in told["signals"]]
    assert all(sum(name == kind and start <= at < end for kind, start, end in rows) == 1 for name, at in covered)
    assert sum(end - start for _, start, end in rows) == pytest.approx(
        sum(each["end"] - each["start"] for window in windows for each in window["signals"])
    )
    now = "2026-01-01T00:00:00+00:00"
    whole = {"job_id": "a", "status": "completed", "model": "inter-2", "created_at": now, "expires_at": now}
    raw = json.dumps({**whole, "status_url": "/v2/upload/jobs/a", "result": told})
    UploadJob.model_validate_json(raw)
    assert isinstance(decoder.Decoder().decode(raw), Results)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"status": "queued"}, Step),
        ({"status": "running"}, Step),
        ({"status": "failed", "error": {"error_id": "ih5002", "message": "broken"}}, Fault),
        ({"status": "failed"}, Fault),
        ({"status": "completed", "result": {"windows": []}}, Results),
    ],
)
def test_what_is_said_of_a_job(said, kind):
    """Each status is read; a result without its list of signals has those of its windows."""
    event = decoder.Decoder().decode(json.dumps({"job_id": "a", **said}))
    assert isinstance(event, kind)
    assert event.kind == "job"


def test_signals_of_windows():
    """Where the whole list was not sent, the signals of the windows are the signals."""
    signal = {"type": "interest", "start": 0.0, "end": 5.0}
    window = {"start_seconds": 0.0, "end_seconds": 5.0, "engagement_status": "engaged", "signals": [signal]}
    event = decoder.Decoder().decode(
        json.dumps({"job_id": "a", "status": "completed", "result": {"windows": [window]}})
    )
    (_, spans, state) = event.events
    assert [each.signal for each in spans.spans] == ["interest"]
    assert (state.state, state.start, state.end) == ("engaged", 0.0, 5.0)
