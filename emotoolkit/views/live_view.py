"""`emo.live`: assembles a live view, and closes it again."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets
import pandas as pd
import traitlets

from emotoolkit.datasets.manifest import MEDIA_SUFFIXES
from emotoolkit.errors import SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.replays.result import Replay
from emotoolkit.utils.extras import needing
from emotoolkit.utils.paths import expand_user
from emotoolkit.utils.subshells import receive_in_subshell
from emotoolkit.views import panel_html
from emotoolkit.views.controls import Controls, PlainTimeline
from emotoolkit.views.page_calls import PageCalls
from emotoolkit.views.refresh_thread import RefreshThread
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import RunProtocol, group_sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.views.dataset_view import DatasetView
    from emotoolkit.views.view_sources import Viewable, ViewSource

__all__ = ["LiveView", "live"]

JOURNAL_SUFFIX = ".jsonl"

TimelineKind = Literal["synced", "plain"]

FINISHED_STATES = {"ended", "failed", "waiting"}
"""States that do not change while the view is shown: a waiting recording is for a later call of `replay_dataset`."""


def live(*sources: Viewable | str | os.PathLike[str], timeline: TimelineKind | None = None) -> LiveView | DatasetView:
    """Show a replay while it runs, or after it: controls, the recording itself, and all results over one time axis.

    Parameters
    ----------
    *sources : Player, Replay, Recording, Run, str or path
        A player, before or while it plays; or finished replays, with or without their recording; or a run over a
        dataset. The path of a file stands for its recording, that of a journal (`.jsonl`) for its replay. Several
        recordings get a table with the progress of each, and the view of one at a time. A run, or its folder by name,
        is followed while `replay_dataset` writes into it, from another cell, process or machine: progress, time left,
        what is under way, and what went wrong. The folder need not exist yet.
    timeline : {"synced", "plain"}, optional
        ``"synced"``: the recording plays over a timeline that can be zoomed and brushed; needs anywidget.
        ``"plain"``: a drawing of core ipywidgets, no medium. Default: synced, if anywidget is installed.

    Returns
    -------
    LiveView or DatasetView
        An ipywidget; a DatasetView for a run that is followed. It is shown where it is the value of a cell; running the
        cell again closes the earlier one.

    Raises
    ------
    SettingsError
        There is nothing to show, `timeline` is neither of the two, or a folder is not the only source.

    Notes
    -----
    The view is refreshed ten times a second at most, and only when the page has processed the last refresh. Buttons
    work while a cell runs: those of the synced player always (they call the process that sends, over the loopback
    interface, however busy the kernel is), those above it where the kernel has subshells (ipykernel 7, JupyterLab 4.4)
    and no single call of a library holds the interpreter's lock.

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
    make_view = _view_factory(sources, chosen)
    cell = _current_cell()
    if cell is not None and cell in _views_by_cell:
        _views_by_cell.pop(cell).close()
    view = make_view()
    if cell is not None:
        _views_by_cell[cell] = view
    return view


def _view_factory(sources: tuple[Any, ...], timeline: TimelineKind) -> Callable[[], LiveView | DatasetView]:
    """Return a function that makes the view. Wrong sources are refused here, before an earlier view is closed."""
    sources = tuple(map(_opened, sources))
    folders = [each for each in sources if isinstance(each, str | os.PathLike)]
    if len(sources) == 1 and isinstance(sources[0], RunProtocol) and _is_being_written(sources[0]):
        folders = [sources[0].folder]
    if not folders:
        grouped = group_sources(sources)
        return lambda: LiveView(grouped, timeline)
    if len(sources) > 1:
        rule = (
            "there is no such file, and a run's folder is followed in a view of its own: emo.live(folder). Of a run's "
            "recording, emo.Run(folder).replay(file) can be shown beside others"
        )
        raise SettingsError(setting="sources", value=str(folders[0]), rule=rule)
    from emotoolkit.views.dataset_view import DatasetView
    from emotoolkit.views.run_follower import RunFollower

    return lambda: DatasetView(RunFollower(folders[0]))


def _opened(source: Any) -> Any:
    """Open the file that a path names; what is no file stays, since a run's folder need not exist yet."""
    if not isinstance(source, str | os.PathLike):
        return source
    path = expand_user(source)
    if path.suffix.lower() == JOURNAL_SUFFIX:
        return Replay.read(path)
    is_media = path.suffix.lower() in MEDIA_SUFFIXES and not path.is_dir()
    return Recording(source) if is_media or path.is_file() else source


def _is_being_written(run: RunProtocol) -> bool:
    """Whether a process is writing into a run's folder now: its tables are not complete yet."""
    from emotoolkit.views.run_follower import RunFollower

    progress, _ = RunFollower(run.folder).poll(0.0)
    return progress is not None and progress.alive


