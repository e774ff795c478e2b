"""The board of a run over a dataset: one widget that follows its folder while somebody else writes into it."""

from __future__ import annotations

import math
import time
from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from emotoolkit.views.panel_html import NUMBERS, alarm, clock
from emotoolkit.views.refresh_thread import Pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.views.run_follower import Course, Following, Sending

__all__ = ["Board", "board"]

PACE = 1.0
"""Seconds from a look into the folder to the next: a run over a dataset takes hours, and folders may be far away."""

SHOWN = 40
"""Recordings under way, and failures, that are listed at most; of the others there is a count."""


class Board(ipywidgets.VBox):  # type: ignore[misc]
    """A view of a run while it runs; made by `live`.

    It goes on looking until it is closed, so a run that is begun, or begun again, later is shown too.
    """

    def __init__(self, following: Following) -> None:
        self._following = following
        self._html = ipywidgets.HTML()
        self._next = -math.inf
        super().__init__([self._html])
        self._tick()
        self._pulse = Pulse(self._tick)
        self._pulse.start()

    def close(self) -> None:
        """Take the view from the page and leave nothing running. The run goes on."""
        self._pulse.close()
        self._html.close()
        super().close()

    def __repr__(self) -> str:
        return f"<Board of the run in {self._following.name!r}>"

    def _tick(self) -> tuple[bool, bool]:
        now = time.monotonic()
        if now < self._next:
            return False, True
        self._next = now + PACE
        try:
            html = board(self._following.name, *self._following.look(now))
        except (
            OSError,
            ValueError,
            KeyError,
        ) as problem:  # a folder that is far away, or half moved: said, tried again
            html = alarm([f"{self._following.name} cannot be read now ({problem}); it is tried again."])
        changed = html != self._html.value
        self._html.value = html
        return changed, True


def board(folder: str, course: Course | None, wait: float) -> str:
    """Write how far a run is, as HTML; everything that came from elsewhere is escaped.

    Parameters
    ----------
    folder : str
        Name of its folder.
    course : Course or None
        None: there is no run yet.
    wait : float
        Seconds until it is over, about; NaN: not known.
    """
    name = f"<b>Run in {escape(folder)}</b>"
    if course is None:
        return f"<div role='status'>{name}: no run has written there yet</div>"
    known = f"{course.done + len(course.failures)} of {course.rows}"
    facts = [
        f"{course.done} of {course.rows} recordings done",
        f"{len(course.failures)} failed" if course.failures else "",
        f"{len(course.sending)} under way" if course.sending else "",
        f"{_whole(course.seconds)} of media sent",
        f"about {_whole(course.left)} to be sent" if course.left > 0 and course.writer else "",
        f"about {_whole(wait)} left" if math.isfinite(wait) and wait > 0 else "",
    ]
    return (
        f"<div style='line-height:1.5;{NUMBERS}'><div>{name}: {escape(_state(course))}</div>"
        f"<progress style='width:500px;max-width:100%' max='{course.rows}' "
        f"value='{course.done + len(course.failures)}' aria-label='recordings of the run'>{known}</progress>"
        f"<div role='status'>{' · '.join(filter(None, facts))}</div>"
        f"{''.join(_under_way(course))}{''.join(_failures(course))}</div>"
    )


def _whole(seconds: float) -> str:
    """Write a media time without its tenths."""
    return clock(seconds)[:-2]


def _state(course: Course) -> str:
    if course.writer and course.alive:
        return f"running ({course.writer})"
    if course.writer:
        return (
            f"{course.writer} began it and is not to be seen on this machine: it runs on another one, or was killed; "
            "then the same call goes on where it was"
        )
    return f"not running; the last one ended: {course.ended}" if course.ended else "not running"


def _under_way(course: Course) -> Iterator[str]:
    if course.sending:
        yield "<table><thead><tr><th style='text-align:left'>under way</th><th>progress</th><th>sent</th></tr></thead>"
        yield from map(_one, course.sending[:SHOWN])
        yield "</table>"
    if len(course.sending) > SHOWN:
        yield f"<div>and {len(course.sending) - SHOWN} more</div>"


def _one(each: Sending) -> str:
    bar, of = "", ""
    if each.length is not None:
        bar = f"<progress max='{each.length:.1f}' value='{min(each.sent, each.length):.1f}'></progress>"
        of = f" / {_whole(each.length)}"
    name = f"<td style='text-align:left'>{escape(each.file)}</td>"
    return f"<tr>{name}<td>{bar}</td><td>{_whole(each.sent)}{of}</td></tr>"


def _failures(course: Course) -> Iterator[str]:
    if course.failures:
        yield "<table><thead><tr><th style='text-align:left'>failed</th>"
        yield "<th style='text-align:left'>what went wrong</th></tr></thead>"
    for file, sentence in course.failures[-SHOWN:]:
        told = (f"<td style='text-align:left'>{escape(each)}</td>" for each in (f"⚠ {file}", sentence))
        yield f"<tr>{''.join(told)}</tr>"
    if course.failures:
        yield "</table>"
    if len(course.failures) > SHOWN:
        yield f"<div>and {len(course.failures) - SHOWN} more: Run.failures has all of them</div>"
