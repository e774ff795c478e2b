"""The medium that a page plays: the recording's own file where browsers play it, else a preview.

The preview is written on a thread of its own, which sets `path` once the file is complete and `message` on the way.
Pages only read these two, so no lock is needed for them; the lock is for starting and closing, which different threads
may do at once.
"""

from __future__ import annotations

import mimetypes
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from emotoolkit.errors import EmotoolkitError
from emotoolkit.utils.folders import scratch_folder
from emotoolkit.views import preview_file

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.media.recording import Recording

__all__ = ["PlayableMedium"]

MIME_TYPES = {
    ".wav": "audio/wav",
    ".mkv": "video/webm",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
}
"""MIME types that browsers know, where those of Python's own table are missing or unknown to browsers."""


class PlayableMedium:
    """The file that a page plays, and a message for the reader about it.

    Parameters
    ----------
    recording : Recording or None
        None: there is no file.
    missing_reason : str
        Why there is none.

    Attributes
    ----------
    path : pathlib.Path or None
        The file to play; None while there is none.
    message : str
        Why there is nothing to play, or that it is a preview; "" for the recording itself.
    """

    def __init__(self, recording: Recording | None, missing_reason: str = "") -> None:
        self.recording = recording
        self.path: Path | None = None
        self.message = missing_reason
        self._preview_thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._resources = ExitStack()
        self._folder: Path | None = None
        if recording is not None and not recording.path.is_file():
            self.recording = None
            self.message = f"{recording.file} is not there any more: the timeline works without sound and pictures."
        elif recording is not None and preview_file.is_playable(recording):
            self.path = recording.path
        elif recording is not None:
            self.make_preview(f"Browsers do not play {_describe_codecs(recording)}")

    @property
    def kind(self) -> str:
        """Kind of the medium: "video", "audio" or "none"."""
        if self.recording is None:
            return "none"
        return "audio" if self.recording.video is None else "video"

    @property
    def type(self) -> str:
        """MIME type of the file."""
        assert self.path is not None
        if self._folder is not None:
            return f"{self.kind}/webm"
        return MIME_TYPES.get(self.path.suffix.lower()) or mimetypes.guess_type(self.path.name)[0] or f"{self.kind}/mp4"

    def make_preview(self, reason: str) -> None:
        """Start writing the preview, once; `reason` is the beginning of the message about it."""
        with self._lock:  # several pages may ask at once, also while the view is closed
            if self.recording is None or self._preview_thread is not None or self._closed:
                return
            self.path = None
            self._folder = self._resources.enter_context(scratch_folder())
            self.message = f"{reason}: a small preview (WebM) is being made."
            self._preview_thread = threading.Thread(
                target=self._write_preview, args=(reason,), name="emotoolkit preview", daemon=True
            )
            self._preview_thread.start()

    def close(self) -> None:
        """Stop writing the preview, and remove it."""
        with self._lock:
            self._closed = True
        if self._preview_thread is not None:
            self._preview_thread.join()
        self._resources.close()

    def _write_preview(self, reason: str) -> None:
        assert self.recording is not None
        assert self._folder is not None
        path = self._folder / "preview.webm"
        recording = self.recording

        def report_progress(moment: float) -> None:
            if self._closed:
                raise _Cancelled
            share = min(1.0, moment / recording.duration)
            self.message = f"{reason}: a small preview (WebM) is being made, {share:.0%}."

        try:
            preview_file.write_preview(recording, path, report_progress)
        except _Cancelled:
            return
        except (EmotoolkitError, OSError, ValueError, RuntimeError) as problem:
            self.message = f"{reason}, and no preview could be made ({problem}): the timeline works without."
            return
        self.message = (
            f"{reason}: what plays here is a small preview of it. What is sent to the APIs is the recording itself."
        )
        self.path = path


class _Cancelled(Exception):
    """The view was closed while the preview was written."""


def _describe_codecs(recording: Recording) -> str:
    codecs = [track.codec for track in (recording.video, recording.audio) if track is not None]
    container = "" if recording.container == "soundfile" else f"{recording.container} with "
    return container + " and ".join(codecs)
