"""The sample interview as what Chromium takes for a camera and a microphone: a face that moves, a voice that speaks."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import soundfile

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit import Recording

__all__ = ["devices"]

RATE = 30
"""Pictures per second at which Chromium plays a file of this kind, whatever rate it was made for."""


def devices(interview: Recording, folder: Path) -> list[str]:
    """Make both files; gives the arguments with which Chromium plays them, over and over."""
    pictures, voice = folder / "face.mjpeg", folder / "voice.wav"
    assert interview.audio is not None
    soundfile.write(voice, np.concatenate(list(interview.blocks())), interview.audio.sampling_rate, subtype="PCM_16")
    with interview.open() as container, av.open(str(pictures), "w", format="mjpeg") as made:
        stream = made.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuvj420p"
        written = 0
        for frame in container.decode(video=0):
            small = frame.reformat(width=320, height=180, format="yuvj420p")
            assert frame.time is not None
            while written <= frame.time * RATE:
                small.pts, small.time_base = written, Fraction(1, RATE)
                made.mux(stream.encode(small))
                written += 1
        made.mux(stream.encode(None))
    return [f"--use-file-for-fake-video-capture={pictures}", f"--use-file-for-fake-audio-capture={voice}"]
