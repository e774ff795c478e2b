"""Times along the axis: written as on a player, few and round."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.plots.figure import ClockLocator, format_axes, format_clock, new_axes, stack_rows
from emotoolkit.plots.rows import TextRow, UnreadWaveform


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.5, "0:00.5"),
        (59.96, "1:00"),
        (75, "1:15"),
        (3600, "1:00:00"),
        (37_230.1, "10:20:30.1"),
        (-5, "−0:05"),
    ],
)
def test_times_read_as_on_a_player(seconds: float, text: str) -> None:
    """Times are minutes and seconds, with hours and tenths where there are any."""
    assert format_clock(seconds) == text


@given(st.floats(0, 1e5), st.floats(0.2, 2e5))
def test_ticks_are_few_and_round(start: float, length: float) -> None:
    """Whatever is shown, there are at most a dozen ticks, evenly spread, within it."""
    found = np.asarray(ClockLocator().tick_values(start, start + length))
    assert len(found) <= 12
    assert np.all((found >= start - 1e-3) & (found <= start + length + 1e-3))
    assert np.ptp(np.diff(found)) < 1e-6 if len(found) > 1 else True


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e5), st.floats(0, 0.2))
def test_a_scale_has_ticks_within_it_only(low: float, height: float, margin: float) -> None:
    """A scale is told by two ticks or more, none of them outside: what is not seen is not laid out."""
    ax = new_axes(1.0)
    high = low + height * (1 + margin)
    ax.set_ylim(low, high)
    format_axes(ax, "")
    found = np.asarray(ax.get_yticks())
    assert len(found) >= 2
    assert np.all((found >= low - 1e-6 * height) & (found <= high + 1e-6 * height))


def test_every_format_is_saved(tmp_path) -> None:
    """The quick packing of PNG stands in no other format's way, and gives way to who asks for his own."""
    figure = new_axes(1.0).get_figure()
    for name in ("a.png", "a.pdf", "a.svg", "a.jpg"):
        figure.savefig(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0
    small, own = BytesIO(), BytesIO()
    figure.savefig(small)
    figure.savefig(own, format="png", pil_kwargs={"compress_level": 0})
    assert small.getvalue().startswith(b"\x89PNG")
    assert len(own.getvalue()) > 10 * len(small.getvalue())


@dataclass(frozen=True)
class Drawn:
    """A row that tells that it is drawn."""

    said: threading.Event
    height: ClassVar[float] = 0.5

    def draw(self, ax) -> None:
        self.said.set()
        ax.plot([0, 1], [0, 1])


@pytest.fixture
def told() -> threading.Event:
    return threading.Event()


def reading(monkeypatch: pytest.MonkeyPatch, read) -> UnreadWaveform:
    monkeypatch.setattr(UnreadWaveform, "read", lambda _: read())
    return UnreadWaveform(Recording("datasets/sample/talk.wav"), (0.0, 1.0))


def test_a_recording_is_read_while_the_rest_is_drawn(monkeypatch, told):
    """A row that cannot be read before the one below is drawn does not hold it up; each is in its place."""
    upper = reading(monkeypatch, lambda: TextRow("read" if told.wait(10) else "never"))
    upper_axes, lower_axes = stack_rows([("upper", upper), ("lower", Drawn(told))], (0.0, 1.0)).axes
    assert [axes.get_title(loc="left") for axes in (upper_axes, lower_axes)] == ["upper", "lower"]
    assert [text.get_text() for text in upper_axes.texts] == ["read"]
    assert len(lower_axes.lines) == 1
    assert upper_axes.get_position().y0 > lower_axes.get_position().y1


def test_what_goes_wrong_in_reading_is_raised(monkeypatch, told):
    """An error of whoever reads is that of whoever asked for the figure."""
    upper = reading(monkeypatch, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        stack_rows([("upper", upper), ("", Drawn(told))], (0.0, 1.0))
