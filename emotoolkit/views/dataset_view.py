"""The view of a run over a dataset: one widget that follows the run's folder while a run writes into it."""

from __future__ import annotations

import math
import time
from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from emotoolkit.views.panel_html import NUMBER_STYLE, alert_html, format_clock
from emotoolkit.views.refresh_thread import RefreshThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.views.run_follower import RecordingProgress, RunFollower, RunProgress

__all__ = ["DatasetView", "dataset_html"]

POLL_INTERVAL_S = 1.0
"""Seconds between two readings of the folder: a run takes hours, and its folder may be on a remote machine."""

MAX_LISTED = 40
"""Recordings under way, and failures, that are listed, at most; the others are counted."""


class DatasetView(ipywidgets.VBox):  # type: ignore[misc]
    """A view of a run while it runs; made by `live`.

    It reads the folder until it is closed, so it also shows a run that is started, or resumed, later.
    """

    def __init__(self, follower: RunFollower) -> None:
        self._follower = follower
        self._html = ipywidgets.HTML()
        self._next_poll = -math.inf
        super().__init__([self._html])
        self._tick()
        self._refresh_thread = RefreshThread(self._tick)
        self._refresh_thread.start()

    def close(self) -> None:
        """Remove the view from the page and end its thread. The run goes on."""
        self._refresh_thread.close()
        self._html.close()
        super().close()

    def __repr__(self) -> str:
        return f"<DatasetView of the run in {self._follower.name!r}>"

    def _tick(self) -> tuple[bool, bool]:
        now = time.monotonic()
        if now < self._next_poll:
            return False, True
        self._next_poll = now + POLL_INTERVAL_S
        try:
            html = dataset_html(self._follower.name, *self._follower.poll(now))
        except (OSError, ValueError, KeyError) as problem:  # a remote folder that does not answer, or is being moved
            html = alert_html([f"{self._follower.name} cannot be read now ({problem}); it is tried again."])
        changed = html != self._html.value
        self._html.value = html
        return changed, True


def dataset_html(folder: str, progress: RunProgress | None, wait: float) -> str:
    """Return the progress of a run as HTML; all text is escaped.

    Parameters
    ----------
    folder : str
        Name of its folder.
    progress : RunProgress or None
        None: there is no run yet.
    wait : float
        Estimated seconds until its end; NaN: unknown.
    """
    name = f"<b>Run in {escape(folder)}</b>"
    if progress is None:
        return f"<div role='status'>{name}: no run has written there yet</div>"
    known = f"{progress.done + len(progress.failures)} of {progress.rows}"
    facts = [
        f"{progress.done} of {progress.rows} recordings done",
        f"{progress.noticed} with notices (Run.notices)" if progress.noticed else "",
        f"{len(progress.failures)} failed" if progress.failures else "",
        f"{len(progress.sending)} under way" if progress.sending else "",
        f"{_format_whole_seconds(progress.seconds)} of media sent",
        f"about {_format_whole_seconds(progress.left)} to be sent" if progress.left > 0 and progress.writer else "",
        f"about {_format_whole_seconds(wait)} left" if math.isfinite(wait) and wait > 0 else "",
    ]
    return (
        f"<div style='line-height:1.5;{NUMBER_STYLE}'><div>{name}: {escape(_state_text(progress))}</div>"
        f"<progress style='width:500px;max-width:100%' max='{progress.rows}' "
        f"value='{progress.done + len(progress.failures)}' aria-label='recordings of the run'>{known}</progress>"
        f"<div role='status'>{' · '.join(filter(None, facts))}</div>"
        f"{''.join(_sending_html(progress))}{''.join(_failures_html(progress))}</div>"
    )


def _format_whole_seconds(seconds: float) -> str:
    """Format a media time without tenths."""
    return format_clock(seconds)[:-2]


def _state_text(progress: RunProgress) -> str:
    if progress.writer and progress.alive:
        return f"running ({progress.writer})"
    if progress.writer:
        return (
            f"{progress.writer} began it and is not to be seen on this machine: it runs on another one, or was killed; "
            "then the same call goes on where it was"
        )
    return f"not running; the last one ended: {progress.ended}" if progress.ended else "not running"


def _sending_html(progress: RunProgress) -> Iterator[str]:
    if progress.sending:
        yield "<table><thead><tr><th style='text-align:left'>under way</th><th>progress</th><th>sent</th></tr></thead>"
        yield from map(_sending_row, progress.sending[:MAX_LISTED])
        yield "</table>"
    if len(progress.sending) > MAX_LISTED:
        yield f"<div>and {len(progress.sending) - MAX_LISTED} more</div>"


def _sending_row(each: RecordingProgress) -> str:
    bar, of = "", ""
    if each.length is not None:
        bar = f"<progress max='{each.length:.1f}' value='{min(each.sent, each.length):.1f}'></progress>"
        of = f" / {_format_whole_seconds(each.length)}"
    name = f"<td style='text-align:left'>{escape(each.file)}</td>"
    return f"<tr>{name}<td>{bar}</td><td>{_format_whole_seconds(each.sent)}{of}</td></tr>"


def _failures_html(progress: RunProgress) -> Iterator[str]:
    if progress.failures:
        yield "<table><thead><tr><th style='text-align:left'>failed</th>"
        yield "<th style='text-align:left'>what went wrong</th></tr></thead>"
    for file, sentence in progress.failures[-MAX_LISTED:]:
        cells = (f"<td style='text-align:left'>{escape(each)}</td>" for each in (f"⚠ {file}", sentence))
        yield f"<tr>{''.join(cells)}</tr>"
    if progress.failures:
        yield "</table>"
    if len(progress.failures) > MAX_LISTED:
        yield f"<div>and {len(progress.failures) - MAX_LISTED} more: Run.failures has all of them</div>"
