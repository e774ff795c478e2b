"""Make anew what the documentation shows: `python docs/make.py`, from the root of the repository.

The README's pictures, and the notebooks' outputs without their progress bars, which mean nothing standing still. With
names, as in `python docs/make.py pictures 05_timelines`, only those.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient

import emotoolkit as emo
from emotoolkit.figure import WIDTH, ShownFigure

WIDGET = "application/vnd.jupyter.widget-view+json"


def pictures() -> None:
    talk = emo.Recording("datasets/sample/interview.mp4")
    voice, face = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()], speed=8).start().wait()
    truth = pd.read_csv("datasets/sample/truth.csv").query("track in ['voice', 'face']")
    emo.plot_timeline(talk, voice, face, labels=truth).savefig("docs/timeline.png", dpi=100)
    emo.plot_compare(voice, face).savefig("docs/compare.png", dpi=80)


def pace() -> None:
    """How exactly the sample interview is sent at the pace of life, and how soon it is answered."""
    voice, face = emo.Player("datasets/sample/interview.mp4", [emo.EmotionLogic(), emo.Interhuman()]).start().wait()
    figure = ShownFigure(figsize=(WIDTH, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1)
    emo.plot_pace(voice, face, ax=above)
    emo.plot_latency(voice, face, ax=below)
    figure.savefig("docs/pace.png", dpi=100)


def outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    chosen = sys.argv[1:]
    if not chosen or "pictures" in chosen:
        pictures()
        pace()
    for each in sorted(Path("notebooks").glob("*.ipynb")):
        if not chosen or each.stem in chosen:
            outputs(each)
