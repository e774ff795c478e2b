"""Read a recording's samples from its file: by soundfile where that can, else by PyAV."""

from __future__ import annotations

from functools import partial
from itertools import repeat, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import soundfile

from emotoolkit.errors import NoSuchFile
from emotoolkit.media.decoding import BLOCK_SAMPLES, decode_audio, fill_gaps
from emotoolkit.media.frame_counts import ogg_links
from emotoolkit.media.header import warm_up_soundfile
from emotoolkit.media.sound_tally import SoundTally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.media.tracks import AudioTrack, VideoTrack

__all__ = ["decode_pieces", "open_sound_file", "read_blocks", "read_int16"]

LONG_BLOCK_VALUES = 2**19
"""Values read at once when they are only summarized: 1 MB, which fits in a processor's cache."""

PREROLL_S = 1.0
"""Seconds of sound decoded before the start after a seek: mp3, AAC and Opus decode exactly only after earlier packets,
and some containers seek imprecisely."""


class StoredMedia(Protocol):
    """What is asked of a recording here."""

    @property
    def file(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def container(self) -> str: ...
    @property
    def audio(self) -> AudioTrack | None: ...
    @property
    def video(self) -> VideoTrack | None: ...
    @property
    def origin(self) -> float: ...
    @property
    def tally(self) -> SoundTally | None: ...
    def open(self) -> AbstractContextManager[InputContainer]: ...
    def open_at(self, time: float) -> AbstractContextManager[InputContainer]: ...


def open_sound_file(recording: StoredMedia) -> soundfile.SoundFile:
    """Open the file by soundfile."""
    if not recording.path.is_file():
        raise NoSuchFile(file=recording.file, folder=str(Path.cwd()))
    warm_up_soundfile()
    return soundfile.SoundFile(str(recording.path))


def read_blocks(recording: StoredMedia, start: float, dtype: str) -> Iterator[NDArray[Any]]:
    """Read the samples from a media time on, by soundfile."""
    with open_sound_file(recording) as file:
        _seek_sample(file, min(round(start * file.samplerate), file.frames))
        new_buffer = partial(np.empty, (BLOCK_SAMPLES, file.channels), dtype)
        # No block is bound to a name here: while this generator is suspended, it would stay in memory, which adds
        # up with a thousand recordings at a time.
        yield from takewhile(len, (file.read(out=new_buffer()) for _ in repeat(None)))


def read_int16(recording: StoredMedia, first: int) -> Iterator[NDArray[np.int16]]:
    """Read 16-bit samples as they are stored, which is faster than as floats; each block overwrites the last one.

    Only to summarize blocks at once, not to keep them.
    """
    with open_sound_file(recording) as file:
        file.seek(min(first, file.frames))
        buffer = np.empty((LONG_BLOCK_VALUES // file.channels, file.channels), np.int16)
        while len(block := file.read(out=buffer)):
            yield block


def decode_pieces(recording: StoredMedia, start: float) -> Iterator[NDArray[np.float32]]:
    """Decode the sound from a media time on, a piece for each coded packet, by PyAV."""
    track = recording.audio
    assert track is not None
    is_late = start > PREROLL_S and not _seeks_wrongly(recording)
    with recording.open_at(start - PREROLL_S) if is_late else recording.open() as container:
        note_change = (recording.tally or SoundTally()).note_change
        pieces = decode_audio(container, track, recording.origin, note_change)
        yield from fill_gaps(pieces, round(start * track.sampling_rate), track.sampling_rate, track.channels)


def _seek_sample(file: soundfile.SoundFile, sample: int) -> None:
    """Go to a sample, by reading where the codec allows no seeking (GSM 6.10, G.721)."""
    if file.seekable():
        file.seek(sample)
        return
    while sample > 0 and (read := len(file.read(min(sample, BLOCK_SAMPLES), "int16"))):
        sample -= read


def _seeks_wrongly(recording: StoredMedia) -> bool:
    """Whether FFmpeg does not find a time: several recordings in a row, or a WAV file with a wrong header."""
    if recording.audio is None or recording.video is not None:
        return False
    is_chained = recording.container == "ogg" and len(ogg_links(recording.path)) > 1
    return is_chained or (recording.container == "wav" and not recording.audio.codec.startswith("pcm_"))
