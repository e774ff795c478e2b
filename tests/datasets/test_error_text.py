"""A sentence that is kept with a dataset does not say where on this machine anything lies."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from emotoolkit.datasets.error_text import sentence
from emotoolkit.datasets.rows import MediaRange, Row
from emotoolkit.errors import NoSuchFile


def row(path: str, name: str = "a/clip.wav") -> Row:
    """A row of a file."""
    return Row(name, None, None, MediaRange(path))


def test_a_file_has_its_name_in_the_dataset():
    """The path of what was sent is written as the name that the row has in every table, wherever it stands."""
    problem = OSError("cannot read /data/lab/clip.wav: /data/lab/clip.wav ends early")
    assert sentence(problem, row("/data/lab/clip.wav")) == "cannot read a/clip.wav: a/clip.wav ends early"


@pytest.mark.parametrize("place", [Path.cwd, Path.home, lambda: Path(tempfile.gettempdir())])
def test_places_of_this_machine_are_left_out(place, tmp_path, monkeypatch):
    """The working folder, the home and the temporary folder become a sign; what is below them stays readable."""
    for name in ("cwd", "home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    said = sentence(ValueError(f"no room for {place()}/runs/1.json"), row("/data/x.wav"))
    assert said == "no room for …/runs/1.json"


def test_a_root_is_no_place_of_ones_own(monkeypatch):
    """Where everything lies below the working folder, its path is no secret, and sentences keep their slashes."""
    monkeypatch.chdir("/")
    assert sentence(ValueError("1/2 of and/or"), row("/data/x.wav")) == "1/2 of and/or"


def test_an_error_without_words_says_its_kind():
    """Never an empty sentence."""
    assert sentence(TimeoutError(), row("/data/x.wav")) == "TimeoutError()"


def test_our_errors_say_their_sentence_alone():
    """The replay that an error carries for whoever catches it is let go: it holds all that was received."""
    problem = NoSuchFile(file="a/clip.wav", folder=str(Path.home() / "data"))
    problem.replay = object()
    said = sentence(problem, row("/elsewhere/clip.wav"))
    assert problem.replay is None
    assert "a/clip.wav" in said
    assert str(Path.home()) not in said
