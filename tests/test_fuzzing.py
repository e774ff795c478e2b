"""Every reader of what comes from outside, with inputs bred by coverage: none fails, hangs or grows."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytest.importorskip("atheris")

from tests.support import fuzzing

# A process counts as large as the one that started it was then, and a worker of the tests has had a gigabyte.
LIMITS = ["-max_len=800", "-timeout=10", "-rss_limit_mb=2000", "-verbosity=0"]
"""Bytes of an input, which is room for several messages; seconds that one may take; megabytes of the process."""


def fuzzed(name: str, runs: int) -> str:
    call = [sys.executable, "-m", "tests.support.fuzzing", name, str(runs), *LIMITS]
    done = subprocess.run(call, capture_output=True, text=True, timeout=1100, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    (said,) = re.findall(rf"^{name}: .*$", done.stdout, re.MULTILINE)
    return said


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", fuzzing.TARGETS)
def test_a_million_inputs(name):
    """A million inputs: no exception but those that a reader promises, nothing slow, no growth."""
    said = fuzzed(name, 1_000_000)
    print(f"\n{said}")
    assert int(re.search(r"([+-]\d+) MB", said).group(1)) < 100


@pytest.mark.parametrize("name", ["voice_frames", "film_containers"])
def test_ten_thousand_inputs(name):
    """The same with ten thousand, for each day."""
    assert fuzzed(name, 12_000).startswith(f"{name}: 12000 inputs")
