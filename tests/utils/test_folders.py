"""Folders are made or refused in a sentence that says why; names are such as every disk takes."""

from __future__ import annotations

import errno
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.utils.folders import is_full, made, refusal, safe, shared_temporary, temporary


def test_a_folder_is_made_with_those_above_it(tmp_path):
    """It comes back as it was given; made again it keeps what is in it."""
    folder = tmp_path / "a" / "b" / "c"
    assert made(folder) == folder
    (folder / "kept").write_text("x")
    assert made(folder) == folder
    assert (folder / "kept").read_text() == "x"


def test_a_file_is_no_folder(tmp_path):
    """Where a file has the name, that is said; nor is there a folder below a file."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotWritable, match="it is a file"):
        made(tmp_path / "file")
    with pytest.raises(NotWritable) as caught:
        made(tmp_path / "file" / "below")
    assert caught.value.folder == str(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("number", [errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)])
def test_a_full_disk_is_told_from_other_troubles(number, tmp_path):
    """Of a full disk, or of one's share of it, the sentence says how much is free, in MB."""
    problem = OSError(number, "no room")
    assert is_full(problem)
    said = refusal(tmp_path, problem)
    assert isinstance(said, DiskFull)
    assert said.free == pytest.approx(shutil.disk_usage(tmp_path).free / 1e6, rel=0.2)
    assert said.needed == 64.0


@pytest.mark.parametrize("where", [{"on_disk": False}, {}])
def test_nothing_is_known_to_be_free_elsewhere(where):
    """Of what is no disk here, or of a folder that is not there, no free space is made up."""
    assert refusal("/no/such/folder", OSError(errno.ENOSPC, ""), **where).free == 0.0


def test_other_troubles_have_the_systems_words(tmp_path):
    """A refusal says what the system said; and what is no error of the system is never lack of room."""
    said = refusal(tmp_path, PermissionError(errno.EACCES, "Permission denied"))
    assert isinstance(said, NotWritable)
    assert said.reason == "Permission denied"
    assert refusal(tmp_path, OSError("in words")).reason == "in words"
    assert not is_full(ValueError(errno.ENOSPC))


@given(st.text(st.characters(max_codepoint=0x3FF), max_size=30))
def test_a_safe_name_has_letters_digits_and_little_else(name):
    """Law: as long as it was, nothing in it that parts folders or that a disk refuses; made safe again it is itself."""
    found = safe(name)
    assert len(found) == len(name)
    assert not set(found) & set('/\\:*?"<>| \n\0')
    assert safe(found) == found
    assert re.fullmatch(r"[\w.-]*", found)


def test_temporary_folders_are_ones_own_unless_shared():
    """Each call makes a new one; the shared one is the same for all of this process, by its name."""
    first, second = temporary("test-"), temporary("test-")
    try:
        assert first != second
        assert first.is_dir()
        assert first.name.startswith("emotoolkit-test-")
    finally:
        first.rmdir()
        second.rmdir()
    assert shared_temporary("test-of-folders-") == shared_temporary("test-of-folders-")
    shared_temporary("test-of-folders-").rmdir()
