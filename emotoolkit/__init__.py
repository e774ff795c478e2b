"""emotoolkit: replay recordings through real-time emotion and social-signal APIs, into pandas tables.

The notebook's door. Names are imported when they are first used, so that `import emotoolkit` costs nothing.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

from emotoolkit._version import __version__ as __version__

if TYPE_CHECKING:
    from emotoolkit.apis.cassette import Cassette
    from emotoolkit.apis.emotion_logic.api import EmotionLogic
    from emotoolkit.apis.interhuman.api import Interhuman
    from emotoolkit.apis.measures import measures
    from emotoolkit.datasets.batch.run import Run
    from emotoolkit.datasets.batch.runner import replay_dataset
    from emotoolkit.datasets.joining import join_clips
    from emotoolkit.datasets.manifest import read_dataset
    from emotoolkit.datasets.plan import plan
    from emotoolkit.exports.export import export
    from emotoolkit.exports.read_labels import read_labels
    from emotoolkit.media.capture.camera import camera, microphone
    from emotoolkit.media.recording import Recording
    from emotoolkit.media.sample import sample
    from emotoolkit.plots.compare import plot_compare
    from emotoolkit.plots.dataset import plot_dataset
    from emotoolkit.plots.pace import plot_latency, plot_pace
    from emotoolkit.plots.plot_functions import (
        plot_engagement,
        plot_parameters,
        plot_quality,
        plot_segments,
        plot_signals,
        plot_timeline,
        plot_waveform,
    )
    from emotoolkit.replays.player import Player
    from emotoolkit.replays.replay import replay
    from emotoolkit.replays.result import Replay
    from emotoolkit.replays.upload import upload
    from emotoolkit.tables.notice_kinds import notices
    from emotoolkit.tables.tidy import tidy
    from emotoolkit.tables.turn_taking import speakers, turns
    from emotoolkit.views.live_view import live

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
    "notices",
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
    "tidy",
    "turns",
    "upload",
]


_ROOMS = {
    "Cassette": "apis.cassette",
    "EmotionLogic": "apis.emotion_logic.api",
    "Interhuman": "apis.interhuman.api",
    "Player": "replays.player",
    "Recording": "media.recording",
    "Replay": "replays.result",
    "Run": "datasets.batch.run",
    "camera": "media.capture.camera",
    "export": "exports.export",
    "join_clips": "datasets.joining",
    "live": "views.live_view",
    "measures": "apis.measures",
    "microphone": "media.capture.camera",
    "notices": "tables.notice_kinds",
    "plan": "datasets.plan",
    "plot_compare": "plots.compare",
    "plot_dataset": "plots.dataset",
    "plot_engagement": "plots.plot_functions",
    "plot_latency": "plots.pace",
    "plot_pace": "plots.pace",
    "plot_parameters": "plots.plot_functions",
    "plot_quality": "plots.plot_functions",
    "plot_segments": "plots.plot_functions",
    "plot_signals": "plots.plot_functions",
    "plot_timeline": "plots.plot_functions",
    "plot_waveform": "plots.plot_functions",
    "read_dataset": "datasets.manifest",
    "read_labels": "exports.read_labels",
    "replay": "replays.replay",
    "replay_dataset": "datasets.batch.runner",
    "sample": "media.sample",
    "speakers": "tables.turn_taking",
    "tidy": "tables.tidy",
    "turns": "tables.turn_taking",
    "upload": "replays.upload",
}


logging.getLogger(__name__).addHandler(logging.NullHandler())  # nothing is printed unless it is asked for


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("emotoolkit.errors")
    if name not in _ROOMS:
        raise AttributeError(f"emotoolkit has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"emotoolkit.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__", "errors"]
