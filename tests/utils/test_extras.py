"""Libraries that the package can do without: where one is missing, a sentence says what for and what to type."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import emotoolkit as emo
from emotoolkit import errors
from emotoolkit.utils import extras

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

QUIET = {
    "IPython": "is there in a notebook, and not asked for elsewhere",
    "traitlets": "comes with ipywidgets and anywidget",
    "engineio": "is what socketio is made of",
    "uvloop": "makes things faster, and nothing else",
}
"""What is in no extra of its own, or is never missed."""

BLOCKER = """
import os, sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.partition(".")[0] in os.environ["WITHOUT"].split(",")
        return None if hidden else super().find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""
"""A `sitecustomize.py` that hides libraries, from children as well."""

BEGIN = """
import sys, tempfile
from pathlib import Path
import emotoolkit as emo
talk, folder = emo.sample("talk"), tempfile.mkdtemp()
fast = {"speed": float("inf"), "progress": False}
Path(folder, "db.yaml").write_text("name: x")
for name in ("a.eaf", "a.TextGrid", "a.parquet"):
    Path(folder, name).write_text("x")
"""

DOOR = """
try:
    {door}
except ImportError as problem:
    print(type(problem).__name__, problem.name, problem)
"""

DESKTOP = """
source = emo.{source}
emo.Player(source, emo.EmotionLogic(), until=2).start().wait()
"""

EXPORTS = """
said = emo.replay(talk, emo.EmotionLogic(), **fast)
for form in ("audformat", "eaf", "textgrid", "parquet"):
    try:
        emo.export(said, form, folder + "/out")
    except emo.errors.LibraryMissing as missing:
        print(missing, Path(folder, "out").exists())
for form in ("csv", "bids", "rttm", "webvtt", "label-studio", "cassettes"):
    print(form, len(emo.export(said, form, folder + "/plain")) > 0)
"""

FACES = """
face = emo.replay(emo.sample("interview"), emo.Interhuman(), **fast)
print(len(face.packets) > 0)
"""


def names(module: str) -> str:
    return re.split(r"[<>=!;\[ ]", module, maxsplit=1)[0].lower()


def brought() -> dict[str, str]:
    """Which extra names each library, by the name of its distribution."""
    libraries = ("plots", "fast", "face", "live", "datasets", "exports", "cluster", "desktop")
    return {
        "distributed" if names(each) == "dask" else names(each): extra
        for extra in libraries
        for each in PROJECT["optional-dependencies"][extra]
        if names(each) != "emotoolkit"
    }


def test_the_table_is_that_of_the_project():
    """Each library of an extra is in the table with that extra, and nothing else is."""
    provides = metadata.packages_distributions()
    table = {provides[name][0].lower(): library.extra for name, library in extras.LIBRARIES.items()}
    assert table | {"uvloop": "fast"} == brought()


