"""Databases as the audformat library reads them."""

from __future__ import annotations

import pytest

import emotoolkit as emo


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_audformat(voice, tmp_path):
    """Audformat loads the database: the table of segments as we have it, units in the schemes, a machine as rater."""
    import audformat

    (folder,) = emo.export(voice, "audformat", tmp_path)
    database = audformat.Database.load(str(folder))
    table = database["segments"].get()
    assert audformat.is_segmented_index(table)
    for name in ("channel", "energy", "stress"):
        assert table[name].tolist() == voice.segments[name].tolist()
    assert database.schemes["segments.stress"].meta["unit"] == voice.segments.attrs["units"]["stress"]
    (rater,) = database.raters.values()
    assert (rater.type, rater.description) == ("machine", voice.source)
