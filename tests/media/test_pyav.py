"""What is odd in some versions of PyAV does no harm."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.media_files import mixed_up_channels, tone

if TYPE_CHECKING:
    from pathlib import Path

READ = """
import json, sys
import emotoolkit as emo
try:
    told = sum(len(block) for block in emo.Recording(sys.argv[1]).blocks())
except emo.errors.UnreadableLayout as refused:
    told = str(refused)
print(json.dumps([told, str(emo.plan(emo.read_dataset(sys.argv[2]), emo.EmotionLogic()))]))
"""


def test_an_odd_order_of_channels_does_not_end_python(tmp_path: Path) -> None:
    """Eight channels in a MOV are read, or refused in a sentence, and the file beside them is planned."""
    odd = mixed_up_channels(tmp_path / "odd.mov")
    tone(tmp_path / "good.m4a", "aac", 44_100, seconds=1)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(odd), str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    told, planned = json.loads(done.stdout)
    assert told == 4800 or '`pip install "av<17.1"`' in told
    assert planned
