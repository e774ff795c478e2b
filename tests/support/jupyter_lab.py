"""A real JupyterLab with notebooks in it, and a real page that shows one."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

ARTEFACTS = ROOT / "tests" / "artefacts"
"""Where pictures of the pages are kept, to be looked at."""

IMPATIENT = "[anywidget] Failed to initialize model."
"""What anywidget says after 2 s: a busy machine takes longer to open its first page, and the view comes all the same.
Where it does not come, the tests miss it."""

LOOPBACK = {"127.0.0.1", "localhost", "::1"}

CELL = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell"
FAILED = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
IDLE = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status="idle"]'


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    root: Path

    def write(self, name: str, *cells: str, **metadata: object) -> str:
        """Put a notebook of code cells into the folder."""
        title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# " + name}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return self._write(
            f"{name}.ipynb",
            cells=[title, *(_code_cell(number, source) for number, source in enumerate(cells))],
            metadata={"kernelspec": kernel, **metadata},
            nbformat=4,
            nbformat_minor=5,
        )

    def copy(self, path: Path) -> str:
        """Put a notebook into the folder as one that never ran."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        return self._write(path.name, **notebook)

    def _write(self, name: str, **notebook: object) -> str:
        (self.root / name).write_text(json.dumps(notebook), encoding="utf-8")
        return name

    def ask(self, path: str, method: str = "GET") -> object:
        """Ask Jupyter's own interface."""
        asked = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}, method=method
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def end_kernels(self) -> None:
        """End what earlier notebooks left running."""
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")


def _code_cell(number: int, source: str) -> dict[str, object]:
    """A code cell that never ran."""
    empty = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "id": f"code-{number}", "source": source, **empty}


@contextmanager
def running(folder: Path) -> Iterator[Lab]:
    """Start a JupyterLab of our own: its settings, its notebooks and its port are nobody else's."""
    root = folder / "notebooks"
    root.mkdir()
    (root.parent / "datasets").symlink_to(ROOT / "datasets")
    config = folder / "config"
    (config / "labconfig").mkdir(parents=True)
    off = ("@jupyterlab/apputils-extension:announcements", "@jupyterlab/debugger-extension")
    (config / "labconfig" / "page_config.json").write_text(json.dumps({"disabledExtensions": dict.fromkeys(off, True)}))
    tracker = folder / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text(json.dumps({"windowingMode": "none"}))  # cells out of sight are counted too
    names = ("DATA_DIR", "RUNTIME_DIR")
    environment = {
        **os.environ,
        **{f"JUPYTER_{name}": str(folder / name.lower()) for name in names},
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
        *("--ServerApp.terminals_enabled=False", "--LabApp.extension_manager=readonly"),
    ]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=log)
    lab = Lab(f"http://127.0.0.1:{port}", token, root)
    try:
        _wait_for(lab, server, folder / "lab.log")
        yield lab
        lab.end_kernels()
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(lab: Lab, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            lab.ask("/api/status")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


@dataclass
class Shown:
    """A page that shows a notebook, with what went wrong in it."""

    page: Page
    lab: Lab
    name: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Take note of errors in the console, and of requests that leave this machine."""
        self.page.on("console", lambda said: self._hear(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda asked: self._note(asked.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))

    def _hear(self, error: str) -> None:
        if error != IMPATIENT:
            self.errors.append(error)

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname not in LOOPBACK:
            self.strangers.append(url)

    def open(self, *, fresh: bool = True) -> Shown:
        """Go to the notebook and wait until its kernel is there."""
        reset = "&reset" if fresh else ""
        self.page.goto(
            f"{self.lab.url}/lab/tree/notebooks/{self.name}?token={self.lab.token}{reset}",
            wait_until="domcontentloaded",
        )
        self.page.locator(CELL).first.wait_for(timeout=90_000)
        self.page.locator(IDLE).wait_for(timeout=90_000)
        return self

    def cell(self, number: int) -> Locator:
        """A cell, counted from the first code cell after the title."""
        return self.page.locator(CELL).nth(number)

    def run(self, number: int) -> None:
        """Run one cell, and wait until it has begun."""
        cell = self.cell(number)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self._press_run(cell)

    def _press_run(self, cell: Locator) -> None:
        """JupyterLab drops what is run while it is still connecting; then it is asked again."""
        prompt = cell.locator(".jp-InputPrompt").first
        before = prompt.text_content()
        for _ in range(10):
            self.page.keyboard.press("Control+Enter")
            for _ in range(10):
                self.page.wait_for_timeout(50)
                if prompt.text_content() != before:
                    return
        raise AssertionError(f"the cell does not run: {self.errors}")

    def run_all(self) -> None:
        """Run the whole notebook from the menu, and wait until it has begun; asked again as in `_press_run`."""
        for _ in range(10):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
            self.page.wait_for_timeout(1500)
            if re.search(r"[\d*]", "".join(self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents())):
                return
        raise AssertionError(f"the notebook does not run: {self.errors}")

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait until nothing runs any more."""
        self.page.locator(IDLE).wait_for(timeout=timeout * 1000)

    def wait_done(self, timeout: float = 120) -> None:
        """Wait until every code cell has run, or one of them has failed: those behind it never will."""
        done = (
            f"() => document.querySelector('{FAILED}') !== null"
            f" || [...document.querySelectorAll('{CELL}.jp-CodeCell .jp-InputPrompt')]"
            ".every((each) => /\\[[0-9]+\\]/.test(each.textContent))"
        )
        self.page.wait_for_function(done, timeout=timeout * 1000)
        assert self.page.locator(FAILED).all_text_contents() == []

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.page.locator(CELL).count()

    def has_view(self, number: int) -> bool:
        """Whether a cell shows a live view."""
        return self.cell(number).locator(".emo-stage, .widget-html-content [role=status]").count() > 0

    def save(self) -> None:
        """Save the notebook, outputs and all."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_timeout(800)

    def picture(self, name: str) -> None:
        """Keep what the page looks like."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")

    def prints(self, code: str, number: int = -1) -> str:
        """Write code into the last cell, run it and read what it printed."""
        cell = self.page.locator(CELL).last
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code + "\nprint('done')")
        self._press_run(cell)
        self.page.wait_for_function(
            "cell => !cell.querySelector('.jp-InputPrompt').textContent.includes('*')",
            arg=cell.element_handle(),
            timeout=60_000,
        )
        output = cell.locator(".jp-OutputArea-output")
        output.first.wait_for()
        return "\n".join(output.all_inner_texts()).strip().removesuffix("done").strip()


def shown(browser: Browser, lab: Lab, name: str) -> Shown:
    """Open a page of its own for a notebook."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)  # a busy machine starts kernels slowly
    # JupyterLab asks which kernel to take if it is quicker than its own list of kernels.
    asked = page.locator(".jp-Dialog", has_text="Select Kernel")
    page.add_locator_handler(asked, lambda dialog: dialog.locator("button.jp-mod-accept").click())
    opened = Shown(page, lab, name)
    opened.watch()
    return opened
