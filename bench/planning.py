"""Planning: ten thousand recordings from a manifest to a plan, beside opening each with the library that reads it.

The recordings are ten thousand names of one file: each is opened and its header read, but the disk has to be read only
once. Nothing in the library remembers a file by what it is.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pandas as pd
import soundfile

import emotoolkit as emo
from bench.table import RUNS, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.table import Row

RECORDINGS = 10_000
SAMPLE = Path(__file__).parents[1] / "datasets" / "sample"


def rows() -> Iterator[Row]:
    """Runs of ours and of the plain library's in turns."""
    with tempfile.TemporaryDirectory() as folder:
        for name, api, opened in (
            ("talk.wav", emo.EmotionLogic(), soundfile.info),
            ("interview.mp4", emo.Interhuman(), lambda file: av.open(file).close()),
        ):
            manifest = written(Path(folder), SAMPLE / name)
            corpus = emo.read_dataset(manifest)
            reading = [(seconds(emo.read_dataset, manifest), seconds(pd.read_csv, manifest)) for _ in range(RUNS)]
            planning = [
                (
                    seconds(emo.plan, corpus, api),
                    seconds(lambda files, each: [*map(each, files)], corpus["file"], opened),
                )
                for _ in range(RUNS)
            ]
            kind = name.rpartition(".")[2]
            for what, taken, against, goal in (
                (f"read_dataset of {RECORDINGS} {kind}", reading, "pandas.read_csv", "at most 1 s"),
                (f"plan of {RECORDINGS} {kind}", planning, "opening each, one after another", "at most 10 s"),
            ):
                ours, peer = zip(*taken, strict=True)
                yield measured(what, "s", ours, peer, against, goal=goal)


def written(folder: Path, source: Path) -> Path:
    """Write a manifest of many names of one recording, with a label."""
    place = folder / source.stem
    place.mkdir()
    (place / f"0{source.suffix}").write_bytes(source.read_bytes())
    for n in range(1, RECORDINGS):
        os.link(place / f"0{source.suffix}", place / f"{n}{source.suffix}")
    names = [f"{n}{source.suffix}" for n in range(RECORDINGS)]
    manifest = place / "manifest.csv"
    pd.DataFrame({"file": names, "speaker": [n % 100 for n in range(RECORDINGS)]}).to_csv(manifest, index=False)
    return manifest


def seconds(work: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began
