"""Source: controls a recorder of camera and microphone from the notebook, and gives its recording."""

from __future__ import annotations

import atexit
import contextlib
import json
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from emotoolkit.errors import InternalError, RecorderGone, SettingsError, by_name
from emotoolkit.media.capture.recorder_protocol import (
    ARGUMENTS,
    START,
    STOP,
    PageMessage,
    RecorderFailed,
    RecorderReady,
    RecordingBegan,
    RecordingEnded,
    from_line,
    write_frame,
)
from emotoolkit.utils.folders import shared_temporary_folder
from emotoolkit.utils.interrupts import wait_for_event
from emotoolkit.utils.subprocesses import ChildProcess

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from emotoolkit.errors import EmotoolkitError
    from emotoolkit.media.capture.recorder_protocol import RecorderMessage
    from emotoolkit.media.recording import Recording

__all__ = ["Source"]

FINISH_TIMEOUT_S = 60.0
"""Seconds for a recorder to write the last packets and to finalize the file."""


class Source:
    """A camera, a microphone, or both: a `Player` accepts it in place of a `Recording`.

    Created by `emotoolkit.camera` and `emotoolkit.microphone`. No device is opened before it is started.

    Its `state` is "ready" until `prepare` starts the recorder's process, then "waiting" until the first bytes are in
    the file, "recording", and "ended" when the file is complete or the process has exited. From `prepare` on, a thread
    reads the process's messages and changes the state; `_changed` guards it and wakes `wait`. An error is in `problem`
    before the state becomes "ended". A source is used once.

    Parameters
    ----------
    module : str
        The recorder, run in its own process.
    save : str, path or None
        The file that is written; None: a temporary one that is not removed.
    pictures : bool
        Whether there is a camera, not a microphone alone.
    channels : int
        Channels of sound; 0 for none.

    Attributes
    ----------
    state : str
        "ready", "waiting", "recording" or "ended".
    problem : EmotoolkitError or None
        Why it ended, if not by `stop`.
    """

    def __init__(
        self, module: str, save: str | os.PathLike[str] | None, *, pictures: bool, channels: int, suffix: str = ".webm"
    ) -> None:
        self._module = module
        file = str(
            shared_temporary_folder("live-") / f"session-{datetime.now():%H%M%S-%f}{suffix}" if save is None else save
        )
        from emotoolkit.media.capture.live_recording import LiveRecording

        self._live = LiveRecording(file, pictures=pictures, channels=channels)
        self.state = "ready"
        self.problem: EmotoolkitError | None = None
        self.on_record: Callable[[], None] = self.start
        """Called when "record" is pressed in a view; a player replaces it by its own `start`."""
        self.destinations = ""
        """Where a player sends the recording, as a text; "" if only to the file."""
        self._child: ChildProcess | None = None
        self._changed = threading.Condition()

    @property
    def file(self) -> str:
        """Path of the file, as given."""
        return self._live.file

    @property
    def recording(self) -> Recording:
        """The recording: a live one until it has ended, then an ordinary one of the same file.

        Raises
        ------
        RecordingError
            It has ended, and nothing was recorded.
        """
        from emotoolkit.media.recording import Recording

        return Recording(self.file) if self.state == "ended" else self._live

    def join(self, starting: Callable[[], None], destinations: Sequence[str]) -> None:
        """Connect a player: "record" in a view calls `starting`; `destinations` are shown as texts."""
        self.on_record = starting
        self.destinations = "; ".join(destinations)

    def start(self) -> None:
        """Open the devices and record, without a player. Returns before the recording has begun.

        Raises
        ------
        SettingsError
            It has been started before, or the file exists already: no recording is ever overwritten.
        """
        self.prepare()
        self.open_devices()

    def prepare(self) -> None:
        """Start the recorder's process; the devices stay closed until `open_devices`. Returns when the file exists.

        Raises
        ------
        SettingsError
            See `start`.
        """
        if self.state != "ready":
            raise SettingsError(setting="start", value=self.file, rule="it was started before; make a new source")
        if self._live.path.exists():
            rule = "there is such a file already, and a recording is never overwritten; choose another name"
            raise SettingsError(setting="save", value=self.file, rule=rule)
        self.state = "waiting"
        self._child = child = ChildProcess(self._module)
        self._send(ARGUMENTS, json.dumps(self._arguments()).encode())
        atexit.register(child.close)
        first_message = threading.Event()
        threading.Thread(
            target=self._read_messages, args=(child, first_message), name="emotoolkit recorder", daemon=True
        ).start()
        try:
            wait_for_event(first_message)
        except BaseException:  # an interrupt: end the recorder, whose end the thread then reads
            self._abort(child)
            raise

    def open_devices(self) -> None:
        """Open the devices, once everything that reads the recording is ready."""
        self._send(START)

    def stop(self) -> None:
        """End the recording; returns at once. What was recorded is still written, sent and answered."""
        self._send(STOP)
        if self.state == "ready":
            self._set_state("ended")

    def wait(self, timeout: float = FINISH_TIMEOUT_S) -> bool:
        """Wait until the file is complete and the devices are released; return False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.state == "ended", timeout)

    def __repr__(self) -> str:
        what = " and ".join(
            name
            for name, track in (("camera", self._live.video), ("microphone", self._live.audio))
            if track is not None
        )
        return f"<{what} to {self.file!r}, {self.state}>"

    def _arguments(self) -> list[str]:
        """Return the arguments of the recorder."""
        return [str(self._live.path)]

    def _on_message(self, message: RecorderMessage) -> None:
        """Handle a message of the recorder, in the thread that reads them. For subclasses."""

    def _send(self, kind: bytes, data: bytes = b"") -> None:
        if self._child is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended, which `_read_messages` handles
                write_frame(self._child.stdin, kind, data)

    def _abort(self, child: ChildProcess) -> None:
        """End a recorder before anything is recorded, and remove its empty file."""
        child.close()
        if self._live.path.exists() and self._live.path.stat().st_size == 0:
            self._live.path.unlink()

    def _read_messages(self, child: ChildProcess, first_message: threading.Event) -> None:
        """Read the recorder's messages until its end; `first_message` is set after the first one, or at the end."""
        with child.stdout as lines:
            for line in lines:
                try:
                    self._handle_line(line.decode())
                except Exception as problem:  # noqa: BLE001 - reported as `problem`
                    self.problem = self.problem or InternalError(reason=repr(problem))
                    child.stdin.close()
                first_message.set()
        code = child.wait()
        atexit.unregister(child.close)
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        if self.state != "ended":
            self.problem = self.problem or RecorderGone(file=self.file, code=code, words=child.stderr_tail())
            self._set_state("ended")
        first_message.set()

    def _handle_line(self, text: str) -> None:
        message = from_line(text)
        match message:
            case RecordingBegan():
                self._set_state("recording")
            case RecorderFailed(error, facts):
                self.problem = self.problem or by_name(error, facts)
            case RecordingEnded():
                self._set_state("ended")
            case RecorderReady() | PageMessage():
                pass
        self._on_message(message)

    def _set_state(self, state: str) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
