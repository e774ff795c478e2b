"""The folder of a run: what cannot be done in it is said."""

import pytest

from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import NotWritable


def test_what_cannot_be_removed(tmp_path):
    """What stays although it should go is said in a sentence; what is not there is gone already."""
    (tmp_path / "a folder").mkdir()
    with pytest.raises(NotWritable, match="Nothing can be written to"):
        Storage(tmp_path).remove("a folder")
    Storage(tmp_path).remove("nothing")
