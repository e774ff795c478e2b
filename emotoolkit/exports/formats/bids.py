"""BIDS: `…_events.tsv` for each recording, and the sidecar `…_events.json` that describes the columns.

The first columns are those that BIDS requires; `trial_type` is the label in tracks of labels, and else the parameter.
Times are in microseconds. (BIDS specification, "Events".)
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from emotoolkit._version import __version__
from emotoolkit.exports import escaping, labels
from emotoolkit.exports.seconds import parse_text_table
from emotoolkit.exports.tiers import LABEL_TRACKS
from emotoolkit.utils.file_names import atomic_replace, unique_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotoolkit.exports.content import Content
    from emotoolkit.exports.labels import Label

RESOLUTION_US = 1
TIMED_ONLY = True

MISSING_VALUE = "n/a"
UNSAFE_PATTERN = r"^n/a$|[\t\"]"
TEXT_COLUMNS = ("api", "track", "label", "source")
COLUMNS = ("onset", "duration", "trial_type", "track", "label", "value", "api", "source")
DESCRIPTIONS = {
    "onset": {"Description": "Beginning, counted from the beginning of the recording.", "Units": "s"},
    "duration": {"Description": "Length; 0 for a moment.", "Units": "s"},
    "trial_type": {"Description": "The label where labels say what happened (signals, states), else the parameter."},
    "track": {"Description": "Parameter or kind of label."},
    "label": {"Description": "What is said of this stretch, or the channel of which."},
    "api": {"Description": "The API that said it."},
    "source": {"Description": "Who measured."},
}


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write two files for each recording."""
    units = {name: unit for table in content.tables.values() for name, unit in table.attrs.get("units", {}).items()}
    names = unique_paths(content.files)
    for file, found in content.by_file(labels.drop_untimed(content.labels)):
        for suffix, text in (("tsv", _events_tsv(found)), ("json", _sidecar_json(file, found, units))):
            path = folder / f"{names[file]}_events.{suffix}"
            with atomic_replace(path) as part:
                part.write_text(text, encoding="utf-8", newline="")
            yield path


def read(path: Path) -> pd.DataFrame:
    """Read the events; each column is a track, unless it is a file that `write` has written."""
    flat = pd.read_csv(path, sep="\t", dtype="str", keep_default_na=False, quoting=3, encoding="utf-8")
    flat = flat.replace(MISSING_VALUE, "").rename(columns={"onset": "start"})
    sidecar = path.with_suffix(".json")
    about = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.is_file() else {}
    file = next(iter(about.get("Sources", [])), path.stem.removesuffix("_events"))
    if set(TEXT_COLUMNS) <= set(flat.columns):
        flat = flat.assign(**{name: flat[name].map(_unescape) for name in TEXT_COLUMNS})
    return labels.to_long_form(parse_text_table(flat.assign(file=file), path.stem))


def _events_tsv(found: list[Label]) -> str:
    lines = ["\t".join(COLUMNS), *("\t".join(_event_cells(each)) for each in found)]
    return "\n".join(lines) + "\n"


def _event_cells(each: Label) -> Iterator[str]:
    yield f"{each.start / 1e6:.6f}"
    yield f"{(each.end - each.start) / 1e6:.6f}"
    yield _escape(each.label if each.track in LABEL_TRACKS else each.track)
    yield _escape(each.track)
    yield _escape(each.label)
    yield MISSING_VALUE if math.isnan(each.value) else escaping.format_number(each.value)
    yield _escape(each.api)
    yield _escape(each.source) if each.source else MISSING_VALUE


def _sidecar_json(file: str, found: list[Label], units: dict[str, str]) -> str:
    tracks = {each.track: units.get(each.track, "") for each in found}
    about: dict[str, Any] = dict(DESCRIPTIONS)
    about["value"] = {
        "Description": "The parameter's value; of a signal its probability: 1 low, 2 medium, 3 high.",
        "Units": "by track: " + "; ".join(f"{track}: {unit}" for track, unit in tracks.items() if unit),
    }
    about["GeneratedBy"] = [{"Name": "emotoolkit", "Version": __version__}]
    about["Sources"] = [file]
    return json.dumps(
        {name: about[name] for name in (*COLUMNS, "GeneratedBy", "Sources")}, indent=2, ensure_ascii=False
    )


def _escape(text: str) -> str:
    return escaping.escape(text, UNSAFE_PATTERN)


def _unescape(text: str) -> str:
    return escaping.unescape(text)
