"""Folders are made or refused in a sentence that says why; names are such as every disk takes."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.utils import folders
from emotoolkit.utils.folders import (
    is_disk_full,
    left_folders,
    make_folder,
    make_private_folder,
    open_private,
    safe_name,
    scratch_folder,
    shared_temporary_folder,
    temporary_folder,
    touch_private,
    write_error,
)


def test_a_folder_is_made_with_those_above_it(tmp_path):
    """It comes back as it was given; made again it keeps what is in it."""
    folder = tmp_path / "a" / "b" / "c"
    assert make_folder(folder) == folder
    (folder / "kept").write_text("x")
    assert make_folder(folder) == folder
    assert (folder / "kept").read_text() == "x"


def test_a_file_is_no_folder(tmp_path):
    """Where a file has the name, that is said; nor is there a folder below a file."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotWritable, match="it is a file"):
        make_folder(tmp_path / "file")
    with pytest.raises(NotWritable) as caught:
        make_folder(tmp_path / "file" / "below")
    assert caught.value.folder == str(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("number", [errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)])
def test_a_full_disk_is_told_from_other_troubles(number, tmp_path):
    """Of a full disk, or of one's share of it, the sentence says how much is free, in MB."""
    problem = OSError(number, "no room")
    assert is_disk_full(problem)
    said = write_error(tmp_path, problem)
    assert isinstance(said, DiskFull)
    assert said.free == pytest.approx(shutil.disk_usage(tmp_path).free / 1e6, rel=0.2)
    assert said.needed == 64.0


@pytest.mark.parametrize("where", [{"on_disk": False}, {}])
def test_nothing_is_known_to_be_free_elsewhere(where):
    """Of what is no disk here, or of a folder that is not there, no free space is made up."""
    assert write_error("/no/such/folder", OSError(errno.ENOSPC, ""), **where).free == 0.0


def test_other_troubles_have_the_systems_words(tmp_path):
    """A refusal says what the system said; and what is no error of the system is never lack of room."""
    said = write_error(tmp_path, PermissionError(errno.EACCES, "Permission denied"))
    assert isinstance(said, NotWritable)
    assert said.reason == "Permission denied"
    assert write_error(tmp_path, OSError("in words")).reason == "in words"
    assert not is_disk_full(ValueError(errno.ENOSPC))


@given(st.text(st.characters(max_codepoint=0x3FF), max_size=30))
def test_a_safe_name_has_letters_digits_and_little_else(name):
    """Law: as long as it was, nothing in it that parts folders or that a disk refuses; made safe again it is itself."""
    found = safe_name(name)
    assert len(found) == len(name)
    assert not set(found) & set('/\\:*?"<>| \n\0')
    assert safe_name(found) == found
    assert re.fullmatch(r"[\w.-]*", found)


@pytest.mark.parametrize("letter", ["a", "é", "録", "🎙", "\u0e01"])
def test_a_long_name_has_an_end(tmp_path, letter):
    """Whatever the script, there is room behind it for what journals and tables are called."""
    found = safe_name(400 * letter)
    assert len(found.encode()) <= 150
    assert found
    (tmp_path / f"{found}-emotion_logic-upload-12345-engagement.csv").touch()


def test_temporary_folders_are_ones_own_unless_shared():
    """Each call makes a new one; the shared one is the same for all of this process, by its name."""
    first, second = temporary_folder("test-"), temporary_folder("test-")
    try:
        assert first != second
        assert first.is_dir()
        assert first.name.startswith("emotoolkit-test-")
    finally:
        shutil.rmtree(first)
        shutil.rmtree(second)
    assert shared_temporary_folder("test-of-folders-") == shared_temporary_folder("test-of-folders-")
    shutil.rmtree(shared_temporary_folder("test-of-folders-"))


