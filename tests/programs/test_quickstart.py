"""A program that sends a segment and waits for a message, as the vendor's page has it, runs against our server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import messages

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def address():
    """Where the quickstart's server is."""
    with app.serve(profile="quickstart") as local:
        yield local.url


@pytest.mark.parametrize("path", [messages.PATHS[0], messages.V0_PATH], ids=["quickstart", "v0"])
@pytest.mark.parametrize(("segments", "seconds"), [(1, 3.0), (3, 3.0), (2, 2.9)])
def test_each_segment_is_answered(sample, address, path, segments, seconds):
    """One message comes for each segment, also for the first, and for one that the camera made a little too short."""
    url = address.replace("http", "ws").removesuffix(messages.PATHS[0]) + path
    call = [
        sys.executable,
        str(HERE / "quickstart.py"),
        url,
        str(sample / "interview.mp4"),
        str(segments),
        str(seconds),
    ]
    done = subprocess.run(call, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == segments
    if path == messages.PATHS[0]:
        assert (told[0]["type"], told[0]["data"]["start"]) == ("engagement.updated", 0.0)
        assert 2.5 < told[0]["data"]["end"] <= 3.0