def imported(path: Path) -> set[str]:
    """Which packages a module imports, other than for its annotations."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) if node.module}
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"emotoolkit"}


def test_nothing_else_is_imported():
    """What the package imports comes with it, or is in the table."""
    provides = metadata.packages_distributions()
    ours = {names(each) for each in PROJECT["dependencies"]}
    everything = set().union(*(imported(path) for path in (ROOT / "emotoolkit").rglob("*.py")))
    theirs = {name for name in everything if not ours & {each.lower() for each in provides[name]}}
    assert theirs <= {*extras.LIBRARIES, *QUIET}


@pytest.fixture
def without(tmp_path):
    """Run code, or a command, in a Python that has not these libraries, nor have its children; gives what it says."""
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(BLOCKER)

    def run(libraries: str, code: str = "", command: Sequence[str] = ()) -> str:
        call = [*("-m", "emotoolkit.cli"), *command] if command else ["-c", BEGIN + code]
        path = os.pathsep.join(map(str, (tmp_path / "blocker", ROOT)))
        done = subprocess.run(
            [sys.executable, "-P", *call],
            env={**os.environ, "PYTHONPATH": path, "WITHOUT": libraries},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return f"{done.stdout}{done.stderr}{done.returncode}"

    return run


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("matplotlib", "emo.plot_timeline(talk)"),
        ("matplotlib", "emo.plot_waveform(emo.Recording(talk))"),
        ("ipywidgets", "emo.live(emo.Recording(talk))"),
        ("anywidget", "emo.live(emo.Recording(talk), timeline='synced')"),
        ("anywidget", "emo.camera(via='browser').widget"),
        ("pyarrow", "emo.replay_dataset([talk], emo.EmotionLogic(), folder=folder)"),
        ("fsspec", "emo.Run(folder)"),
        ("pyarrow", "emo.read_dataset(folder + '/a.parquet')"),
        ("fsspec", "emo.read_dataset('memory://a.parquet')"),
        ("fsspec", "emo.read_dataset('memory://a.csv')"),
        ("fsspec", "emo.read_dataset('memory://a')"),
        ("audformat", "emo.read_dataset(folder)"),
        ("audformat", "emo.read_labels(folder)"),
        ("pympi", "emo.read_labels(folder + '/a.eaf')"),
        ("praatio", "emo.read_labels(folder + '/a.TextGrid')"),
        ("pyarrow", "emo.read_labels(folder + '/a.parquet')"),
        ("distributed", "from emotoolkit.datasets.batch.dask_executor import DaskExecutor; DaskExecutor(None, 1)"),
    ],
)
def test_each_door(library, door, without):
    """Where a library is missing, the door says what needs it and what to type, as an ImportError too."""
    said = without(library, DOOR.format(door=door))
    assert said.startswith(f"LibraryMissing {library} ")
    assert f" needs {library}, which cannot be imported here (No module named '{library}" in said
    assert f'To install it: pip install "emotoolkit[{extras.LIBRARIES[library].extra}]"' in said


@pytest.mark.parametrize(
    ("library", "source", "purpose"),
    [
        ("cv2", "camera(folder + '/live.webm', via='desktop', microphone=talk)", "The camera"),
        ("sounddevice", "microphone(folder + '/live.webm', via='desktop')", "The microphone"),
    ],
)
def test_devices(library, source, purpose, without):
    """What the recorder's process misses is said by the player."""
    said = without(library, DESKTOP.format(source=source))
    assert f"LibraryMissing: {purpose} needs {library}, which cannot be imported here" in said
    assert 'To install it: pip install "emotoolkit[desktop]"' in said


def test_exports(without):
    """A format that is written with another library says so before anything is made; the others need none."""
    said = without(",".join(extras.LIBRARIES), EXPORTS)
    for library in ("audformat", "pympi", "praatio", "pyarrow"):
        assert re.search(f' needs {library}, which .* pip install "emotoolkit\\[.*\\]" False', said)
    for form in ("csv", "bids", "rttm", "webvtt", "label-studio", "cassettes"):
        assert f"{form} True" in said
    assert said.endswith("0")


def test_faces(without):
    """A local server that cannot look for faces is a warning, not an error; one elsewhere is none."""
    said = without("cv2", FACES)
    assert f"NoFacesWarning: {errors.NoFacesWarning.sentence}" in said
    assert 'pip install "emotoolkit[face]"' in said
    assert "True" in said
    assert "Traceback" not in said
    url = 'emo.Interhuman(url="ws://127.0.0.1:9").located()'
    assert "NoFaces" not in without("cv2", url)


@pytest.mark.parametrize(
    ("command", "library", "code"),
    [
        (("export", "{journal}", "--format", "eaf"), "pympi", 1),
        (("dataset", "{talk}", "--folder", "run"), "pyarrow", 1),
        (("demo", "--speed", "inf"), "matplotlib", 0),
    ],
)
def test_from_a_shell(command, library, code, without, sample):
    """A command says the sentence and no more; the demo shows its tables all the same."""
    journal = emo.replay(sample / "talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False).journal
    said = without(library, command=[each.format(journal=journal, talk=sample) for each in command])
    assert f" needs {library}, which cannot be imported here" in said
    assert "Traceback" not in said
    assert said.endswith(str(code))


def test_found_by_anybody(monkeypatch):
    """Who catches Python's own error catches ours, with the library's name; what is there is imported and no more."""
    monkeypatch.setitem(sys.modules, "pympi", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        extras.need("pympi")
    assert caught.value.name == caught.value.library == "pympi"
    extras.need("matplotlib", "pyarrow")