HOLDER = """
import sys, time
from emotoolkit.utils import folders
if sys.argv[1] == "scratch":
    with folders.scratch_folder() as folder:
        (folder / "upload.wav").write_text("x")
        print(folder, flush=True)
        time.sleep(600)
folder = folders.shared_temporary_folder(sys.argv[1])
(folder / "a.jsonl").write_text("x")
print(folder, flush=True)
time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An empty folder for temporary ones, here and in processes that are started."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "_locks", [])
    folders._sweep_scratch.cache_clear()
    return tmp_path


@contextmanager
def holding(purpose):
    """A process that uses a temporary folder; killed at the end of the block."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, purpose], stdout=subprocess.PIPE, text=True) as holder:
        try:
            yield Path(holder.stdout.readline().strip())
        finally:
            holder.kill()


def test_scratch(temporary):
    """It is gone at the end of the block; what killed processes left of the kind goes with the next, journals stay."""
    with scratch_folder() as folder:
        (folder / "a").touch()
        assert dict(left_folders()) == {folder: True}
    assert not folder.exists()
    with holding("") as journals, holding("scratch") as killed, holding("scratch") as alive:
        assert dict(left_folders()) == dict.fromkeys([alive, killed, journals], True)
    with holding("scratch") as alive:
        folders._sweep_scratch.cache_clear()
        with scratch_folder() as folder:
            assert dict(left_folders()) == {folder: True, alive: True, journals: False}


def test_scratch_at_the_end_of_a_process(temporary):
    """A process that ends in the middle of a block leaves none."""
    code = "from emotoolkit.utils import folders; block = folders.scratch_folder(); print(block.__enter__())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(temporary))
    assert not [*temporary.iterdir()]


def test_others_are_left_alone(temporary, monkeypatch):
    """A link, a file, and another user's folder of such a name are not listed."""
    (temporary / "emotoolkit-link").symlink_to(temporary)
    (temporary / "emotoolkit-file").touch()
    foreign = temporary / "emotoolkit-other"
    foreign.mkdir()
    (temporary / "somebody").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: foreign.stat().st_uid + 1)
    assert dict(left_folders()) == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_made_is_for_the_user_alone(tmp_path, umask):
    """Folders are 0700 and files 0600 whatever the umask, missing folders above too; what was there is as it was."""
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "old").write_text("old")
    for path, mode in ((tmp_path / "mine", 0o755), (tmp_path / "mine" / "old", 0o664)):
        path.chmod(mode)
    former = os.umask(umask)
    try:
        folder = make_private_folder(tmp_path / "mine" / "a" / "b" / "c")
        for mode in "wax":
            with open_private(folder / mode, mode) as file:
                file.write(b"1")
        with open_private(tmp_path / "mine" / "old", "a") as file:
            file.write(b"er")
        touch_private(folder / "touched")
        touch_private(tmp_path / "mine" / "old")
        make_private_folder(tmp_path / "mine")
    finally:
        os.umask(former)
    modes = {str(each.relative_to(tmp_path)): stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob("*")}
    assert modes.pop("mine") == 0o755
    assert modes.pop("mine/old") == 0o664
    assert (tmp_path / "mine" / "old").read_text() == "older"
    assert {mode for name, mode in modes.items() if (tmp_path / name).is_dir()} == {0o700}
    assert {mode for name, mode in modes.items() if (tmp_path / name).is_file()} == {0o600}


def test_a_private_file_is_opened_as_any_other(tmp_path):
    """It replaces, appends, or refuses to, and a folder that cannot be made is a sentence."""
    path = tmp_path / "file"
    for mode, text in (("w", b"one"), ("a", b"onetwo"), ("w", b"two")):
        with open_private(path, mode) as file:
            file.write(b"one" if text == b"one" else b"two")
        assert path.read_bytes() == text
    with pytest.raises(FileExistsError):
        open_private(path, "x")
    with pytest.raises(NotWritable, match="it is a file"):
        make_private_folder(path)
    with pytest.raises(NotWritable):
        make_private_folder(path / "below")
