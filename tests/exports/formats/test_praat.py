"""TextGrids as Praat itself reads them."""

from __future__ import annotations

import pytest

import emotoolkit as emo


def test_praat(voice, call, tmp_path):
    """Praat itself opens the TextGrid: as long as the recording, a tier for each parameter and channel."""
    parselmouth = pytest.importorskip("parselmouth")
    (path,) = emo.export(voice, "textgrid", tmp_path, tracks=["stress"])
    grid = parselmouth.read(str(path))
    assert grid.xmax == pytest.approx(call.duration)
    praat = parselmouth.praat.call
    names = [praat(grid, "Get tier name...", n + 1) for n in range(praat(grid, "Get number of tiers"))]
    assert names == ["emotion_logic/stress/channel 0", "emotion_logic/stress/channel 1"]
    count = praat(grid, "Get number of intervals...", 1)
    texts = [praat(grid, "Get label of interval...", 1, n + 1) for n in range(count)]
    mine = voice.segments.query("channel == 0")["stress"].tolist()
    assert [float(text) for text in texts if text] == mine
