"""The synced player, tier 2: an anywidget whose page plays the medium over its timeline.

The page calls the loopback server, whose thread answers while a cell runs. Where it cannot reach that server, since the
kernel is on another machine, it sends the same calls as comm messages, and the medium comes as their buffers. Those
messages arrive on the kernel's thread and are answered on the server's.
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
    """Medium and timeline of one recording, synchronised in the page."""

    _esm = bundle(BROWSER_FOLDER / "player_widget.js")
    _css = BROWSER_FOLDER / "stage.css"

    url = traitlets.Unicode().tag(sync=True)
    """The URL that the page calls, with its token; in a saved notebook it is no longer served."""

    label = traitlets.Unicode().tag(sync=True)
    """The name for screen readers."""

    def __init__(self, calls: PageCalls, label: str) -> None:
        self._page_calls = calls
        self._endpoint = open_endpoint(calls)
        super().__init__(url=self._endpoint.url, label=label)
        self.on_msg(self._on_message)

    def close(self) -> None:
        """Remove the view from all pages, and stop serving it."""
        if not self._page_calls.closed:
            self._page_calls.close()
            self._endpoint.close()
        super().close()

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer a call by comm message on the server's thread, so that a running cell does not delay it."""
        if isinstance(content, dict) and isinstance(content.get("call"), dict) and not self._page_calls.closed:
            number = content.get("number")
            answered = self._endpoint.server.submit(self._page_calls.answer(content["call"]))
            answered.add_done_callback(lambda done: self._reply(number, done))

    def _reply(self, number: Any, done: Future[Any]) -> None:
        if not done.cancelled() and self.comm is not None:
            answer, data = done.result()
            self.send({"number": number, "answer": answer}, [data] if data else None)
