"""Make anew what the documentation shows: `python -m docs.make`, from the root of the repository.

The README's pictures, and the notebooks' outputs. Where a notebook shows a live view, a picture of it is kept, taken in
a real JupyterLab; progress bars are left out: they mean nothing standing still.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

import emotoolkit as emo
from emotoolkit.figure import WIDTH, ShownFigure
from tests.browser import chromium
from tests.view.lab import Shown, running, shown

WIDGET = "application/vnd.jupyter.widget-view+json"

NOTEBOOKS = Path("notebooks")

LIVE = """
import emotoolkit as emo
talk = emo.Recording("../datasets/sample/interview.mp4")
player = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()])
emo.live(player)
"""


def timeline() -> None:
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
    views = pictures_of_views(path) if "emo.live(" in path.read_text(encoding="utf-8") else {}
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
            cell.outputs += [picture_output(views[number])] if number in views else []
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


def picture_output(jpeg: bytes) -> Any:
    data = {"image/jpeg": base64.b64encode(jpeg).decode(), "text/plain": "a picture of the live view"}
    return nbformat.v4.new_output("display_data", data=data)


def pictures_of_views(path: Path) -> dict[int, bytes]:
    """Run a notebook in a page, and take a picture of each view by the number of its cell."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab, chromium() as browser:
        page = shown(browser, lab, lab.copy(path))
        page.page.set_viewport_size({"width": 1240, "height": 3000})
        page.open()
        page.run_all()
        page.wait_done(300)
        return {number: view(page, number) for number in range(page.cells) if page.has_view(number)}


def view(page: Shown, number: int) -> bytes:
    cell = page.cell(number)
    cell.scroll_into_view_if_needed()
    page.page.wait_for_timeout(1500)
    return bytes(cell.locator(".jp-OutputArea-child").first.screenshot(type="jpeg", quality=85))


def live() -> None:
    """A replay under way, for the README."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab, chromium() as browser:
        page = shown(browser, lab, lab.write("live", LIVE))
        page.page.set_viewport_size({"width": 1240, "height": 1600})
        page.open().run(1)
        page.page.locator(".emo-bar button", has_text="Start").click(timeout=60_000)
        page.page.wait_for_function("Number(document.querySelector('.emo-axis').ariaValueNow) > 17.5", timeout=90_000)
        page.cell(1).locator(".jp-OutputArea-child").first.screenshot(path="docs/live.png")


if __name__ == "__main__":
    names = sys.argv[1:]
    if not names:
        timeline()
        pace()
        live()
    for each in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or each.stem in names:
            outputs(each)
