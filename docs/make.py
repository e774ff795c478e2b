"""Make anew what the documentation shows: `python -m docs.make`, from the root of the repository.

The README's pictures, and the notebooks' outputs. Where a notebook shows a live view, a picture of it is kept, taken in
a real JupyterLab; progress bars are left out: they mean nothing standing still.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd
from nbclient import NotebookClient

import emotoolkit as emo
from emotoolkit.plots.figure import WIDTH_INCHES, NotebookFigure
from tests.support.browser import chromium
from tests.support.faces import devices
from tests.support.jupyter_lab import Shown, running, shown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser

WIDGET = "application/vnd.jupyter.widget-view+json"

NOTEBOOKS = Path("notebooks")

LIVE = """
import emotoolkit as emo
talk = emo.Recording("../datasets/sample/interview.mp4")
player = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()])
emo.live(player)
"""


CAMERA = """
import emotoolkit as emo
player = emo.Player(emo.camera(), [emo.EmotionLogic(), emo.Interhuman()])
emo.live(player)
"""


def timeline() -> None:
    talk = emo.Recording("datasets/sample/interview.mp4")
    voice, face = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()], speed=8).start().wait()
    truth = pd.read_csv("datasets/sample/truth.csv").query("track in ['voice', 'face']")
    emo.plot_timeline(talk, voice, face, labels=truth).savefig("docs/timeline.png", dpi=100)
    emo.plot_compare(voice, face).savefig("docs/compare.png", dpi=80)


def pace() -> None:
    """How exactly the sample interview is sent at the pace of life, and how soon it is answered."""
    voice, face = emo.Player("datasets/sample/interview.mp4", [emo.EmotionLogic(), emo.Interhuman()]).start().wait()
    figure = NotebookFigure(figsize=(WIDTH_INCHES, 5.2), layout="constrained")
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
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab, before_the_camera(folder) as browser:
        page = shown(browser, lab, lab.copy(path))
        page.page.set_viewport_size({"width": 1240, "height": 3000})
        page.open()
        page.run_all()
        page.wait_done(300)
        return {number: view(page, number) for number in range(page.cells) if page.has_view(number)}


def view(page: Shown, number: int) -> bytes:
    cell = page.cell(number)
    cell.scroll_into_view_if_needed()
    if cell.locator(".emo-record").count():
        record(page, 12)
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


def camera() -> None:
    """A live session under way, for the README."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab, before_the_camera(folder) as browser:
        page = shown(browser, lab, lab.write("camera", CAMERA))
        page.page.set_viewport_size({"width": 1240, "height": 1800})
        page.open().run(1)
        record(page, 16)
        page.cell(1).locator(".jp-OutputArea-child").first.screenshot(path="docs/camera.png")


def before_the_camera(folder: str) -> AbstractContextManager[Browser]:
    """A browser before which the person of the sample interview sits."""
    return chromium(*devices(emo.Recording("datasets/sample/interview.mp4"), Path(folder)))


def record(page: Shown, seconds: int) -> None:
    """Press "Record" in a view, and let it record for some seconds."""
    page.page.locator(".emo-record").click(timeout=60_000)
    page.page.locator(".emo-recorder[data-state=recording]").wait_for(timeout=60_000)
    page.page.wait_for_timeout(seconds * 1000)


if __name__ == "__main__":
    names = sys.argv[1:]
    if not names:
        timeline()
        pace()
        live()
        camera()
    for each in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or each.stem in names:
            outputs(each)
