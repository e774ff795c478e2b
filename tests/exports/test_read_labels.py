"""Files of labels as other programs and people write them."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.errors import NoSuchFile, NotLabels


@pytest.mark.parametrize("name", ["a.eaf", "a.TextGrid", "a.csv", "a.json", "a.parquet", "a.rttm"])
def test_not_what_it_says(name, tmp_path):
    """A file that is not what its suffix says is an error with the reason, whatever the library makes of it."""
    (tmp_path / name).write_text("SPEAKER words and no more\n")
    with pytest.raises(NotLabels, match="cannot be read as"):
        emo.read_labels(tmp_path / name)
    with pytest.raises(NoSuchFile):
        emo.read_labels(tmp_path / f"missing-{name}")
