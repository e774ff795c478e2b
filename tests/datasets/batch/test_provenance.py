"""What run.json says: the request, the counts and the clock, of receipts made by hand."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emotoolkit as emo
from emotoolkit.datasets.batch import provenance
from emotoolkit.datasets.batch.cache_key import describe_request
from emotoolkit.datasets.batch.receipt import DONE, FAILED, Receipt
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.datasets.batch.task import RunOptions

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture
def options(tmp_path) -> RunOptions:
    """Options of a run through Interhuman, with a key."""
    api = emo.Interhuman(url="wss://eva:geheim@api.example.org/v1", key="ih_live_secret", consent="signed forms")
    return RunOptions(api, api, "hash", math.inf, 3, Storage(tmp_path / "run"))


def receipt(number: int, status: str = DONE, **more) -> Receipt:
    """A receipt of a row."""
    own = {"id": f"row-{number}", "file": f"{number}.wav", "start": None, "end": None, "asked": "hash"}
    return Receipt(**own, status=status, **more)


def describe(options, *receipts):
    """Describe a run that has ended."""
    return provenance.describe_run(options, receipts, sessions=4, began=BEGAN, state="complete")


def test_the_request_and_the_counts(options):
    """The request is that of the cache key; failed rows count, but their media do not; infinite speed is null."""
    facts = describe(
        options,
        receipt(1, duration=2.5, source="server", media="aa", codec="pcm_s16le"),
        receipt(2, duration=1.5, source="local"),
        receipt(3, FAILED, duration=9.0),
    )
    assert {name: facts[name] for name in ("api", "server", "settings", "schema")} == describe_request(options.api)
    assert facts["counts"] == {"rows": 3, "done": 2, "failed": 1, "seconds_of_media": 4.0}
    assert facts["measured_by"] == ["local", "server"]
    assert facts["speed"] is None
    assert facts["began"] == "2026-01-02T03:04:05+00:00"
    assert facts["consent"] == "signed forms"
    assert facts["recordings"][0] == {
        "file": "1.wav",
        "start": None,
        "end": None,
        "sha256": "aa",
        "codec": "pcm_s16le",
    }
    assert {"numpy", "pandas"} <= facts["libraries"].keys()


def test_what_is_written_is_strict_json_without_secrets(options):
    """The file can be read by any program, and neither the key nor the password is in it."""
    provenance.write(options, describe(options, receipt(1, summary={"lateness_p99": 0.1, "stalls": None})))
    text = options.storage.read(provenance.FILE_NAME).decode()
    assert json.loads(text, parse_constant=pytest.fail)["state"] == "complete"
    assert "secret" not in text
    assert "geheim" not in text


summaries = st.fixed_dictionaries(
    {}, optional={"lateness_p95": st.none() | st.floats(0, 9), "stalls": st.none() | st.integers(0, 5)}
)


@given(st.lists(summaries, max_size=6))
def test_the_clock_of_a_run_is_that_of_its_worst_recording(summaries):
    """Law: the worst lateness is the highest known one, None if none is known; stalls add up."""
    api = emo.EmotionLogic()
    facts = describe(
        RunOptions(api, api, "", 1.0, 1, Storage("memory://run")),
        *(receipt(number, summary=each) for number, each in enumerate(summaries)),
    )
    known = [each["lateness_p95"] for each in summaries if each.get("lateness_p95") is not None]
    assert facts["clock"]["lateness_p95_worst"] == (max(known) if known else None)
    assert facts["clock"]["lateness_p50_worst"] is None
    assert facts["clock"]["stalls"] == sum(each.get("stalls") or 0 for each in summaries)
