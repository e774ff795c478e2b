"""emotoolkit: replay recordings through real-time emotion and social-signal APIs, into pandas tables.

The notebook's door. Names are imported when they are first used, so that `import emotoolkit` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotoolkit.batch.run import Run
    from emotoolkit.batch.runner import replay_dataset
    from emotoolkit.capture.ask import camera, microphone
    from emotoolkit.cassette.api import Cassette
    from emotoolkit.comparing import plot_compare
    from emotoolkit.datasets.joining import join_clips
    from emotoolkit.datasets.manifest import read_dataset
    from emotoolkit.emotion_logic.api import EmotionLogic
    from emotoolkit.exports.reading import read_labels
    from emotoolkit.exports.writing import export
    from emotoolkit.interhuman.api import Interhuman
    from emotoolkit.measured import measures
    from emotoolkit.overview import plot_dataset
    from emotoolkit.planning import plan
    from emotoolkit.player import Player
    from emotoolkit.plots import (
        plot_engagement,
        plot_parameters,
        plot_quality,
        plot_segments,
        plot_signals,
        plot_timeline,
        plot_waveform,
    )
    from emotoolkit.recording import Recording
    from emotoolkit.replayed import Replay
    from emotoolkit.replaying import replay
    from emotoolkit.samples import sample
    from emotoolkit.timing import plot_latency, plot_pace
    from emotoolkit.turn_taking import speakers, turns
    from emotoolkit.uploading import upload
    from emotoolkit.view.live import live

__all__ = [
    "Cassette",
    "EmotionLogic",
    "Interhuman",
    "Player",
    "Recording",
    "Replay",
    "Run",
    "camera",
    "export",
    "join_clips",
    "live",
    "measures",
    "microphone",
    "plan",
    "plot_compare",
    "plot_dataset",
    "plot_engagement",
    "plot_latency",
    "plot_pace",
    "plot_parameters",
    "plot_quality",
    "plot_segments",
    "plot_signals",
    "plot_timeline",
    "plot_waveform",
    "read_dataset",
    "read_labels",
    "replay",
    "replay_dataset",
    "sample",
    "speakers",
    "turns",
    "upload",
]

__version__ = "0.1.0"

_ROOMS = {
    "Cassette": "cassette.api",
    "EmotionLogic": "emotion_logic.api",
    "Interhuman": "interhuman.api",
    "Player": "player",
    "Recording": "recording",
    "Replay": "replayed",
    "Run": "batch.run",
    "camera": "capture.ask",
    "export": "exports.writing",
    "join_clips": "datasets.joining",
    "live": "view.live",
    "measures": "measured",
    "microphone": "capture.ask",
    "plan": "planning",
    "plot_compare": "comparing",
    "plot_dataset": "overview",
    "plot_engagement": "plots",
    "plot_latency": "timing",
    "plot_pace": "timing",
    "plot_parameters": "plots",
    "plot_quality": "plots",
    "plot_segments": "plots",
    "plot_signals": "plots",
    "plot_timeline": "plots",
    "plot_waveform": "plots",
    "read_dataset": "datasets.manifest",
    "read_labels": "exports.reading",
    "replay": "replaying",
    "replay_dataset": "batch.runner",
    "sample": "samples",
    "speakers": "turn_taking",
    "turns": "turn_taking",
    "upload": "uploading",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("emotoolkit.errors")
    if name not in _ROOMS:
        raise AttributeError(f"emotoolkit has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"emotoolkit.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__", "errors"]
