"""What a player plays: recordings, or what a camera and a microphone record just now. One class each, of equal methods.

A player asks its input at every step of its life; what only one of the two needs is empty in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.errors import SettingsError
from emotoolkit.media.capture.source import Source
from emotoolkit.replays import assignments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emotoolkit.errors import EmotoolkitError
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay
    from emotoolkit.replays.stream_state import StreamState

__all__ = ["LiveInput", "PlayerInput", "RecordedInput", "make_input"]


class PlayerInput(Protocol):
    """What a player asks of its input."""

    bar_format: str
    """Format of the progress bar, as tqdm has it."""

    @property
    def source(self) -> Source | None:
        """The devices of what is live."""

    @property
    def problem(self) -> EmotoolkitError | None:
        """Why what is live ended before it was told to."""

    def recording(self, recordings: Sequence[Recording]) -> Recording:
        """Give what is replayed as one recording."""

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Raise `SettingsError` if this cannot be asked of it; it can if the value is `unless`."""

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Let a view start the player by it."""

    def prepare(self) -> None:
        """Make it ready for a player that starts."""

    def undo_prepare(self) -> None:
        """Undo that, since the player could not start."""

    def on_sessions_open(self) -> None:
        """All sessions are open; called at least once."""

    def stop(self, end_sessions: Callable[[], None]) -> None:
        """Play no more; what was played is still answered. `end_sessions` tells the worker to send no more."""

    def release(self) -> None:
        """Let it go: nobody listens any more."""

    def wait(self) -> None:
        """Wait until it is released."""

    def notices_before(self, stream: StreamState) -> list[Warning]:
        """Tell what is odd before anything is sent."""

    def notices_after(self, stream: StreamState, replay: Replay) -> list[Warning]:
        """Tell what is odd about the answers."""


def make_input(recording: Any) -> PlayerInput:
    """Give the input of what a player was made with."""
    return LiveInput(recording) if isinstance(recording, Source) else RecordedInput()


class RecordedInput:
    """Recordings, which are there from beginning to end: everything can be asked of them."""

    bar_format = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f} of {total:.1f} s of media [{elapsed}<{remaining}]"
    source = None
    problem = None

    def recording(self, recordings: Sequence[Recording]) -> Recording:
        """Give the longest of them."""
        return max(recordings, key=lambda each: each.duration)

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Allow everything."""

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Nothing but the player starts a recording."""

    def prepare(self) -> None:
        """Files are ready."""

    def undo_prepare(self) -> None:
        """Files stay as they are."""

    def on_sessions_open(self) -> None:
        """The worker reads files by itself."""

    def stop(self, end_sessions: Callable[[], None]) -> None:
        """Send no more, at once."""
        end_sessions()

    def release(self) -> None:
        """Nothing is held."""

    def wait(self) -> None:
        """Nothing is held."""

    def notices_before(self, stream: StreamState) -> list[Warning]:
        """Tell whether channels that are different sound become one."""
        from emotoolkit.replays import notices

        return notices.find_mixed_channels(stream.recording, stream.sessions)

    def notices_after(self, stream: StreamState, replay: Replay) -> list[Warning]:
        """Tell what the replay says of itself, and whether speech was below the threshold."""
        from emotoolkit.replays import notices

        return [*replay.notices(), *notices.find_unheard_speech(stream.recording, stream.sessions, replay)]


class LiveInput:
    """What happens now: it begins when the sessions are open, and cannot be held, sought or hurried.

    Parameters
    ----------
    source : Source
        The devices.
    """

    bar_format = "{desc}: {n:.1f} s of media [{elapsed}]"

    def __init__(self, source: Source) -> None:
        self.source: Source = source
        self._devices_open = False

    @property
    def problem(self) -> EmotoolkitError | None:
        """Why the devices ended before they were told to."""
        return self.source.problem

    def recording(self, recordings: Sequence[Recording]) -> Recording:  # noqa: ARG002 - the live one becomes another
        """Give the live recording, or an ordinary one once it has ended."""
        return self.source.recording

    def check(self, setting: str, value: object, unless: object = None) -> None:
        """Allow nothing but the pace of life."""
        if value != unless:
            rule = "what is live goes at the pace of life, from its beginning; replay its recording for that"
            raise SettingsError(setting=setting, value=value, rule=rule)

    def join(self, start: Callable[[], None], streams: Iterable[StreamState]) -> None:
        """Let "record" in a view start the player, and say there where everything goes."""
        self.source.join(start, [assignments.destination(share.sessions[0]) for share in streams])

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

    def wait(self) -> None:
        """Wait until the file is complete and the devices are released."""
        self.source.wait()

    def notices_before(self, stream: StreamState) -> list[Warning]:  # noqa: ARG002 - nothing has happened yet
        """Nothing is known yet."""
        return []

    def notices_after(self, stream: StreamState, replay: Replay) -> list[Warning]:  # noqa: ARG002 - the file is still being finished
        """Tell what the replay says of itself."""
        return replay.notices()
