"""Labels of any kind, and results that tell them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from hypothesis import strategies as st

from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label
from tests.support.made_tables import engagement, quality, segments, signals

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        *("", " ", "two\nlines", "a\r\nb", "a\tb", "\ufeff", "%41", "%-", "50 %", "n/a", "a = 3", " = 3", "= 3"),
        *("سلام، خوبی؟", "می‌خواهم", "日本語", "🙂👩‍👩‍👧", '"quoted"', "x: y", "<v a>&amp;-->", "#points", "a/b#2"),
        *("item [1]:", '"IntervalTier"', ";;", "<NA>"),
    ]
)
TIMES = st.integers(0, 20_000_000)
VALUES = st.just(float("nan")) | st.floats(allow_nan=False, width=64)
TRACKS = st.sampled_from(["signal", "engagement", "energy"]) | TEXTS
LABELS = st.lists(
    st.builds(
        lambda file, start, length, *rest: Label(file, start, start + length, *rest),
        st.sampled_from(["a.wav", "سلام.mp4"]),
        TIMES,
        st.sampled_from([0, 1, 400, 999]) | TIMES,
        st.sampled_from(["emotion_logic", "interhuman"]),
        TRACKS,
        TEXTS,
        VALUES,
        st.sampled_from(["local measurement (emotoolkit 0.1.0)", "server"]),
    ),
    max_size=12,
)


@dataclass
class Results:
    """Results that say these labels, and tables if they are given."""

    labels: list[Label]
    file: str = "a.wav"
    segments: pd.DataFrame = field(default_factory=segments)
    signals: pd.DataFrame = field(default_factory=signals)
    engagement: pd.DataFrame = field(default_factory=engagement)
    quality: pd.DataFrame = field(default_factory=quality)

    @property
    def tracks(self) -> pd.DataFrame:
        return labels.make_table(self.labels)


def rounded(found: list[Label], unit: int) -> list[Label]:
    """The same labels as a format keeps them that rounds times to `unit` microseconds."""
    return [each._replace(start=round(each.start / unit) * unit, end=round(each.end / unit) * unit) for each in found]
