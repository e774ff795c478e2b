"""Events of BIDS as pandas reads them, and those of other programs."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit import read_labels
from emotoolkit.errors import NotLabels


def test_bids(result, tmp_path):
    """The first columns are those that BIDS wants, in seconds; the sidecar explains every column."""
    table_path, sidecar = emo.export(result, "bids", tmp_path)
    table = pd.read_csv(table_path, sep="\t", na_values="n/a", keep_default_na=False)
    assert table.columns[:3].tolist() == ["onset", "duration", "trial_type"]
    assert table["onset"].tolist() == [0.0, 1.0, 4.0]
    assert table["duration"].tolist() == [2.0, 2.0, 0.0]
    about = json.loads(sidecar.read_text(encoding="utf-8"))
    assert {"Description"} <= set(about["onset"])
    assert set(table.columns) <= set(about)


def test_a_decimal_comma_is_no_thousands(tmp_path):
    """Times that a program in another language wrote are refused with what to write, and not taken for nothing."""
    path = tmp_path / "a_events.tsv"
    path.write_text("onset\tduration\ttrial_type\n1,0\t0,5\tjoy\n")
    with pytest.raises(NotLabels, match=r"'1,0' has a comma; write 0\.5 or 00:00:00\.5"):
        read_labels(path)
