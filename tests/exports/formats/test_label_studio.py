"""Tasks and configuration of Label Studio, and what annotators have changed there."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import emotoolkit as emo
from tests.exports.conftest import LOCAL
from tests.support.label_files import check, joy


def test_label_studio(result, tmp_path):
    """Each region of a task refers to a control of the set-up, and its label is among the control's."""
    tasks, config = emo.export(result, "label-studio", tmp_path)
    ((task,), view) = json.loads(tasks.read_text(encoding="utf-8")), ET.parse(config).getroot()
    controls = {control.get("name"): control for control in view}
    (prediction,) = task["predictions"]
    assert LOCAL in prediction["model_version"]
    for region in prediction["result"]:
        control = controls[region["from_name"]]
        assert control.get("toName") == region["to_name"] == "audio"
        if region["type"] == "labels":
            assert region["value"]["labels"][0] in [label.get("value") for label in control]


def test_label_studio_with_a_relation(tmp_path):
    """A relation between regions is no label, and what an annotator has passed over says nothing."""
    value = {"start": 0.5, "end": 1.5, "labels": ["joy"]}
    region = {"id": "1", "from_name": "emotion", "to_name": "audio", "type": "labels", "value": value}
    relation = {"from_id": "1", "to_id": "1", "type": "relation", "direction": "right"}
    done, skipped = ({"was_cancelled": which, "result": [region, relation]} for which in (False, True))
    task = {"data": {"audio": "a.wav"}, "annotations": [done, skipped]}
    (tmp_path / "a.json").write_text(json.dumps([task]))
    check(tmp_path / "a.json", joy())
