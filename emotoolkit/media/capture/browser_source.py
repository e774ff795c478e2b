"""Camera and microphone of the page that shows the notebook, also when Python runs on another machine."""

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
    """A source whose recorder is a page: device choice, preview, level, start and stop are in its view.

    Show it (it is what the cell returns, or `IPython.display.display(source)`); `emo.Player` plays what it records.

    Parameters
    ----------
    save : str, path or None
        See `Viewable`.
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
        """The view, an anywidget. All its copies on the page are one recorder.

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
            """What the page knows of a source."""

            _esm = bundle(BROWSER_FOLDER / "browser_source.js")
            _css = (BROWSER_FOLDER / "recorder.css").read_text(encoding="utf-8")
            asked = traitlets.Dict().tag(sync=True)
            """What is to be recorded."""
            address = traitlets.Unicode().tag(sync=True)
            """Where the page brings it; empty before the start and after the end."""
            goes = traitlets.Unicode().tag(sync=True)
            """Where it is sent, in words."""
            said = traitlets.Unicode().tag(sync=True)
            """What went wrong, or how it ended."""

        made = Recorder(asked=self._requested, goes=self.destinations)
        made.on_msg(self._on_page_message)
        receive_in_subshell(made)
        return made

    def prepare(self) -> None:
        """Let the page come, as soon as it shows the view. See `Source.prepare`."""
        self._set_traits(said="", goes=self.destinations)
        super().prepare()

    def _on_message(self, line: RecorderMessage) -> None:
        match line:
            case RecorderReady(address):
                self._set_traits(address=address)
            case PageMessage(message):
                self.widget.send(message)
            case RecorderFailed():
                self._set_traits(said=str(self.problem))
            case RecordingEnded():
                self._set_traits(address="", said=str(self.problem or f"Recorded to {self.file}."))
            case RecordingBegan():
                pass

    def _set_traits(self, **traits: str) -> None:
        for name, value in traits.items():
            setattr(self.widget, name, value)

    def _on_page_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Hear the page, over the kernel: that somebody pressed "record", or what cannot come directly."""
        match content:
            case {"do": "record"}:
                try:
                    self.on_record()
                except EmotoolkitError as problem:
                    self._set_traits(said=str(problem))
            case {"do": "chunk"}:
                self._send(CHUNK, bytes(buffers[0]))
            case dict():
                self._send(PAGE, json.dumps(content).encode())

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.widget._repr_mimebundle_(**how)
