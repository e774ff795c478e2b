"""emotoolkit: replay recordings through real-time emotion and social-signal APIs, into pandas tables.

The notebook's door. Names are imported when they are first used, so that `import emotoolkit` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotoolkit.comparing import plot_compare
    from emotoolkit.emotion_logic.api import EmotionLogic
    from emotoolkit.interhuman.api import Interhuman
    from emotoolkit.overview import plot_dataset
    from emotoolkit.player import Player, replay
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
    from emotoolkit.timing import plot_latency, plot_pace
    from emotoolkit.uploading import upload

__all__ = [
    "EmotionLogic",
    "Interhuman",
    "Player",
    "Recording",
    "Replay",
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
    "replay",
    "upload",
]

__version__ = "0.1.0"

_ROOMS = {
    "EmotionLogic": "emotion_logic.api",
    "Interhuman": "interhuman.api",
    "Player": "player",
    "Recording": "recording",
    "Replay": "replayed",
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
    "replay": "player",
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
