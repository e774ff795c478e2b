"""Uploads of v2: a file is a job, which is asked after until it is done."""

from __future__ import annotations

import io
import json

import aiohttp
import interhumanai
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from interhumanai.types import UploadJob

import emotoolkit as emo
from emotoolkit.apis.base.events import ResultBatch
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.client import upload
from emotoolkit.apis.interhuman.server import app, job_messages
from emotoolkit.apis.interhuman.server.analysis import DetectedSignal, EndedSignal, EngagementState
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import decoder, messages
from emotoolkit.errors import ServerFault, ServerSilent
from tests.support import footage
from tests.support.examples import examples
from tests.support.in_process_server import here
from tests.support.stub_server import answering

KEY = "ih_live_do_not_tell"
WHOLE = footage.file("plain", 15, talk=((0.5, 6.0), (7.5, 12.0)))
EVERYTHING = ["signals", *messages.INCLUDE]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Questions after a job follow each other at once."""
    monkeypatch.setattr(upload, "POLL_INTERVAL_S", 0.02)


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
    with soundfile.SoundFile(io.BytesIO(emo.Interhuman(model="inter-2-audio").whole(emo.Recording(film)))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (16_000, 1, "PCM_16")
        assert file.frames == pytest.approx(15 * 16_000, abs=2048)  # AAC fills its last frame


def test_a_job_that_fails(film):
    """A job that fails is the server's fault, with its words; what was said before is kept."""
    with here(app.serving(Options(faults=Faults(error="ih1004")))) as local, pytest.raises(ServerFault) as caught:
        emo.upload(film, emo.Interhuman(url=local.url, model="inter-2"))
    assert "the job was interrupted (code ih1004)" in str(caught.value)
    assert not caught.value.replay.complete
    assert caught.value.replay.faults[0].code == "ih1004"


def test_a_job_that_never_ends(film, monkeypatch):
    """A job is asked after as long as a file may take, and no longer."""
    monkeypatch.setattr(upload, "ANALYSIS_TIMEOUT_S", -14.5)
    queued = '{"job_id": "a", "status": "queued"}'
    with answering("/v2/upload/{rest:.*}", queued) as url, pytest.raises(ServerSilent) as caught:
        emo.upload(film, emo.Interhuman(url=url, model="inter-2"))
    assert "did not answer '/v2/upload/analyze' within 0.5 s" in str(caught.value)
    assert len(caught.value.replay.events) > 1


TIMES = st.floats(0, 40).map(lambda at: round(at, 2))


@settings(max_examples=examples(60))
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
    assert isinstance(decoder.Decoder().decode(raw), ResultBatch)
