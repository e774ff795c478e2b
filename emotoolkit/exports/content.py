"""The content of an export: the results of replays, or of a run, as labels and as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from emotoolkit.errors import SettingsError
from emotoolkit.exports import labels
from emotoolkit.exports.labels import Label
from emotoolkit.exports.tiers import SPEAKER_TRACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emotoolkit.tables.results import ResultTables

__all__ = ["TABLE_NAMES", "Content"]

TABLE_NAMES = ("segments", "signals", "engagement", "quality")


@dataclass(frozen=True)
class Content:
    """Results to be written.

    Attributes
    ----------
    results : sequence of ResultTables
        Of one API or several: all results of one recording go into one file.
    chosen_tracks : sequence of str or None
        Tracks that are written as labels; None: all.
    """

    results: Sequence[ResultTables]
    chosen_tracks: Sequence[str] | None = None

    @cached_property
    def labels(self) -> pd.DataFrame:
        """The chosen tracks as a table of labels.

        Raises
        ------
        SettingsError
            No result has a track of that name.
        """
        found = [row for each in self.results for row in labels.iterate_labels(each.tracks)]
        known = dict.fromkeys(row.track for row in found)
        for name in self.chosen_tracks or ():
            if name not in known:
                rule = f"there are {', '.join(known) or 'none'}"
                raise SettingsError(setting="tracks", value=name, rule=rule)
        return labels.make_table(row for row in found if self.chosen_tracks is None or row.track in self.chosen_tracks)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables that have rows, by name; those of several results are concatenated."""
        found: dict[str, pd.DataFrame] = {}
        for name in TABLE_NAMES:
            parts = [table for each in self.results if len(table := getattr(each, name))]
            if parts:
                found[name] = parts[0] if len(parts) == 1 else _concatenate(parts)
        return found

    @cached_property
    def speech(self) -> pd.DataFrame:
        """The stretches of speech as labels, each once, whatever was measured in it."""
        found = {
            row._replace(track=SPEAKER_TRACK, value=float("nan"))
            for each in self.results
            for row in _speech_labels(each.segments)
        }
        return labels.make_table(found)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The recordings, including those without labels."""
        named = [file for each in self.results for file in _recording_names(each)]
        indexed = [str(file) for each in self.results for file in each.tracks.index.unique("file")]
        return tuple(dict.fromkeys(named + indexed))

    def by_file(self, table: pd.DataFrame | None = None) -> Iterator[tuple[str, list[Label]]]:
        """Yield each recording with its labels, or with those of them that `table` has."""
        found = dict(labels.by_file(self.labels if table is None else table))
        yield from ((file, found.get(file, [])) for file in self.files)


def _recording_names(results: Any) -> Iterator[str]:
    """Yield the recording of a replay, or those of a run that are done, with or without results."""
    if isinstance(getattr(results, "file", None), str):
        yield results.file
    elif "status" in (summary := getattr(results, "summary", pd.DataFrame())):
        yield from map(str, summary.index[summary["status"].str.startswith("done")])


def _speech_labels(segments: pd.DataFrame) -> Iterator[Label]:
    source, api = (str(segments.attrs.get(name, "")) for name in ("source", "api"))
    names = segments.index.get_level_values
    times = (labels.to_microseconds(names(which)) for which in ("start", "end"))
    for file, start, end, channel in zip(names("file"), *times, segments["channel"], strict=True):
        yield Label(str(file), start, end, api, "", f"channel {channel}", float("nan"), source)


def _concatenate(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    whole = pd.concat(parts).sort_index()
    whole.attrs = {
        "units": {name: unit for part in parts for name, unit in part.attrs.get("units", {}).items()},
        "source": "; ".join(dict.fromkeys(str(part.attrs.get("source", "")) for part in parts)),
        "api": "; ".join(dict.fromkeys(str(part.attrs.get("api", "")) for part in parts)),
    }
    return whole
