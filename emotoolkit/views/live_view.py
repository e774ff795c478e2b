"""`emo.live`: puts a live view together, and takes it apart again."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets
import pandas as pd
import traitlets

from emotoolkit.errors import SettingsError
from emotoolkit.utils.extras import needing
from emotoolkit.utils.subshells import hear_beside_cells
from emotoolkit.views import panel_html
from emotoolkit.views.controls import Controls, Lanes
from emotoolkit.views.page_calls import Desk
from emotoolkit.views.refresh_thread import Pulse
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import Archive, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.views.dataset_view import Board
    from emotoolkit.views.view_sources import Source, Watched

__all__ = ["LiveView", "live"]

Timeline = Literal["synced", "plain"]

OVER = {"ended", "failed", "waiting"}
"""States in which nothing happens any more: a run's recordings wait for another call, not for this one."""


def live(*sources: Source | str | os.PathLike[str], timeline: Timeline | None = None) -> LiveView | Board:
    """Show a replay while it runs, or after it: controls, the recording itself, and everything said over one time axis.

    Parameters
    ----------
    *sources : Player, Replay, Recording, Run, str or path
        A player, before or while it plays; or finished replays, with or without their recording; or a run over a
        dataset. Several recordings get a table with the progress of each, and the view of one at a time. A run, or its
        folder by name, is followed while `replay_dataset` writes into it, from another cell, process or machine:
        progress, time left, what is under way, and what went wrong. A folder need not be there yet.
    timeline : {"synced", "plain"}, optional
        ``"synced"``: the recording plays over a timeline that can be zoomed and brushed; needs anywidget.
        ``"plain"``: a drawing of core ipywidgets, no medium. Default: synced, if anywidget is installed.

    Returns
    -------
    LiveView or Board
        An ipywidget; a Board for what is followed. It shows itself where it is the value of a cell; running the cell
        again closes the earlier one.

    Raises
    ------
    SettingsError
        There is nothing to show, `timeline` is neither of the two, or a folder is not the only source.

    Notes
    -----
    The view is brought up to date ten times a second at most, and only when the page has taken in what was sent
    before. Buttons work while a cell runs: those of the synced player always (they speak with the process that sends,
    over the loopback interface, whatever holds the kernel), those above it where the kernel has subshells (ipykernel 7,
    JupyterLab 4.4) and no single call of a library keeps it for itself.

    Keys, with the synced player in focus: space plays and pauses, the arrows move by a second, ``[`` and ``]`` set the
    selection's ends at the cursor, ``f`` follows the replay, ``+`` ``-`` ``0`` zoom, Escape selects nothing.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> voice = emo.replay("datasets/sample/talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
    >>> view = emo.live(voice)
    >>> view.selection = (5, 10)
    >>> view.selected(voice.segments).equals(voice.segments[2:6])
    True
    >>> view.close()
    """
    chosen = timeline or ("synced" if importlib.util.find_spec("anywidget") else "plain")
    if chosen not in {"synced", "plain"}:
        raise SettingsError(setting="timeline", value=timeline, rule='it must be "synced" or "plain"')
    made = _checked(sources, chosen)
    cell = _cell()
    if cell is not None and cell in _in_cells:
        _in_cells.pop(cell).close()
    view = made()
    if cell is not None:
        _in_cells[cell] = view
    return view


def _checked(sources: tuple[Any, ...], timeline: Timeline) -> Callable[[], LiveView | Board]:
    """Say what makes the view; what cannot be shown is refused before an earlier view is closed."""
    folders = [each for each in sources if isinstance(each, str | os.PathLike)]
    if len(sources) == 1 and isinstance(sources[0], Archive) and _is_written(sources[0]):
        folders = [sources[0].folder]
    if not folders:
        shown = watched(sources)
        return lambda: LiveView(shown, timeline)
    if len(sources) > 1:
        raise SettingsError(setting="sources", value=folders[0], rule="a run's folder is followed in a view of its own")
    if Path(folders[0]).is_file():
        rule = "a name is that of a run's folder; a recording is emo.Recording(name), a journal emo.Replay.read(name)"
        raise SettingsError(setting="sources", value=folders[0], rule=rule)
    from emotoolkit.views.dataset_view import Board
    from emotoolkit.views.run_follower import Following

    return lambda: Board(Following(folders[0]))


def _is_written(run: Archive) -> bool:
    """Whether somebody is writing into a run's folder at this moment: its tables are of no use yet."""
    from emotoolkit.views.run_follower import Following

    course, _ = Following(run.folder).look(0.0)
    return course is not None and course.alive


