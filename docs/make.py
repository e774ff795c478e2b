"""Make anew what the documentation shows: `python docs/make.py`, from the root of the repository.

The README's pictures, and the notebooks' outputs without their progress bars, which mean nothing standing still.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

import emotoolkit as emo
from emotoolkit.figure import WIDTH, ShownFigure

WIDGET = "application/vnd.jupyter.widget-view+json"


def picture() -> None:
    talk = emo.Recording("datasets/sample/interview.mp4")
    voice, face = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()], speed=8).start().wait()
    emo.plot_timeline(talk, voice, face).savefig("docs/timeline.png", dpi=100)


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
    picture()
    pace()
    for each in sorted(Path("notebooks").glob("*.ipynb")):
        outputs(each)
