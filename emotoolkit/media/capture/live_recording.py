"""Live recording: the interface of a finished recording, over a growing file.

It is cut into packets by the same code as a finished one, except that nothing may read ahead: probing is limited, sound
comes in blocks of a coded packet each, and there is no duration yet.
"""

from __future__ import annotations

import html
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.errors import NothingRecorded
from emotoolkit.media.capture.growing_file import GrowingFileReader
from emotoolkit.media.header import container_facts
from emotoolkit.media.media_facts import MediaFacts
from emotoolkit.media.recording import Recording
from emotoolkit.media.tracks import AudioTrack, VideoTrack
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

__all__ = ["LiveRecording"]

NOT_BEGUN = "promised"
"""Name of the container before the file has begun."""

LOW_LATENCY_OPTIONS = {"probesize": "32", "analyzeduration": "1", "fpsprobesize": "0"}
"""Options of the demuxer: read only the header and as few packets as possible. Otherwise it delays the first five
seconds to estimate a frame rate."""


class LiveRecording(Recording):
    """A recording that a camera and a microphone are making.

    Parameters
    ----------
    file : str or path
        The growing file.
    channels : int
        Channels of sound requested from the recorder; 0 for none. Call `begun` for the actual ones.
    pictures : bool
        Whether pictures are requested from the recorder.
    tracks : mapping or None
        The actual facts of the file, see `header.container_facts`. None: the requested ones.
    """

    live = True

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        channels: int = 1,
        pictures: bool = True,
        tracks: Mapping[str, Any] | None = None,
    ) -> None:
        requested = {
            "container": NOT_BEGUN,
            "origin": 0.0,
            "audio": AudioTrack("opus", 48_000, channels) if channels else None,
            "video": VideoTrack("vp8", 0, 0, 0.0) if pictures else None,
        }
        facts = requested if tracks is None else tracks
        MediaFacts.__init__(self, file=str(file), path=expand_user(file).absolute(), duration=math.inf, **facts)

    def begun(self) -> LiveRecording:
        """Wait until the file has begun, and return the recording with its actual facts.

        Raises
        ------
        NothingRecorded
            The recording ended without any content.
        """
        try:
            with self.open() as container:
                facts = container_facts(container)
        except av.error.FFmpegError as problem:
            raise NothingRecorded(file=self.file) from problem
        return LiveRecording(self.file, tracks=facts)

    @contextmanager
    def open(self) -> Iterator[InputContainer]:
        """Open the container for demuxing from its beginning; reading waits for what has not been written yet."""
        with GrowingFileReader(self.path) as file, av.open(file, "r", options=LOW_LATENCY_OPTIONS) as container:
            yield container

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound as it is recorded: the samples of the finished file, in blocks of a coded packet each."""
        return iter(()) if self.audio is None else self._decode_pieces(start)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"  # a card would have to read the whole file

    def _repr_png_(self) -> None:
        return None

    def facts(self) -> list[str]:
        """Describe the recording in short texts."""
        return ["not begun"] if self.container == NOT_BEGUN else super().facts()
