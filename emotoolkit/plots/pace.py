"""Figures of a replay's timing: lateness of its packets, latency of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.errors import SettingsError
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.tables import arguments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emotoolkit.tables.results import Results

__all__ = ["plot_latency", "plot_pace"]

MS_PER_S = 1000.0
"""Milliseconds in a second."""

NO_PACE_TEXT = "no packet was due at a time: the replay went as fast as the server took it"


def plot_pace(*replays: Results, ax: Axes | None = None) -> Axes:
    """Draw the lateness of each packet over the media time at which it ended.

    Parameters
    ----------
    *replays : Replay
        Each is a series of points; at infinite speed nothing is due, and there is nothing to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Lateness in ms along y, media time along x; the legend gives median and 99th percentile.

    Raises
    ------
    SettingsError
        No replay was given.
    """
    arguments.check_replays(replays, "plot_pace")
    target = _prepare_axes(replays, ax)
    from emotoolkit.plots.figure import format_time_axes

    for replay in replays:
        packets = replay.packets.dropna(subset="lateness")
        if len(packets):
            late = packets["lateness"] * MS_PER_S
            label = f"{replay.api}: median {late.median():.2f} ms, p99 {late.quantile(0.99):.2f} ms"
            target.plot(packets["end"], late, ".", markersize=4, color=colour(replay.api), label=label)
    format_time_axes(target, "Lateness of packets")
    target.set_ylabel("ms after due", fontsize="small")
    return _add_legend(target, NO_PACE_TEXT)


def plot_latency(*replays: Results, ax: Axes | None = None) -> Axes:
    """Draw the cumulative distribution of the latency of answers.

    Parameters
    ----------
    *replays : Replay
        A line for each and each kind of message with a result.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Latency in ms along x, share of the answers that had come by then along y (0–1). A replay that is not complete
        has no line: the answers that are missing would have been the slowest.

    Raises
    ------
    SettingsError
        No replay was given.
    """
    arguments.check_replays(replays, "plot_latency")
    target = _prepare_axes(replays, ax)
    for replay in replays:
        answers = replay.events.dropna(subset="latency") if replay.complete else replay.events.iloc[:0]
        for kind, latency in answers.groupby("kind")["latency"]:
            sorted_ms = np.sort(latency.to_numpy() * MS_PER_S)
            share = np.arange(1, len(sorted_ms) + 1) / len(sorted_ms)
            label = f"{replay.api}, {kind} ({len(sorted_ms)})"
            target.step(sorted_ms, share, where="post", marker=".", color=colour(str(kind)), label=label)
    target.set_xlabel("ms after the media second was due", fontsize="small")
    target.set_ylabel("share of answers", fontsize="small")
    target.set_title("Latency of answers", loc="left", fontsize="medium")
    target.set_ylim(0, 1.02)
    target.tick_params(labelsize="small")
    target.grid(alpha=0.25, linewidth=0.6)
    target.spines[["top", "right"]].set_visible(False)
    return _add_legend(target, "no complete replay with a pace: there is no latency to show")


def _prepare_axes(replays: tuple[Results, ...], ax: Axes | None) -> Axes:
    if not replays:
        raise SettingsError(setting="replays", value=(), rule="there must be at least one replay to draw")
    from emotoolkit.plots.figure import new_axes

    return ax or new_axes(2.6)


def _add_legend(ax: Axes, empty_text: str) -> Axes:
    """Add a legend, or the text where there is nothing to explain."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    else:
        ax.text(0.5, 0.5, empty_text, transform=ax.transAxes, ha="center", va="center", fontsize="small")
    return ax
