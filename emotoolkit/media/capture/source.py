"""What a notebook holds of a camera and a microphone: start, stop, and the recording that comes of it."""

from __future__ import annotations

import atexit
import contextlib
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from emotoolkit.errors import InternalError, RecorderGone, SettingsError, by_name
from emotoolkit.media.capture.recorder_protocol import (
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
"""Seconds that a recorder gets to write the last of it and to finish the file."""


class Source:
    """A camera, a microphone, or both: a `Player` takes it in place of a `Recording`.

    Made by `emotoolkit.camera` and `emotoolkit.microphone`. Nothing is opened before it is started.

    Parameters
    ----------
    module : str
        The recorder, run in a process of its own.
    save : str, path or None
        The file that is written; None takes a temporary one that is not removed.
    pictures : bool
        Whether there is a camera, or a microphone alone.
    channels : int
        Of the sound; 0 for none.

    Attributes
    ----------
    state : str
        "ready", "waiting" (for the devices), "recording" or "ended".
    problem : EmotoolkitError or None
        Why it ended before it was told to.
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
        """Called when somebody presses "record" in a view; a player puts its own `start` here."""
        self.destinations = ""
        """Where a player sends what is recorded, in words; "" for nowhere but the file."""
        self._child: ChildProcess | None = None
        self._changed = threading.Condition()

    @property
    def file(self) -> str:
        """Path of the file, as it was given."""
        return self._live.file

    @property
    def recording(self) -> Recording:
        """The recording: a live one until the end, then an ordinary one of the same file.

        Raises
        ------
        RecordingError
            It has ended, and nothing was recorded.
        """
        from emotoolkit.media.recording import Recording

        return Recording(self.file) if self.state == "ended" else self._live

    def join(self, starting: Callable[[], None], destinations: Sequence[str]) -> None:
        """Let a player start it; `destinations` say in words where it sends what is recorded."""
        self.on_record = starting
        self.destinations = "; ".join(destinations)

    def start(self) -> None:
        """Open the devices and record, without any player. Returns before there is anything in the file.

        Raises
        ------
        SettingsError
            It has been started before, or the file is there already: no recording is ever overwritten.
        """
        self.prepare()
        self.open_devices()

    def prepare(self) -> None:
        """Start the recorder's process; the devices stay closed until `open_devices`. Returns when there is a file.

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
        self._child = child = ChildProcess(self._module, *self._arguments())
        atexit.register(child.close)
        first_message = threading.Event()
        threading.Thread(
            target=self._read_messages, args=(child, first_message), name="emotoolkit recorder", daemon=True
        ).start()
        try:
            wait_for_event(first_message)
        except BaseException:  # an interrupt: the recorder ends, and is heard to
            self._abort(child)
            raise

    def open_devices(self) -> None:
        """Open the devices: whoever wants to hear is listening."""
        self._send(START)

    def stop(self) -> None:
        """End the recording; returns at once. What was recorded is written, sent and answered."""
        self._send(STOP)
        if self.state == "ready":
            self._set_state("ended")

    def wait(self, timeout: float = FINISH_TIMEOUT_S) -> bool:
        """Wait until the file is complete and the devices are released. Returns whether they are."""
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
        """What the recorder is told."""
        return [str(self._live.path)]

    def _on_message(self, message: RecorderMessage) -> None:
        """Hear of a change, on the thread that listens."""

    def _send(self, kind: bytes, data: bytes = b"") -> None:
        if self._child is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended, which is heard elsewhere
                write_frame(self._child.stdin, kind, data)

    def _abort(self, child: ChildProcess) -> None:
        """End a recorder before anything is recorded; its file's name is free again."""
        child.close()
        if self._live.path.exists() and self._live.path.stat().st_size == 0:
            self._live.path.unlink()

    def _read_messages(self, child: ChildProcess, first_message: threading.Event) -> None:
        """Hear the recorder until its end; `spoken` when it has said that there is a file, or has ended."""
        with child.stdout as lines:
            for line in lines:
                try:
                    self._handle_line(line.decode())
                except Exception as problem:  # noqa: BLE001 - whoever waits for the recording is told
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
        line = from_line(text)
        match line:
            case RecordingBegan():
                self._set_state("recording")
            case RecorderFailed(error, facts):
                self.problem = self.problem or by_name(error, facts)
            case RecordingEnded():
                self._set_state("ended")
            case RecorderReady() | PageMessage():
                pass
        self._on_message(line)

    def _set_state(self, state: str) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
