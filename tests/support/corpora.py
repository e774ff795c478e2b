"""Small corpora, and a server to send them to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

RATE = 11_025


def speech(sample: Path, folder: Path, clips: int, seconds: float = 2.0) -> pd.DataFrame:
    """Cut the sample's talk into clips, each a little louder than the one before: no two are the same."""
    whole, rate = soundfile.read(sample / "talk.wav", dtype="int16")
    size = round(seconds * rate)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(clips):
        begin = (number * 3571) % (len(whole) - size)
        path = folder / f"clip-{number:04}.wav"
        soundfile.write(path, (whole[begin : begin + size] * (0.5 + number / 1000)).astype(np.int16), rate)
        files.append(str(path))
    dataset = pd.DataFrame({"file": files, "speaker": [f"s{number % 3}" for number in range(clips)]})
    dataset.attrs["root"] = str(folder)
    return dataset


def kept_seconds(kept: Path) -> float:
    """Seconds of sound (mono, at the engine's rate) that a server which keeps what it receives has got."""
    return sum(path.stat().st_size for path in kept.glob("*.pcm")) / 2 / RATE
