"""The sample recordings: found by name, wherever the package is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import emotoolkit as emo
from emotoolkit.media.sample import FILES

ROOT = Path(__file__).parents[2]


def test_what_there_is(sample):
    """Each name is that of a file, and each file but the README has one."""
    assert emo.sample() == sample
    assert {*FILES.values()} == {path.name for path in sample.iterdir()} - {"README.md"}
    for name, file in FILES.items():
        assert emo.sample(name) == emo.sample(file) == sample / file


def test_wrong_name():
    """A name that there is not is a sentence with those that there are."""
    with pytest.raises(emo.errors.SettingsError) as caught:
        emo.sample("film")
    rule = "it must be one of call, interview, manifest, talk, truth"
    assert str(caught.value) == f"sample='film' is not legal here: {rule}."


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel, built from a source distribution as pip and uv build it."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("there is no uv, which builds the wheel")
    out = tmp_path_factory.mktemp("wheel")
    call = [uv, "build", "--offline", "--quiet", "--out-dir", str(out), str(ROOT)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if "hatchling" in done.stderr and done.returncode:
        pytest.skip("hatchling, which the wheel is built with, is not in uv's cache")
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


REPLAY = """
import emotoolkit as emo
path = emo.sample("interview")
print(path)
assert (path.parent / "README.md").exists()
corpus = emo.read_dataset(emo.sample())
assert len(corpus) == 3 and all(emo.Recording(file).duration > 29 for file in corpus["file"])
assert len(emo.replay(path, emo.EmotionLogic(), speed=float("inf"), progress=False).segments)
"""


def test_in_a_wheel(wheel, tmp_path):
    """A package that is imported from an unpacked wheel, in a folder of its own, has its sample, and replays it."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for call in (["-c", REPLAY], ["-m", "emotoolkit.cli", "demo", "--speed", "inf"]):
        done = subprocess.run(
            [sys.executable, "-P", *call], env=environ, cwd=elsewhere, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert f"{tmp_path}/installed/emotoolkit/datasets/sample/interview.mp4" in done.stdout
    assert (elsewhere / "demo.png").read_bytes().startswith(b"\x89PNG")
