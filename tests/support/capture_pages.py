"""A plain page with the recorder's own module and a stand-in for the notebook's model, in a real browser."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.media.capture import browser_source
from emotoolkit.utils.browser_modules import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from emotoolkit.media.capture.browser_source import BrowserSource

__all__ = ["Shown", "shown"]

FOLDER = Path(browser_source.__file__).parent / "browser"

STAND_IN = """
window.made = [];                      // what the browser's recorder produced,
window.when = [];                      // and at which second since 1970
window.kept = true;
const Real = window.MediaRecorder;
window.MediaRecorder = class extends Real {
  constructor(...all) { super(...all); this.addEventListener("dataavailable", keep); }
};
function keep({ data }) {
  if (!kept || !data.size) return;
  made.push(data);
  when.push((performance.timeOrigin + performance.now()) / 1000);
}
const listeners = {};
window.model = {
  traits: {},
  get(name) { return this.traits[name]; },
  set(name, value) { this.traits[name] = value; for (const each of listeners["change:" + name] || []) each(); },
  on(name, each) { (listeners[name] ||= new Set()).add(each); },
  off(name, each) { listeners[name]?.delete(each); },
  send(content, _, buffers) {
    const bytes = buffers?.length ? Array.from(new Uint8Array(buffers[0])) : [];
    toKernel(content, btoa(bytes.map((each) => String.fromCharCode(each)).join("")));
  },
  hear(message) { for (const each of listeners["msg:custom"] || []) each(message); },
};
window.show = async (traits) => {
  Object.assign(model.traits, traits);
  const { default: widget, recorderOf } = await import("/widget.js");
  window.recorder = recorderOf(model);
  window.forget = widget.initialize({ model });
  widget.render({ model, el: document.body });
};
window.everything = async () => {
  const data = new Uint8Array(await new Blob(made).arrayBuffer());
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(text);
};
"""


class _Served(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            page = '<link rel="stylesheet" href="/recorder.css"><link rel="icon" href="data:,"><body>'
            self._answer("text/html", page)
        elif self.path == "/widget.js":
            self._answer("text/javascript", bundle(FOLDER / "browser_source.js"))
        else:
            super().do_GET()

    def _answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Shown:
    """A source's view in a page."""

    def __init__(self, page: Page, source: BrowserSource) -> None:
        self.page, self.source = page, source
        self.problems: list[str] = []
        page.on("pageerror", lambda problem: self.problems.append(str(problem)))
        page.expose_function("toKernel", self._to_kernel)
        page.evaluate(STAND_IN)
        page.evaluate("(traits) => show(traits)", self._traits())

    def sync(self) -> None:
        """Bring the traits to the page, as the notebook does by itself."""
        for name, value in self._traits().items():
            self.page.evaluate("([name, value]) => model.get(name) !== value && model.set(name, value)", [name, value])

    def until(self, holds: str, seconds: float = 30) -> None:
        """Wait for something to hold in the page, bringing traits there meanwhile."""
        for _ in range(int(seconds * 10)):
            self.sync()
            if self.page.evaluate(holds):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{holds}: {self.page.evaluate('[recorder.state, recorder.message, made.length]')}")

    @property
    def produced(self) -> bytes:
        """Everything that the browser's recorder produced."""
        return base64.b64decode(self.page.evaluate("everything()"))

    def _traits(self) -> dict[str, object]:
        widget = self.source.widget
        return {name: getattr(widget, name) for name in ("request", "address", "destinations", "message")}

    def _to_kernel(self, content: dict[str, object], data: str) -> None:
        self.source._on_page_message(None, content, [memoryview(base64.b64decode(data))] if data else [])


@contextmanager
def shown(browser: Browser, source: BrowserSource) -> Iterator[Shown]:
    """Show a source in a page of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Served, directory=str(FOLDER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield Shown(page, source)
    finally:
        page.close()
        server.shutdown()
        server.server_close()
