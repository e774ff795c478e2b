"""Input of a player: recordings, or a live source (camera, microphone). One class each, with the same methods.

A player calls its input at every step of its life; a method that only one of the two needs is empty in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.errors import SettingsError
from emotoolkit.media.capture.source import Source
from emotoolkit.replays import assignments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emotoolkit.errors import EmotoolkitError, NoticeWarning
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay
    from emotoolkit.replays.stream_state import StreamState
    from emotoolkit.utils.progress import Progress

__all__ = ["LiveInput", "PlayerInput", "RecordedInput", "make_input"]


class PlayerInput(Protocol):
    """Interface of a player's input."""

    @property
    def source(self) -> Source | None:
        """The devices, if the input is live."""

    @property
    def problem(self) -> EmotoolkitError | None:
        """Why a live input ended before it was stopped."""

    def recording(self, recordings: Sequence[Recording]) -> Recording:
        """Return what is replayed as one recording."""

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Raise `SettingsError` if the input does not support this value; `unless` is always supported."""

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Let the source's own controls in a view start the player."""

    def prepare(self) -> None:
        """Get ready, before the player starts."""

    def undo_prepare(self) -> None:
        """Undo `prepare`, since the player could not start."""

    def on_sessions_open(self) -> None:
        """React to all sessions being open; called at least once."""

    def stop(self, end_sessions: Callable[[], None]) -> None:
        """Stop playing; what was sent is still answered. `end_sessions` makes the worker send no more."""

    def release(self) -> None:
        """Release what is held: no session needs it any more."""

    def progress_text(self, progress: Progress) -> str:
        """Describe the progress beside its bar."""

    def wait(self) -> None:
        """Wait until everything is released."""

    def notices_before(self, stream: StreamState) -> list[NoticeWarning]:
        """Find notices before anything is sent."""

    def note(self, stream: StreamState, replay: Replay, until: float) -> Replay:
        """Return the replay with all notices about it as records."""


def make_input(recording: Any) -> PlayerInput:
    """Make the input for a player's `recording` argument."""
    return LiveInput(recording) if isinstance(recording, Source) else RecordedInput()


class RecordedInput:
    """Recordings: complete files, so every command is possible."""

    source = None
    problem = None

    def recording(self, recordings: Sequence[Recording]) -> Recording:
        """Return the longest of them."""
        return max(recordings, key=lambda each: each.duration)

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Allow everything."""

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Do nothing: a recording has no controls of its own."""

    def prepare(self) -> None:
        """Do nothing: files are ready."""

    def undo_prepare(self) -> None:
        """Do nothing: files stay as they are."""

    def on_sessions_open(self) -> None:
        """Do nothing: the worker reads files by itself."""

    def stop(self, end_sessions: Callable[[], None]) -> None:
        """Send no more, at once."""
        end_sessions()

    def release(self) -> None:
        """Do nothing: nothing is held."""

    def progress_text(self, progress: Progress) -> str:
        """Say how much is answered, of how much, and what has been sent ahead of that."""
        sent = "" if progress.finished else f" ({progress.sent:.1f} s sent)"
        return f"{progress.answered:.1f} of {progress.total:.1f} s of media{sent}"

    def wait(self) -> None:
        """Return at once: nothing is held."""

    def notices_before(self, stream: StreamState) -> list[NoticeWarning]:
        """Find out what the header, the tracks and the channels show."""
        from emotoolkit.replays import notices

        return notices.find_notices_before(stream.recording, stream.sessions)

    def note(self, stream: StreamState, replay: Replay, until: float) -> Replay:
        """Add what was found before, what the messages show, and what the recording shows."""
        from emotoolkit.replays import notices

        return notices.note(stream.recording, stream.sessions, replay, until, stream.notices_before)


class LiveInput:
    """A live source: it begins when the sessions are open, and has no pause, no seek and no other speed.

    Parameters
    ----------
    source : Source
        The devices.
    """

    def __init__(self, source: Source) -> None:
        self.source: Source = source
        self._devices_open = False

    @property
    def problem(self) -> EmotoolkitError | None:
        """Why the devices ended before they were stopped."""
        return self.source.problem

    def recording(self, recordings: Sequence[Recording]) -> Recording:  # noqa: ARG002 - the source has its own
        """Return the live recording, or an ordinary one once it has ended."""
        return self.source.recording

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Raise `SettingsError` for all but `unless`: a live source runs in real time, from its beginning."""
        if value != unless:
            rule = "what is live goes at the pace of life, from its beginning; replay its recording for that"
            raise SettingsError(setting=setting, value=value, rule=rule)

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Let "record" in a view start the player, and show there where everything is sent."""
        self.source.join(start, [assignments.destination(stream.sessions[0]) for stream in streams])

    def prepare(self) -> None:
        """Start the recorder; the devices stay closed."""
        self.source.prepare()

    def undo_prepare(self) -> None:
        """Stop a recorder that waits for its devices."""
        if self.source.state == "waiting":
            self.source.stop()

    def on_sessions_open(self) -> None:
        """Open the devices, once."""
        if not self._devices_open:
            self._devices_open = True
            self.source.open_devices()

    def stop(self, end_sessions: Callable[[], None]) -> None:  # noqa: ARG002 - they end with the recording
        """Record no more; what was recorded is still sent."""
        self.source.stop()

    def release(self) -> None:
        """Release the devices."""
        self.source.stop()

    def progress_text(self, progress: Progress) -> str:
        """Say how much is answered, and sent: how much it will be is not known."""
        return f"{progress.answered:.1f} s of media ({progress.sent:.1f} s sent)"

    def wait(self) -> None:
        """Wait until the file is complete and the devices are released."""
        self.source.wait()

    def notices_before(self, stream: StreamState) -> list[NoticeWarning]:  # noqa: ARG002 - there is no sound yet
        """Return nothing: nothing has been recorded yet."""
        return []

    def note(self, stream: StreamState, replay: Replay, until: float) -> Replay:  # noqa: ARG002 - the file is open
        """Add what the messages show."""
        return replay.noted([])
