"""The clock of a session: where the frames of each container lie on it (contract page §2.2).

A new container begins where the pictures of the last one ended. If its sound lasted longer than its pictures by less
than a tenth of a second, that is padding of the encoder and is cut off; if by more, the next container begins at the
end of the sound.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import av

from emotoolkit.apis.interhuman.server.coverage import CoverageTracker
from emotoolkit.apis.interhuman.server.media_items import ErrorReport, Picture, SoundChunk
from emotoolkit.apis.interhuman.server.sound_buffer import MAX_PADDING_S, SoundBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from emotoolkit.apis.interhuman.server.coverage import Gap
    from emotoolkit.apis.interhuman.server.media_items import MediaItem

    Frame = av.VideoFrame | av.AudioFrame
    TimedFrame = tuple[float, float, Frame]

__all__ = ["MAX_CLOCK_JUMP_S", "SessionTimeline", "accept_all", "frame_duration", "with_times"]

MIN_GAP_S = 0.04
"""Seconds. A longer hole in the timestamps of sound is filled with silence; a shorter one is rounding."""

MIN_CONTAINER_GAP_S = 0.002
"""Seconds. The same between containers, where a hole is real: WebM rounds to 1 ms."""

MAX_TRACK_DELAY_S = 1.0
"""Seconds of media that are held back while the container's other track has not begun."""

MAX_CLOCK_JUMP_S = 60.0
"""Seconds. If a container's clock jumps further, it is damaged or its recorder was suspended, and the rest is put
directly behind what came before. Otherwise one wrong bit would add years of stillness to the session."""


def accept_all(_: float) -> bool:
    """Accept the media of every second."""
    return True


class SessionTimeline:
    """Puts the frames of one container after the other on the session's clock.

    Parameters
    ----------
    emit : callable
        Called with each item, in order.
    accepts_pictures, accepts_sound : callable
        Whether the pictures, or the sound, of a second of the session are used.
    """

    def __init__(
        self,
        emit: Callable[[MediaItem], None],
        accepts_pictures: Callable[[float], bool],
        accepts_sound: Callable[[float], bool],
    ) -> None:
        self._emit = emit
        self._accepts_pictures = accepts_pictures
        self._accepts_sound = accepts_sound
        self._sound = SoundBuffer()
        self._coverage = CoverageTracker()
        self._pictures_end = 0.0
        self._closed = False
        self.audio_only = False

    def place(self, timed: Iterator[TimedFrame], tracks: int) -> None:
        """Place all frames of a container, given with time and duration on its own clock.

        Parameters
        ----------
        timed : iterator of (float, float, frame)
            Seconds at which the frame begins, seconds that it lasts, and the frame.
        tracks : int
            Number of tracks in the container.
        """
        beginning = _buffer_beginning(timed, tracks)
        offset = self._offset(beginning)
        is_first_sound = True
        for time, duration, frame in itertools.chain(_drain(beginning), timed):
            if self._closed:
                break
            start, end = time + offset, time + duration + offset
            if isinstance(frame, av.VideoFrame):
                self._pictures_end = end
            if not (self._accepts_pictures if isinstance(frame, av.VideoFrame) else self._accepts_sound)(start):
                self._coverage.skip_until(end)
            elif isinstance(frame, av.VideoFrame):
                self._emit_gaps(self._coverage.add_picture(start, end))
                self._emit(Picture(start, end, frame))
            else:
                self._emit_gaps(self._coverage.add_sound(start, end))
                self._emit_sound(self._sound.put(start, frame, MIN_CONTAINER_GAP_S if is_first_sound else MIN_GAP_S))
                is_first_sound = False

    def finish(self) -> None:
        """Emit the items that were held back."""
        self._emit_sound(self._sound.finish())
        self._emit_gaps(self._coverage.finish())

    def close(self) -> None:
        """Emit nothing more; frames in progress are dropped."""
        self._closed = True
        self._sound = SoundBuffer()

    def _offset(self, beginning: list[TimedFrame]) -> float:
        """Compute the session second of the container's zero: the earliest at which no track overlaps its own past."""
        starts = {type(frame): time for time, _, frame in reversed(beginning)}
        ends = {av.VideoFrame: self._pictures_end, av.AudioFrame: self._sound.end}
        offsets = {kind: ends[kind] - start for kind, start in starts.items()}
        overlap = offsets.get(av.AudioFrame, -math.inf) - offsets.get(av.VideoFrame, math.inf)
        if 0 < overlap <= MAX_PADDING_S and self._sound.trim(overlap):
            return offsets[av.VideoFrame]
        return max(offsets.values(), default=0.0)

    def _emit_sound(self, pieces: Iterator[NDArray[np.float32]]) -> None:
        for samples in pieces:
            if len(samples):
                self._emit(SoundChunk(samples))

    def _emit_gaps(self, gaps: list[Gap]) -> None:
        for gap in [] if self.audio_only else gaps:
            self._emit(gap)


def with_times(frames: Iterator[Frame], emit: Callable[[ErrorReport], None]) -> Iterator[TimedFrame]:
    """Yield each frame with its time and duration in seconds on the container's clock.

    Missing times and durations are estimated; a time that is implausible is reported and replaced.
    """
    ends: dict[type, float] = {}
    durations: dict[type, float] = {}
    for frame in frames:
        kind = type(frame)
        now = max(ends.values(), default=frame.time or 0.0)
        expected = ends.get(kind, now)
        time = expected if frame.time is None else frame.time
        if abs(time - now) > MAX_CLOCK_JUMP_S:
            message = f"the message's clock leaps by {time - now:.3g} s; what follows is put behind what came before"
            emit(ErrorReport("ih5004", message))
            time = expected
        duration = frame_duration(frame) or durations.get(kind, 0.0)
        durations[kind] = duration or max(0.0, time - ends.get(kind, time))
        ends[kind] = time + duration
        yield time, duration, frame


def frame_duration(frame: Frame) -> float:
    """Compute how long a frame lasts in seconds; 0 if it does not say, or is implausible."""
    if isinstance(frame, av.AudioFrame):
        return frame.samples / frame.sample_rate
    duration = float((frame.duration or 0) * (frame.time_base or 0))
    return duration if duration <= MAX_CLOCK_JUMP_S else 0.0


def _buffer_beginning(frames: Iterator[TimedFrame], tracks: int) -> list[TimedFrame]:
    """Read frames until each track has begun, but not much further than `MAX_TRACK_DELAY_S`."""
    beginning: list[TimedFrame] = []
    for timed in frames:
        beginning.append(timed)
        begun = len({type(frame) for _, _, frame in beginning})
        if begun == tracks or timed[0] - beginning[0][0] > MAX_TRACK_DELAY_S:
            break
    return beginning


def _drain(frames: list[TimedFrame]) -> Iterator[TimedFrame]:
    """Yield frames and release each one, since pictures are large."""
    while frames:
        yield frames.pop(0)