class LiveView(ipywidgets.VBox):  # type: ignore[misc]
    """A live view; made by `live`.

    Attributes
    ----------
    selection : tuple of (float, float) or None
        The stretch that is brushed on the timeline, start and end in seconds of media time. Can be set, and observed:
        `view.observe(handler, "selection")`.
    """

    selection: Any = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True)

    _page_calls: PageCalls | None = None
    _plain_timeline: PlainTimeline | None = None
    _player_widget: Any = None
    _stage: tuple[ipywidgets.Widget, ...] = ()

    def __init__(self, sources: list[ViewSource], timeline: TimelineKind) -> None:
        self._sources = sources
        self._timeline = timeline
        self._feeds = [Feed(each) for each in sources]
        self._overview = ipywidgets.HTML()
        names = [(f"{number + 1}. {each.title}", number) for number, each in enumerate(sources)]
        self._choice = ipywidgets.Dropdown(options=names, description="shown", layout={"width": "600px"})
        self._choice.observe(lambda change: self._show(change["new"]), "value")
        self._above = [self._overview, self._choice] if len(sources) > 1 else []
        super().__init__()
        self._refresh_thread = RefreshThread(self._tick)
        self._show(0)

    @traitlets.validate("selection")
    def _check_selection(self, proposal: dict[str, Any]) -> Any:
        ends = proposal["value"]
        if ends is not None and not ends[0] <= ends[1]:
            raise SettingsError(setting="selection", value=ends, rule="it must end at or after its start")
        return ends

    @traitlets.observe("selection")
    def _send_selection(self, change: dict[str, Any]) -> None:
        if self._page_calls is not None and self._page_calls.selection != change["new"]:
            self._page_calls.set_selection(change["new"])

    def selected(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table within the selection.

        Parameters
        ----------
        table : pandas.DataFrame
            Any table of a Replay: with `start` and `end` in its index (Timedelta), or as columns (s).

        Returns
        -------
        pandas.DataFrame
            The rows that overlap the selection; rows without length that lie in it or at its ends. All rows if nothing
            is selected. Rows without a time are left out.
        """
        if self.selection is None:
            return table
        first, last = self.selection
        start, end = _row_times(table)
        overlaps = (start < last) & (end > first)
        inside = (start == end) & (start >= first) & (start <= last)
        rows: pd.DataFrame = table.loc[(overlaps | inside).to_numpy()]
        return rows

    def close(self) -> None:
        """Remove the view from the page and end its threads. The player plays on."""
        self._refresh_thread.close()
        self._close_stage()
        recorders = [each.recorder for each in self._sources]
        for widget in _with_descendants(self):
            if widget is not self and widget not in recorders:  # closing a recorder's widget ends the recording
                widget.close()
        for cell in [cell for cell, view in _views_by_cell.items() if view is self]:
            del _views_by_cell[cell]
        super().close()

    def __repr__(self) -> str:
        return f"<LiveView of {', '.join(each.title for each in self._sources)}>"

    def _show(self, number: int) -> None:
        """Show one recording: its controls, and its timeline below them."""
        old = self._stage
        self._close_stage()
        feed = self._feeds[number]
        self._controls = Controls(feed)
        self._plain_timeline = self._player_widget = self._page_calls = None
        if self._timeline == "synced":
            with needing("anywidget"):
                from emotoolkit.views.player_widget import PlayerWidget

            self._page_calls = PageCalls(feed, self._select)
            self._player_widget = PlayerWidget(self._page_calls, f"Synced player of {self._sources[number].title}")
            self._stage = (self._controls.box, self._player_widget)
        else:
            self._plain_timeline = PlainTimeline(feed)
            self._stage = (self._controls.box, self._plain_timeline.box)
        recorder = self._sources[number].recorder
        self.children = (*self._above, *([] if recorder is None else [recorder]), *self._stage)
        for widget in _with_descendants(self):
            receive_in_subshell(widget)
        for each in old:
            each.close()
        self._refresh_thread.start()

    def _close_stage(self) -> None:
        if self._player_widget is not None:
            self._player_widget.close()

    def _select(self, selection: tuple[float, float] | None) -> None:
        self.selection = selection

    def _tick(self) -> tuple[bool, bool]:
        # Read before drawing: what ends while it is drawn is drawn once more.
        statuses = [(feed.source.title, feed.status(), feed.source.duration) for feed in self._feeds]
        controls, plain_timeline = self._controls, self._plain_timeline  # `_show` may replace them on another thread
        changed = controls.update()
        behind = False
        if plain_timeline is not None:
            changed |= plain_timeline.update()
            behind = plain_timeline.has_more
        if self._above:
            table = panel_html.overview_html(statuses)
            if table != self._overview.value:
                self._overview.value = table
                changed = True
        return changed, behind or any(status.state not in FINISHED_STATES for _, status, _ in statuses)


def _row_times(table: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return start and end of each row in seconds; a row with only one of them has it twice."""
    if "start" in table.index.names:
        levels = (table.index.get_level_values(level) for level in ("start", "end"))
        start, end = (pd.Series(pd.TimedeltaIndex(level).total_seconds()) for level in levels)
    else:
        start, end = table["start"], table["end"]
    return start.fillna(end), end.fillna(start)


def _with_descendants(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """Return a widget and all widgets in it."""
    return [widget, *(each for child in getattr(widget, "children", ()) for each in _with_descendants(child))]


def _current_cell() -> str | None:
    """Return the id of the notebook cell that runs now, or None."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return None
    name: str | None = kernel.get_parent("shell").get("metadata", {}).get("cellId")
    return name


_views_by_cell: dict[str, LiveView | DatasetView] = {}
"""The last view that each cell made."""
