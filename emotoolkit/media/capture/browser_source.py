"""Camera and microphone of the page that shows the notebook; Python may run on another machine."""

from __future__ import annotations

import json
import uuid
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import EmotoolkitError
from emotoolkit.media.capture.recorder_protocol import (
    CHUNK,
    PAGE,
    PageMessage,
    RecorderFailed,
    RecorderReady,
    RecordingBegan,
    RecordingEnded,
)
from emotoolkit.media.capture.source import Source
from emotoolkit.utils.browser_modules import bundle
from emotoolkit.utils.extras import needing

if TYPE_CHECKING:
    import os

    from emotoolkit.media.capture.recorder_protocol import RecorderMessage

__all__ = ["BrowserSource"]

BROWSER_FOLDER = Path(__file__).parent / "browser"


class BrowserSource(Source):
    """A source recorded by a page, whose view has device choice, preview, level, start and stop.

    Display it as the result of a cell or with `IPython.display.display(source)`; `emo.Player` plays what it records.

    Parameters
    ----------
    save : str, path or None
        See `Source`.
    pictures : bool
        Whether the page uses a camera.
    channels : int
        Requested channels of sound; 0 for none.
    rate : float
        Requested pictures per second.
    size : (int, int)
        Requested width and height in pixels.
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
        self._requested = {
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
        """The view, an anywidget. All its copies on the page share one recorder.

        Raises
        ------
        LibraryMissing
            anywidget is not installed.
        """
        with needing("anywidget", "The view of the recorder"):
            import anywidget
            import traitlets

        from emotoolkit.utils.subshells import receive_in_subshell

        class Recorder(anywidget.AnyWidget):
            """The state shared with the page."""

            _esm = bundle(BROWSER_FOLDER / "browser_source.js")
            _css = (BROWSER_FOLDER / "recorder.css").read_text(encoding="utf-8")
            request = traitlets.Dict().tag(sync=True)
            """What is to be recorded."""
            address = traitlets.Unicode().tag(sync=True)
            """Address of the recorder's WebSocket; empty before the start and after the end."""
            destinations = traitlets.Unicode().tag(sync=True)
            """Where the recording is sent, as a text."""
            message = traitlets.Unicode().tag(sync=True)
            """What went wrong, or how the recording ended."""

        widget = Recorder(request=self._requested, destinations=self.destinations)
        widget.on_msg(self._on_page_message)
        receive_in_subshell(widget)
        return widget

    def prepare(self) -> None:
        """Start the recorder's process, to which the page connects once it shows the view. See `Source.prepare`."""
        self._set_traits(message="", destinations=self.destinations)
        super().prepare()

    def _on_message(self, message: RecorderMessage) -> None:
        match message:
            case RecorderReady(address):
                self._set_traits(address=address)
            case PageMessage(content):
                self.widget.send(content)
            case RecorderFailed():
                self._set_traits(message=str(self.problem))
            case RecordingEnded():
                self._set_traits(address="", message=str(self.problem or f"Recorded to {self.file}."))
            case RecordingBegan():
                pass

    def _set_traits(self, **traits: str) -> None:
        for name, value in traits.items():
            setattr(self.widget, name, value)

    def _on_page_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Handle a message of the page through the kernel: the "record" button, or what it cannot send directly."""
        match content:
            case {"do": "record"}:
                try:
                    self.on_record()
                except EmotoolkitError as problem:
                    self._set_traits(message=str(problem))
            case {"do": "chunk"}:
                self._send(CHUNK, bytes(buffers[0]))
            case dict():
                self._send(PAGE, json.dumps(content).encode())

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)
