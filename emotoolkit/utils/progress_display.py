"""Shows progress where somebody sees it: a bar in a notebook or a terminal, plain lines in a file or a pipe.

In a notebook and on a terminal it is a bar of tqdm. Elsewhere, as in the log of a night's job, it is one line every
`LINE_INTERVAL_S` seconds, and one at the end. Without a standard error it is silent, and so it is once that is closed.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from emotoolkit.utils.progress import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.utils.progress import Progress

__all__ = ["ProgressDisplay", "show_progress"]

LINE_INTERVAL_S = 30.0
"""Seconds between two lines where there is no terminal."""

BAR_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {unit}"
"""Format of the bar, as tqdm has it. All of the text is in `unit`, since tqdm estimates the time left from sending."""

BAR_FORMAT_WITHOUT_TOTAL = "{desc}: {unit}"


class _Output(Protocol):
    """Where progress is shown."""

    def show(self, progress: Progress, text: str, elapsed: float) -> None:
        """Show progress and text; `elapsed` is the time since the beginning in seconds."""

    def close(self) -> None:
        """Show no more; what was shown last stays."""


class ProgressDisplay:
    """A display of progress, on a notebook's page, a terminal, a file, or nowhere.

    Parameters
    ----------
    output : _Output or None
        Where it is shown; None shows nothing.
    clock : callable
        Returns monotonic time in seconds.
    """

    def __init__(self, output: _Output | None, clock: Callable[[], float]) -> None:
        self._output = output
        self._clock = clock
        self._began = clock()

    def show(self, progress: Progress, text: str) -> None:
        """Show progress and the text beside it."""
        self._attempt(lambda output: output.show(progress, text, self._clock() - self._began))

    def close(self) -> None:
        """Show no more; what was shown last stays."""
        self._attempt(lambda output: output.close())

    def _attempt(self, action: Callable[[_Output], None]) -> None:
        """Show nothing from now on if standard error has been closed: that must not end a replay."""
        if self._output is None:
            return
        try:
            action(self._output)
        except (OSError, ValueError):
            self._output = None


@contextmanager
def show_progress(
    title: str, total: float, *, hidden: bool = False, clock: Callable[[], float] = time.monotonic
) -> Iterator[ProgressDisplay]:
    """Show progress until the block ends.

    Parameters
    ----------
    title : str
        What is in progress.
    total : float
        Seconds of media in all; infinite if that is not known.
    hidden : bool
        Whether to show nothing.
    clock : callable
        Returns monotonic time in seconds.
    """
    display = ProgressDisplay(None if hidden else _make_output(title, total, sys.stderr), clock)
    try:
        yield display
    finally:
        display.close()


def _make_output(title: str, total: float, stream: TextIO | None) -> _Output | None:
    """Choose the output for this standard error."""
    if stream is None or getattr(stream, "closed", False):
        return None
    try:
        return _BarOutput(title, total) if _in_notebook() or stream.isatty() else _LineOutput(title, stream)
    except (OSError, ValueError, AttributeError):  # it is closed, or only has a `write`
        return None


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    return "ipykernel.zmqshell" in sys.modules and sys.modules["ipykernel.zmqshell"].ZMQInteractiveShell.initialized()


class _BarOutput:
    """A bar of tqdm, which draws it as a widget in a notebook."""

    def __init__(self, title: str, total: float) -> None:
        from tqdm.auto import tqdm

        known = math.isfinite(total)
        self._bar: Any = tqdm(
            total=total if known else None,
            desc=title,
            unit="",
            bar_format=BAR_FORMAT if known else BAR_FORMAT_WITHOUT_TOTAL,
        )
        self._shown: tuple[float, str] | None = None

    def show(self, progress: Progress, text: str, elapsed: float) -> None:
        """Draw the bar again if anything has changed."""
        left = "" if progress.percent is None else f"<{format_duration(progress.remaining(elapsed))}"
        new = (progress.done, f"{text} [{format_duration(elapsed)}{left}]")
        if new != self._shown:
            self._shown = self._bar.n, self._bar.unit = new
            self._draw()

    def _draw(self) -> None:
        try:
            self._bar.refresh()
        except (OSError, ValueError):
            self._bar.disable = True  # else it would write once more when it is collected
            raise

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class _LineOutput:
    """Plain lines, few of them: for a file or a pipe."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self._title = title
        self._stream = stream
        self._next_at = LINE_INTERVAL_S
        self._last = self._written = ""

    def show(self, progress: Progress, text: str, elapsed: float) -> None:
        """Write a line if the last one is old enough, or at the end."""
        self._last = self._line(progress, text, elapsed)
        if elapsed >= self._next_at or progress.finished:
            self._next_at = elapsed + LINE_INTERVAL_S
            self._write()

    def close(self) -> None:
        """Write how far it came, unless the last line says so."""
        self._write()

    def _line(self, progress: Progress, text: str, elapsed: float) -> str:
        percent = "" if progress.percent is None else f"{progress.percent}%, "
        left = progress.remaining(elapsed)
        ahead = f", about {format_duration(left)} left" if math.isfinite(left) and not progress.finished else ""
        return f"{self._title}: {percent}{text} ({format_duration(elapsed)} so far{ahead})\n"

    def _write(self) -> None:
        if self._last != self._written:
            self._written = self._last
            self._stream.write(self._last)
            self._stream.flush()