class LiveView(ipywidgets.VBox):  # type: ignore[misc]
    """A live view; made by `live`.

    Attributes
    ----------
    selection : tuple of (float, float) or None
        The stretch that is brushed on the timeline, start and end in seconds of media time. Can be set, and observed:
        `view.observe(handler, "selection")`.
    """

    selection: Any = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True)

    _desk: Desk | None = None
    _lanes: Lanes | None = None
    _synced: Any = None
    _stage: tuple[ipywidgets.Widget, ...] = ()

    def __init__(self, shown: list[Watched], timeline: Timeline) -> None:
        self._shown = shown
        self._timeline = timeline
        self._feeds = [Feed(each) for each in shown]
        self._overview = ipywidgets.HTML()
        names = [(f"{number + 1}. {each.title}", number) for number, each in enumerate(shown)]
        self._choice = ipywidgets.Dropdown(options=names, description="shown", layout={"width": "600px"})
        self._choice.observe(lambda change: self._show(change["new"]), "value")
        self._above = [self._overview, self._choice] if len(shown) > 1 else []
        super().__init__()
        self._pulse = Pulse(self._tick)
        self._show(0)

    @traitlets.validate("selection")
    def _in_order(self, proposal: dict[str, Any]) -> Any:
        ends = proposal["value"]
        if ends is not None and not ends[0] <= ends[1]:
            raise SettingsError(setting="selection", value=ends, rule="it must end at or after its start")
        return ends

    @traitlets.observe("selection")
    def _chosen(self, change: dict[str, Any]) -> None:
        if self._desk is not None and self._desk.selection != change["new"]:
            self._desk.choose(change["new"])

    def selected(self, table: pd.DataFrame) -> pd.DataFrame:
        """Cut a table down to what is selected.

        Parameters
        ----------
        table : pandas.DataFrame
            Any table of a Replay: with `start` and `end` in its index (Timedelta), or as columns (s).

        Returns
        -------
        pandas.DataFrame
            The rows that overlap the selection; a row that ends where it begins counts, one without length counts if
            it lies in it. All rows if nothing is selected. Rows that speak of no time are left out.
        """
        if self.selection is None:
            return table
        first, last = self.selection
        start, end = _times(table)
        overlaps = (start < last) & (end > first)
        inside = (start == end) & (start >= first) & (start <= last)
        rows: pd.DataFrame = table.loc[(overlaps | inside).to_numpy()]
        return rows

    def close(self) -> None:
        """Take the view from the page and leave nothing running. The player plays on."""
        self._pulse.close()
        self._close_stage()
        devices = [each.recorder for each in self._shown]
        for widget in _all(self):
            if widget is not self and widget not in devices:  # closing those would end the recording
                widget.close()
        for cell in [cell for cell, view in _in_cells.items() if view is self]:
            del _in_cells[cell]
        super().close()

    def __repr__(self) -> str:
        return f"<LiveView of {', '.join(each.title for each in self._shown)}>"

    def _show(self, number: int) -> None:
        """Show one recording: its controls, and its timeline under them."""
        old = self._stage
        self._close_stage()
        feed = self._feeds[number]
        self._controls = Controls(feed)
        self._lanes = self._synced = self._desk = None
        if self._timeline == "synced":
            with needing("anywidget"):
                from emotoolkit.views.player_widget import Synced

            self._desk = Desk(feed, self._select)
            self._synced = Synced(self._desk, f"Synced player of {self._shown[number].title}")
            self._stage = (self._controls.box, self._synced)
        else:
            self._lanes = Lanes(feed)
            self._stage = (self._controls.box, self._lanes.box)
        recorder = self._shown[number].recorder
        self.children = (*self._above, *([] if recorder is None else [recorder]), *self._stage)
        for widget in _all(self):
            hear_beside_cells(widget)
        for each in old:
            each.close()
        self._pulse.start()

    def _close_stage(self) -> None:
        if self._synced is not None:
            self._synced.close()

    def _select(self, selection: tuple[float, float] | None) -> None:
        self.selection = selection

    def _tick(self) -> tuple[bool, bool]:
        # Before anything is drawn: what ends meanwhile is drawn once more.
        looks = [(feed.watched.title, feed.now(), feed.watched.duration) for feed in self._feeds]
        controls, lanes = self._controls, self._lanes  # another recording may be chosen meanwhile
        changed = controls.update()
        behind = False
        if lanes is not None:
            changed |= lanes.update()
            behind = lanes.behind
        if self._above:
            table = panel_html.overview(looks)
            if table != self._overview.value:
                self._overview.value = table
                changed = True
        return changed, behind or any(now.state not in OVER for _, now, _ in looks)


def _times(table: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    """Give start and end of each row in seconds; of a row that has only one of them, that one twice."""
    if "start" in table.index.names:
        levels = (table.index.get_level_values(level) for level in ("start", "end"))
        start, end = (pd.Series(pd.TimedeltaIndex(level).total_seconds()) for level in levels)
    else:
        start, end = table["start"], table["end"]
    return start.fillna(end), end.fillna(start)


def _all(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """Give a widget and everything in it."""
    return [widget, *(deep for child in getattr(widget, "children", ()) for deep in _all(child))]


def _cell() -> str | None:
    """Name the notebook's cell that runs now; None where there is none."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return None
    name: str | None = kernel.get_parent("shell").get("metadata", {}).get("cellId")
    return name


_in_cells: dict[str, LiveView | Board] = {}
"""The view that each cell made last."""
