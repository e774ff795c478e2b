"""Camera and microphone of the page that shows the notebook, also when Python runs on another machine."""

from __future__ import annotations

import json
import uuid
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import EmotoolkitError
from emotoolkit.media.capture.recorder_protocol import CHUNK, PAGE, Began, Ended, Failed, Told, Waiting
from emotoolkit.media.capture.source import Source
from emotoolkit.utils.browser_modules import joined
from emotoolkit.utils.extras import needing

if TYPE_CHECKING:
    import os

    from emotoolkit.media.capture.recorder_protocol import Line

__all__ = ["BrowserSource"]

PARTS = Path(__file__).parent / "browser"


class BrowserSource(Source):
    """A source whose recorder is a page: device choice, preview, level, start and stop are in its view.

    Show it (it is what the cell returns, or `IPython.display.display(source)`); `emo.Player` plays what it records.

    Parameters
    ----------
    save : str, path or None
        See `Source`.
    pictures : bool
        Whether the page uses a camera.
    channels : int
        Of the sound that is asked for; 0 for none.
    rate : float
        Pictures per second that are asked for.
    size : (int, int)
        Width and height in pixels that are asked for.
    """

    def __init__(
        self,
        save: str | os.PathLike[str] | None,
        *,
        pictures: bool,
        channels: int,
        rate: float,
        size: tuple[int, int],
    ) -> None:
        super().__init__("emotoolkit.media.capture.browser_recorder", save, pictures=pictures, channels=channels)
        self._asked = {
            "pictures": pictures,
            "channels": channels,
            "rate": rate,
            "width": size[0],
            "height": size[1],
            "file": self.file,
            "source": uuid.uuid4().hex,
        }

    @cached_property
    def widget(self) -> Any:
        """The view, an anywidget. All its copies on the page are one recorder.

        Raises
        ------
        LibraryMissing
            anywidget is not installed.
        """
        with needing("anywidget", "The view of the recorder"):
            import anywidget
            import traitlets

        from emotoolkit.utils.subshells import hear_beside_cells

        class Recorder(anywidget.AnyWidget):
            """What the page knows of a source."""

            _esm = joined(PARTS / "browser_source.js")
            _css = (PARTS / "recorder.css").read_text(encoding="utf-8")
            asked = traitlets.Dict().tag(sync=True)
            """What is to be recorded."""
            address = traitlets.Unicode().tag(sync=True)
            """Where the page brings it; empty before the start and after the end."""
            goes = traitlets.Unicode().tag(sync=True)
            """Where it is sent, in words."""
            said = traitlets.Unicode().tag(sync=True)
            """What went wrong, or how it ended."""

        made = Recorder(asked=self._asked, goes=self.goes)
        made.on_msg(self._called)
        hear_beside_cells(made)
        return made

    def prepare(self) -> None:
        """Let the page come, as soon as it shows the view. See `Source.prepare`."""
        self._tell(said="", goes=self.goes)
        super().prepare()

    def _told(self, line: Line) -> None:
        match line:
            case Waiting(address):
                self._tell(address=address)
            case Told(message):
                self.widget.send(message)
            case Failed():
                self._tell(said=str(self.problem))
            case Ended():
                self._tell(address="", said=str(self.problem or f"Recorded to {self.file}."))
            case Began():
                pass

    def _tell(self, **traits: str) -> None:
        for name, value in traits.items():
            setattr(self.widget, name, value)

    def _called(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Hear the page, over the kernel: that somebody pressed "record", or what cannot come directly."""
        match content:
            case {"do": "record"}:
                try:
                    self.starting()
                except EmotoolkitError as problem:
                    self._tell(said=str(problem))
            case {"do": "chunk"}:
                self._send(CHUNK, bytes(buffers[0]))
            case dict():
                self._send(PAGE, json.dumps(content).encode())

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.widget._repr_mimebundle_(**how)
