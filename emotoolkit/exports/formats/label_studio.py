"""Label Studio: `tasks.json` to import, a task with predictions for each recording, and its `label_config.xml`.

A label is a region, its number a `Number` of that region, and who measured the prediction's `model_version`. Times are
in microseconds. `read` takes both predictions and what people have corrected (`annotations`).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.utils.file_names import atomic_replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1
TIMED_ONLY = True

MEDIUM_NAME = "audio"
NUMBER_SUFFIX = "value"
NAME_SEPARATOR = "/"


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write the tasks, and the labelling configuration of a project that imports them."""
    table = labels.drop_untimed(content.labels)
    tasks = [_task(file, found) for file, found in content.by_file(table)]
    texts = {
        "tasks.json": json.dumps(tasks, indent=1, ensure_ascii=False),
        "label_config.xml": _label_config(labels.iterate_labels(table)),
    }
    for name, text in texts.items():
        with atomic_replace(folder / name) as part:
            part.write_text(text, encoding="utf-8", newline="")
        yield folder / name


def read(path: Path) -> pd.DataFrame:
    """Read predictions and annotations of all tasks."""
    found: list[Label] = []
    for task in json.loads(path.read_text(encoding="utf-8")):
        file = str(next(iter(task["data"].values()), path.stem))
        for kind in ("predictions", "annotations"):
            for annotation in task.get(kind, []):
                if not annotation.get("was_cancelled"):  # the annotator skipped the task
                    found += _parse_regions(file, annotation["result"], str(annotation.get("model_version", "")))
    return labels.make_table(found)


def _task(file: str, found: list[Label]) -> dict[str, Any]:
    results: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for number, each in enumerate(found):
        results[each.api, each.source] += _region_results(number, each)
    predictions = [
        {"model_version": ", ".join([escaping.escape(api, ","), source]), "result": result}
        for (api, source), result in results.items()
    ]
    return {"data": {MEDIUM_NAME: file}, "predictions": predictions}


def _region_results(number: int, each: Label) -> Iterator[dict[str, Any]]:
    span = {"start": each.start / 1e6, "end": each.end / 1e6}
    name = _control_name(each)
    common = {"id": f"region{number}", "to_name": MEDIUM_NAME}
    label = escaping.escape(each.label)
    yield common | {"from_name": name, "type": "labels", "value": span | {"labels": [label]}}
    if not math.isnan(each.value):
        number_or_text = each.value if math.isfinite(each.value) else escaping.format_number(each.value)
        value = span | {"number": number_or_text}
        yield common | {"from_name": f"{name}/{NUMBER_SUFFIX}", "type": "number", "value": value}


def _parse_regions(file: str, results: Iterable[dict[str, Any]], model: str) -> Iterator[Label]:
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
        api, _, track = name.rpartition(NAME_SEPARATOR)
        number = float(region["number"]["value"]["number"]) if "number" in region else math.nan
        for label in value["labels"]:
            yield Label(
                file,
                start,
                end,
                escaping.unescape(api) if api else "",
                escaping.unescape(track),
                escaping.unescape(label),
                number,
                source if quoted == api else model,
            )


def _label_config(found: Iterable[Label]) -> str:
    tracks: dict[str, dict[str, None]] = defaultdict(dict)
    for each in found:
        tracks[_control_name(each)][escaping.escape(each.label)] = None
    view = ET.Element("View")
    for name, values in tracks.items():
        control = ET.SubElement(view, "Labels", name=name, toName=MEDIUM_NAME)
        for value in values:
            ET.SubElement(control, "Label", value=value)
        ET.SubElement(view, "Number", name=f"{name}/{NUMBER_SUFFIX}", toName=MEDIUM_NAME, perRegion="true")
    ET.SubElement(view, "Audio", name=MEDIUM_NAME, value=f"${MEDIUM_NAME}")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _control_name(each: Label) -> str:
    return f"{escaping.escape(each.api, NAME_SEPARATOR)}/{escaping.escape(each.track, NAME_SEPARATOR)}"
