"""What a row of a dataset asks for, and the names of its files."""

import re

import pytest

from emotoolkit.datasets.rows import MediaRange, Row

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@pytest.mark.parametrize(
    "name",
    ["aux.1.wav", "CON.wav", "com1.left.wav", ".hidden.wav", "..wav", 'a:b<c>"d|e?f*g.wav', "語.wav", "a b .wav"],
)
def test_names_that_every_disk_takes(name):
    """Files of a row are hidden nowhere, and no name is a device of Windows or ends in what it drops."""
    found = Row(name, None, None, MediaRange(name)).id
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*-[0-9a-f]{12}", found)
    assert not RESERVED.match(found)


def test_names_differ():
    """Rows whose names look alike on a disk, or of other stretches, have other files."""
    rows = [("a?.wav", None), ("a*.wav", None), ("A_.wav", None), ("b/a_.wav", None), ("a_.wav", 1.0), ("a_.wav", None)]
    ids = {Row(name, start, None, MediaRange(name)).id.lower() for name, start in rows}
    assert len(ids) == len(rows)
