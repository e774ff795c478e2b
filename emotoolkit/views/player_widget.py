"""The synced player, tier 2: an anywidget whose page plays the medium over its timeline.

The page calls over the loopback server, whose thread answers while a cell runs; where it cannot reach that, since the
kernel is on another machine, the same calls come as comm messages, and the medium as their buffers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from emotoolkit.utils.browser_modules import joined
from emotoolkit.views.page_server import place

if TYPE_CHECKING:
    from concurrent.futures import Future

    from emotoolkit.views.page_calls import Desk

__all__ = ["Synced"]

BROWSER = Path(__file__).parent / "browser"


class Synced(anywidget.AnyWidget):
    """Medium and timeline of a desk's view, one following the other."""

    _esm = joined(BROWSER / "player_widget.js")
    _css = BROWSER / "stage.css"

    url = traitlets.Unicode().tag(sync=True)
    """Where the page calls; a saved notebook shows only an address that is gone."""

    label = traitlets.Unicode().tag(sync=True)
    """What a screen reader calls it."""

    def __init__(self, desk: Desk, label: str) -> None:
        self._desk = desk
        self._place = place(desk)
        super().__init__(url=self._place.url, label=label)
        self.on_msg(self._called)

    def close(self) -> None:
        """Take the view from all pages, and leave nothing running."""
        if not self._desk.closed:
            self._desk.close()
            self._place.close()
        super().close()

    def _called(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer a call that came as a comm message, from the server's thread: a cell may be running."""
        if isinstance(content, dict) and isinstance(content.get("call"), dict) and not self._desk.closed:
            number = content.get("number")
            answered = self._place.server.submit(self._desk.answer(content["call"]))
            answered.add_done_callback(lambda done: self._reply(number, done))

    def _reply(self, number: Any, done: Future[Any]) -> None:
        if not done.cancelled() and self.comm is not None:
            answer, data = done.result()
            self.send({"number": number, "answer": answer}, [data] if data else None)
