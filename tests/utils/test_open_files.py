"""Files that another program has open are waited for on Windows, then named; elsewhere they are no hindrance."""

from __future__ import annotations

import itertools

import pytest

from emotoolkit.errors import NotWritable
from emotoolkit.utils import open_files


class Held:
    """A path that another program has open for a number of attempts, as Windows says it."""

    def __init__(self, path, attempts):
        self.path, self.left = path, itertools.chain(range(attempts), itertools.repeat(None))
        self.name, self.parent = path.name, path.parent

    def replace(self, target):
        self._try()
        self.path.replace(target)

    def unlink(self, *, missing_ok):
        self._try()
        self.path.unlink(missing_ok=missing_ok)

    def _try(self):
        if next(self.left) is not None:
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(open_files, "is_windows", lambda: True)
    monkeypatch.setattr(open_files, "POLL_INTERVAL_S", 0.0)


@pytest.mark.parametrize("attempts", [0, 1, 20])
def test_for_a_moment(windows, tmp_path, attempts):
    """A reader that closes the file soon costs some attempts."""
    (tmp_path / "a").write_text("new")
    open_files.replace(Held(tmp_path / "a", attempts), tmp_path / "b")
    assert (tmp_path / "b").read_text() == "new"
    open_files.remove(Held(tmp_path / "b", attempts))
    open_files.remove(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_for_hours(windows, monkeypatch, tmp_path):
    """Who does not let go is named, with the file and its folder; what was there is still there."""
    monkeypatch.setattr(open_files, "TIMEOUT_S", 0.0)
    (tmp_path / "a").write_text("new")
    with pytest.raises(NotWritable, match="another program has b open"):
        open_files.replace(Held(tmp_path / "a", 10**6), tmp_path / "b")
    with pytest.raises(NotWritable, match="another program has a open"):
        open_files.remove(Held(tmp_path / "a", 10**6))
    assert (tmp_path / "a").read_text() == "new"


def test_elsewhere(tmp_path):
    """Where Windows is not, a refusal is about rights, and comes at once."""
    (tmp_path / "a").touch()
    with pytest.raises(PermissionError):
        open_files.replace(Held(tmp_path / "a", 1), tmp_path / "b")
    open_files.move(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").exists()
