"""Tier 1 of the live view: core ipywidgets only, so that it works offline and wherever widgets do.

Callbacks of the buttons run on a thread of the kernel: the main one, or that of a subshell. `RefreshThread` updates the
same widgets on its own thread, so `Controls.update` holds a lock.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

import ipywidgets

from emotoolkit.errors import EmotoolkitError
from emotoolkit.views import panel_html
from emotoolkit.views.level_meter import SILENCE_DB, LevelMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.views.view_feed import Feed
    from emotoolkit.views.view_sources import ViewStatus

__all__ = ["Controls", "PlainTimeline"]

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf)

MAX_ENTRIES = 20_000
"""Entries that are added in one update, at most."""

COMMAND_TIMEOUT_S = 0.2
"""Seconds that a command waits for the state to change, at most."""


class Controls:
    """Buttons, clock, speed, level and errors of one recording.

    Attributes
    ----------
    box : ipywidgets.VBox
        The widget to display.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._source = feed.source
        self._level_meter = LevelMeter(feed.source.recording)
        self._refusal = ""
        self._update_lock = threading.Lock()
        self._play = self._button("Play", "play", "Start, or go on", self._source.play)
        self._pause = self._button("Pause", "pause", "Hold media time; the sessions stay open", self._source.pause)
        self._stop = self._button("Stop", "stop", "Send no more; what was sent is still answered", self._source.stop)
        self._seek_position = ipywidgets.BoundedFloatText(
            value=0, min=0, max=self._source.duration, step=1, description="go to (s)", layout={"width": "170px"}
        )
        self._seek = self._button("Seek", "arrow-right", "Go on there, in new sessions", self._on_seek)
        options = [("as fast as it goes" if math.isinf(each) else f"{each:g}×", each) for each in SPEEDS]
        status_speed = feed.status().speed
        speed = math.inf if status_speed is None else status_speed
        if speed not in SPEEDS:
            options.append((f"{speed:g}×", speed))
        self._speed = ipywidgets.Dropdown(
            options=options,
            value=speed,
            description="speed",
            layout={"width": "200px"},
            tooltip="Media seconds per second",
        )
        self._speed.observe(self._on_speed, "value")
        self._progress = ipywidgets.FloatProgress(
            value=0, min=0, max=self._source.duration, description="sent", layout={"width": "500px"}
        )
        self._status, self._meter, self._alert = (ipywidgets.HTML() for _ in range(3))
        seek_widgets = [self._seek_position, self._seek, self._speed]
        row = ipywidgets.HBox([self._play, self._pause, self._stop, *seek_widgets], layout={"flex_flow": "row wrap"})
        controls = [row, self._progress, self._meter]
        # Hidden widgets stay in the box, so that they are closed with it.
        for each in [] if self._source.accepts_commands else controls:
            each.layout.display = "none"
        for each in [] if self._source.seekable else [self._pause, *seek_widgets]:
            each.layout.display = "none"
        self.box = ipywidgets.VBox([*controls, self._status, self._alert])
        self.update()

    def update(self) -> bool:
        """Show the present status; return whether anything changed."""
        with self._update_lock:
            return self._update(self._feed.status())

    def _update(self, status: ViewStatus) -> bool:
        changed = False
        duration, sources = self._source.duration, dict(self._feed.log.sources).values()
        level = self._level_meter.at(status.position) if status.playing else SILENCE_DB
        for widget, html in (
            (self._status, panel_html.status_html(status, duration, sources)),
            (self._meter, panel_html.meter_html(level)),
            (self._alert, panel_html.alert_html([*status.failures, self._refusal])),
        ):
            changed |= _set_if_changed(widget, "value", html)
        changed |= _set_if_changed(self._progress, "max", duration)
        changed |= _set_if_changed(self._progress, "value", round(min(status.sent, duration), 1))
        for button, usable in (
            (self._play, status.state in {"ready", "paused"}),
            (self._pause, status.state in {"opening", "playing"}),
            (self._stop, status.state in {"opening", "playing", "paused"}),
            (self._seek, status.state != "ended"),
        ):
            changed |= _set_if_changed(button, "disabled", not usable)
        return changed

    def _button(self, name: str, icon: str, tooltip: str, command: Callable[[], None]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=name, icon=icon, tooltip=tooltip, layout={"width": "90px"})
        button.on_click(lambda _: self._run_command(command))
        return button

    def _run_command(self, command: Callable[[], None]) -> None:
        """Run a command; its error is shown in the view, since a callback's error would be lost."""
        before = self._feed.status().state
        try:
            command()
        except (EmotoolkitError, RuntimeError) as problem:
            self._refusal = str(problem)
        else:
            self._refusal = ""
            self._await_change(before)
        self.update()  # now, not at the next refresh

    def _await_change(self, before: str) -> None:
        """Wait until the state has changed, for a short time."""
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        while self._feed.status().state == before and time.monotonic() < deadline:
            time.sleep(COMMAND_TIMEOUT_S / 40)

    def _on_seek(self) -> None:
        self._source.seek(self._seek_position.value)

    def _on_speed(self, change: dict[str, float]) -> None:
        self._run_command(lambda: self._source.set_speed(change["new"]))


class PlainTimeline:
    """Lanes, latest values and last messages in core widgets: the timeline without the synced player."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._panel = panel_html.Panel()
        self._drawing, self._latest, self._events = (ipywidgets.HTML() for _ in range(3))
        self.box = ipywidgets.VBox([self._drawing, self._latest, self._events])
        self.update()

    def update(self) -> bool:
        """Show new entries and the position; return whether anything changed."""
        fresh = self._feed.entries(self._panel.entry_count, MAX_ENTRIES)
        self._panel.add_entries(fresh)
        drawing = self._panel.drawing(self._feed.source.duration, round(self._feed.status().position, 1))
        changed = _set_if_changed(self._drawing, "value", drawing)
        if fresh:
            changed |= _set_if_changed(self._latest, "value", self._panel.latest())
            changed |= _set_if_changed(self._events, "value", self._panel.events())
        return changed

    @property
    def has_more(self) -> bool:
        """Whether there are records or entries that are not shown yet."""
        return self._feed.refresh() or self._panel.entry_count < len(self._feed.log.entries)


def _set_if_changed(widget: ipywidgets.Widget, name: str, value: object) -> bool:
    """Set a trait if it changes; only then is anything sent to the page."""
    if getattr(widget, name) == value:
        return False
    setattr(widget, name, value)
    return True
