"""What we show is run: the README's code, every docstring's example, and the notebooks."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import matplotlib as mpl
import pytest

import emotoolkit

ROOT = Path(__file__).parents[1]
MODULES = sorted(module.name for module in pkgutil.walk_packages(emotoolkit.__path__, "emotoolkit."))

SLOW = "04_what_is_measured"
"""Compares what is measured with Praat, sound by sound; tests/measure does so with the same functions."""

NOTEBOOKS = [
    pytest.param(path.stem, marks=[pytest.mark.soak] if path.stem == SLOW else [])
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
]


@pytest.fixture
def at_the_root(monkeypatch):
    """Examples name files from the root of the repository."""
    monkeypatch.chdir(ROOT)
    mpl.use("agg")


def test_readme(at_the_root, monkeypatch):
    """The README's Python runs from top to bottom, against local servers."""
    for name in ("EMOTION_LOGIC_URL", "INTERHUMAN_URL", "INTERHUMAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    names["view"].close()  # in a notebook its cell would, when it runs again
    assert len(names["voice"].segments) > 5
    assert len(names["face"].engagement) > 0


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(at_the_root, name):
    """The examples in the docstrings say what really comes out."""
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0


@pytest.mark.timeout(600)  # of which a cell may take a fifth
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks(name):
    """Each notebook runs in a real kernel from top to bottom, and every figure it promises is shown."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    import nbformat  # takes seconds, and so does nbclient
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) or "<svg" in str(output.get("data", {}).get("text/html", ""))
    ]
    promised = sum("plot_" in cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert len(pictures) >= promised > 0
