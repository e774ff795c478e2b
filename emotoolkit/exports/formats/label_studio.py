"""Label Studio: `tasks.json` to import, each recording a task with predictions; `label_config.xml` is its set-up.

A label is a region, its number a `Number` of that region, and who measured the prediction's `model_version`. Times are
kept to the microsecond. What a person has corrected there (`annotations`) is read as well as what was predicted.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.utils.file_names import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

UNIT = 1
TIMED = True

MEDIUM = "audio"
VALUE = "value"
STRUCTURE = "/"


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write the tasks and the set-up of the project that takes them."""
    table = labels.timed(content.labels)
    tasks = [_task(file, found) for file, found in content.by_file(table)]
    texts = {
        "tasks.json": json.dumps(tasks, indent=1, ensure_ascii=False),
        "label_config.xml": _config(labels.rows(table)),
    }
    for name, text in texts.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8", newline="")
        yield folder / name


def read(path: Path) -> pd.DataFrame:
    """Read predictions and annotations of all tasks."""
    found: list[Label] = []
    for task in json.loads(path.read_text(encoding="utf-8")):
        file = str(next(iter(task["data"].values()), path.stem))
        for kind in ("predictions", "annotations"):
            for said in task.get(kind, []):
                if not said.get("was_cancelled"):  # the annotator has passed the task over
                    found += _regions(file, said["result"], str(said.get("model_version", "")))
    return labels.table(found)


def _task(file: str, found: list[Label]) -> dict[str, Any]:
    results: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for number, each in enumerate(found):
        results[each.api, each.source] += _results(number, each)
    predictions = [
        {"model_version": ", ".join([escaping.quoted(api, ","), source]), "result": result}
        for (api, source), result in results.items()
    ]
    return {"data": {MEDIUM: file}, "predictions": predictions}


def _results(number: int, each: Label) -> Iterator[dict[str, Any]]:
    span = {"start": each.start / 1e6, "end": each.end / 1e6}
    name = _name(each)
    common = {"id": f"region{number}", "to_name": MEDIUM}
    label = escaping.quoted(each.label)
    yield common | {"from_name": name, "type": "labels", "value": span | {"labels": [label]}}
    if not math.isnan(each.value):
        number_or_text = each.value if math.isfinite(each.value) else escaping.text_of(each.value)
        value = span | {"number": number_or_text}
        yield common | {"from_name": f"{name}/{VALUE}", "type": "number", "value": value}


def _regions(file: str, results: Iterable[dict[str, Any]], model: str) -> Iterator[Label]:
    regions: dict[str, dict[str, Any]] = defaultdict(dict)
    for each in results:
        if "id" in each:  # a relation between regions has none
            regions[each["id"]][each["type"]] = each
    quoted, _, source = model.partition(", ")
    for region in regions.values():
        if "labels" not in region:
            continue
        value, name = region["labels"]["value"], region["labels"]["from_name"]
        start, end = (round(float(value[which]) * 1e6) for which in ("start", "end"))
        api, _, track = name.rpartition(STRUCTURE)
        number = float(region["number"]["value"]["number"]) if "number" in region else math.nan
        for label in value["labels"]:
            yield Label(
                file,
                start,
                end,
                escaping.unquoted(api) if api else "",
                escaping.unquoted(track),
                escaping.unquoted(label),
                number,
                source if quoted == api else model,
            )


def _config(found: Iterable[Label]) -> str:
    tracks: dict[str, dict[str, None]] = defaultdict(dict)
    for each in found:
        tracks[_name(each)][escaping.quoted(each.label)] = None
    view = ET.Element("View")
    for name, values in tracks.items():
        control = ET.SubElement(view, "Labels", name=name, toName=MEDIUM)
        for value in values:
            ET.SubElement(control, "Label", value=value)
        ET.SubElement(view, "Number", name=f"{name}/{VALUE}", toName=MEDIUM, perRegion="true")
    ET.SubElement(view, "Audio", name=MEDIUM, value=f"${MEDIUM}")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _name(each: Label) -> str:
    return f"{escaping.quoted(each.api, STRUCTURE)}/{escaping.quoted(each.track, STRUCTURE)}"
