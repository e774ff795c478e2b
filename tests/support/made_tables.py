"""Result tables made by hand for the plots, and what can be read off a drawn row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emotoolkit.tables.from_events import PROBABILITIES, SCORE_NAMES
from emotoolkit.tables.marks import KINDS
from tests.conftest import SAMPLE

TALK, INTERVIEW = SAMPLE / "talk.wav", SAMPLE / "interview.mp4"
LOCAL = "local measurement (emotoolkit 0.1.0)"
UNITS = {"energy": "dB", "voiceEnergy": "16-bit amplitude", "stress": "0–30", "uncertainty": "0–30"}
PROBABILITY = pd.CategoricalDtype(PROBABILITIES, ordered=True)
STATE = pd.CategoricalDtype(["engaged", "neutral", "disengaged"])

Signal = tuple[float, float, str, str | None, bool]


def index(starts: Sequence[float], ends: Sequence[float], file: str = "a.wav") -> pd.MultiIndex:
    """Make the index of all tables."""
    times = [pd.to_timedelta(np.asarray(each, float), unit="s") for each in (starts, ends)]
    return pd.MultiIndex.from_arrays([np.full(len(starts), file, object), *times], names=["file", "start", "end"])


def segments(
    starts: Sequence[float] = (), ends: Sequence[float] = (), channel: Any = 0, *, source: str = LOCAL, **columns: Any
) -> pd.DataFrame:
    """Make a table of segments."""
    table = pd.DataFrame(
        {"channel": channel, "index": range(len(starts)), "validSegment": True, **columns}, index(starts, ends)
    ).astype({"channel": int, **dict.fromkeys(columns, float)})
    table.attrs = {"units": UNITS, "source": source}
    return table


def signals(*rows: Signal) -> pd.DataFrame:
    """Make a table of signals from (start, end, signal, probability, closed)."""
    starts, ends, names, probabilities, closed = zip(*rows, strict=True) if rows else ((),) * 5
    columns = {
        "signal": pd.Categorical(names),
        "probability": pd.Categorical(probabilities, dtype=PROBABILITY),
        "rationale": "",
        "updates": 0,
        "closed": np.asarray(closed, bool),
    }
    return pd.DataFrame(columns, index(starts, ends))


def engagement(*rows: tuple[float, float, str]) -> pd.DataFrame:
    """Make a table of states from (start, end, state)."""
    starts, ends, states = zip(*rows, strict=True) if rows else ((),) * 3
    return pd.DataFrame({"state": pd.Categorical(states, dtype=STATE)}, index(starts, ends))


def quality(*rows: tuple[float, float, str, float]) -> pd.DataFrame:
    """Make a table of scores, all the same, from (start, end, scope, score)."""
    starts, ends, scopes, scores = zip(*rows, strict=True) if rows else ((),) * 4
    columns = {"scope": scopes, **{name: np.asarray(scores, float) for name in SCORE_NAMES}}
    return pd.DataFrame(columns, index(starts, ends))


def marks(*rows: tuple[float, float, str, str]) -> pd.DataFrame:
    """Make a table of marks from (start, end, kind, text)."""
    starts, ends, kinds, said = zip(*rows, strict=True) if rows else ((),) * 4
    return pd.DataFrame({"kind": pd.Categorical(kinds, KINDS), "text": list(said)}, index(starts, ends))


@dataclass
class Replay:
    """Stands in for a replay: what plots read of one."""

    api: str
    file: str
    source: str = LOCAL
    segments: pd.DataFrame = field(default_factory=segments)
    signals: pd.DataFrame = field(default_factory=signals)
    engagement: pd.DataFrame = field(default_factory=engagement)
    quality: pd.DataFrame = field(default_factory=quality)
    marks: pd.DataFrame = field(default_factory=marks)
    duration: float = 32.0


TWO_UNITS = segments([0, 2, 5], [2, 4, 8], energy=[10, 20, 15], stress=[3, 9, 6], uncertainty=[4, 4, 5])
THREE_SIGNALS = signals(
    (1, 4, "interest", "high", True), (3, 6, "interest", None, True), (5, 8, "agreement", "low", False)
)


def labels(ax: Axes) -> list[str]:
    """Give what the legend says."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def ticks(ax: Axes) -> list[str]:
    """Give the labels of the rows."""
    return [text.get_text() for text in ax.get_yticklabels()]


def texts(ax: Axes) -> list[str]:
    """Give what is written into the axes."""
    return [text.get_text() for text in ax.texts]


def titles(figure: Figure) -> list[str]:
    """Give the titles of the rows that have one."""
    return [title for ax in figure.axes if (title := ax.get_title(loc="left"))]


def voice() -> Replay:
    """Make a replay through Emotion Logic."""
    return Replay("emotion_logic", str(INTERVIEW), segments=TWO_UNITS)


def face() -> Replay:
    """Make a replay through Interhuman."""
    return Replay(
        "interhuman",
        str(INTERVIEW),
        signals=THREE_SIGNALS,
        engagement=engagement((0, 32, "engaged")),
        quality=quality((0, 32, "timeline", 40)),
    )
