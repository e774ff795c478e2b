"""A recording that is still being made: the same value as a finished one, over a file that grows.

Everything downstream reads it with the very cutters that replay a finished one. Only what would look ahead must not:
probing is bounded, sound comes in the pieces in which it was coded, and there is no duration yet.
"""

from __future__ import annotations

import html
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.errors import NothingRecorded
from emotoolkit.media.capture.growing_file import GrowingFileReader
from emotoolkit.media.header import AudioTrack, VideoTrack, container_facts
from emotoolkit.media.media_facts import MediaFacts
from emotoolkit.media.recording import Recording
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

__all__ = ["LiveRecording"]

NOT_BEGUN = "promised"
"""The container before there is one."""

LOW_LATENCY_OPTIONS = {"probesize": "32", "analyzeduration": "1", "fpsprobesize": "0"}
"""Options of the demuxer: take the header's word, and look at no more packets than it must. Otherwise it holds back the
first five seconds to guess a frame rate."""


class LiveRecording(Recording):
    """What a camera and a microphone record just now.

    Parameters
    ----------
    file : str or path
        The file that grows.
    channels : int
        Of the sound that is asked of the recorder; 0 for none. What it makes is known when the file has begun: `begun`.
    pictures : bool
        Whether pictures are asked of it.
    tracks : mapping or None
        What is in the file, when it has begun; see `header.container_facts`. None: what is asked for is promised.
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
        promised = {
            "container": NOT_BEGUN,
            "origin": 0.0,
            "audio": AudioTrack("opus", 48_000, channels) if channels else None,
            "video": VideoTrack("vp8", 0, 0, 0.0) if pictures else None,
        }
        about = promised if tracks is None else tracks
        MediaFacts.__init__(self, file=str(file), path=expand_user(file).absolute(), duration=math.inf, **about)

    def begun(self) -> LiveRecording:
        """Wait until the file has begun, and give the recording as it really is.

        Raises
        ------
        NothingRecorded
            It ended before it had begun.
        """
        try:
            with self.open() as container:
                facts = container_facts(container)
        except av.error.FFmpegError as problem:
            raise NothingRecorded(file=self.file) from problem
        return LiveRecording(self.file, tracks=facts)

    @contextmanager
    def open(self) -> Iterator[InputContainer]:
        """Open the container for demuxing from its beginning; what is not there yet is waited for."""
        with GrowingFileReader(self.path) as file, av.open(file, "r", options=LOW_LATENCY_OPTIONS) as container:
            yield container

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound as it comes: the samples of the finished file, in blocks of a coded packet each."""
        return iter(()) if self.audio is None else self._decode_pieces(start)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"  # its sound and pictures cannot be drawn while they grow

    def _repr_png_(self) -> None:
        return None

    def facts(self) -> list[str]:
        """What one would say of the recording in words."""
        return ["not begun"] if self.container == NOT_BEGUN else super().facts()
