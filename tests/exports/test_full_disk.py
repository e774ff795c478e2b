"""Exports to a full disk, for real: a sentence, the former files whole, and the next call writes them."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.exports.registry import FORMAT_MODULES
from tests.support import disks


@pytest.mark.parametrize("name", [*FORMAT_MODULES, "cassettes"])
def test_each_format(name, voice, small_disk):
    """Whatever is written finds no room: it is said, and nothing half is left."""
    pytest.importorskip("pympi")
    first = emo.export(voice, name, small_disk / "a")
    before = {path: path.read_bytes() for path in first if path.is_file()}
    disks.fill(small_disk)
    for folder in ("a", "b"):
        with pytest.raises(DiskFull, match=r"There is no room left under .*\(0 MB free\)"):
            emo.export(voice, name, small_disk / folder)
    assert {path: path.read_bytes() for path in before} == before
    assert not [*small_disk.rglob("*.part")]
    disks.free(small_disk)
    assert len(emo.export(voice, name, small_disk / "b")) == len(first)


@pytest.mark.parametrize("name", [*FORMAT_MODULES, "cassettes"])
def test_a_folder_that_may_not_be_written_to(name, voice, tmp_path):
    """A file in the place of the folder is said to be one."""
    (tmp_path / "file").write_text("words")
    with pytest.raises(NotWritable, match=r"Nothing can be written to .*file"):
        emo.export(voice, name, tmp_path / "file")
