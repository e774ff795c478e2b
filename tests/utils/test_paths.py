"""Paths as people type them."""

import shutil
from pathlib import Path

import pytest

from emotoolkit import Recording, export, read_labels
from emotoolkit.utils.paths import expand_user
from tests.conftest import SAMPLE
from tests.support.made_exports import Results


def test_home():
    """A tilde is the home of whoever types it, and elsewhere in a path nothing but itself."""
    assert expand_user("~/a.wav") == Path.home() / "a.wav"
    assert expand_user("a/~b.wav") == Path("a/~b.wav")


@pytest.mark.parametrize("name", ["~draft.wav", "~draft"])
def test_a_file_called_so(name, tmp_path, monkeypatch):
    """A file whose name begins with a tilde is found by it, by whatever it is opened."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLE / "talk.wav", name)
    assert Recording(name).path == tmp_path / name
    (path,) = export(Results([], file=name), "eaf")
    assert len(read_labels(path.name)) == 0
