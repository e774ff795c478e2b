"""The synced player, tier 2: an anywidget whose page plays the medium over its timeline.

The page calls over the loopback server, whose thread answers while a cell runs; where it cannot reach that, since the
kernel is on another machine, the same calls come as comm messages, and the medium as their buffers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from emotoolkit.utils.browser_modules import bundle
from emotoolkit.views.page_server import open_endpoint

if TYPE_CHECKING:
    from concurrent.futures import Future

    from emotoolkit.views.page_calls import PageCalls

__all__ = ["PlayerWidget"]

BROWSER_FOLDER = Path(__file__).parent / "browser"


class PlayerWidget(anywidget.AnyWidget):
    """Medium and timeline of a desk's view, one following the other."""

    _esm = bundle(BROWSER_FOLDER / "player_widget.js")
    _css = BROWSER_FOLDER / "stage.css"

    url = traitlets.Unicode().tag(sync=True)
    """Where the page calls; a saved notebook shows only an address that is gone."""

    label = traitlets.Unicode().tag(sync=True)
    """What a screen reader calls it."""

    def __init__(self, calls: PageCalls, label: str) -> None:
        self._page_calls = calls
        self._endpoint = open_endpoint(calls)
        super().__init__(url=self._endpoint.url, label=label)
        self.on_msg(self._on_message)

    def close(self) -> None:
        """Take the view from all pages, and leave nothing running."""
        if not self._page_calls.closed:
            self._page_calls.close()
            self._endpoint.close()
        super().close()

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer a call that came as a comm message, from the server's thread: a cell may be running."""
        if isinstance(content, dict) and isinstance(content.get("call"), dict) and not self._page_calls.closed:
            number = content.get("number")
            answered = self._endpoint.server.submit(self._page_calls.answer(content["call"]))
            answered.add_done_callback(lambda done: self._reply(number, done))

    def _reply(self, number: Any, done: Future[Any]) -> None:
        if not done.cancelled() and self.comm is not None:
            answer, data = done.result()
            self.send({"number": number, "answer": answer}, [data] if data else None)
