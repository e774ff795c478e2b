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


def devices(interview: Recording, folder: Path) -> list[str]:
    """Make both files; gives the arguments with which Chromium plays them, over and over."""
    pictures, voice = folder / "face.mjpeg", folder / "voice.wav"
    assert interview.audio is not None
    soundfile.write(voice, np.concatenate(list(interview.blocks())), interview.audio.sampling_rate, subtype="PCM_16")
    with interview.open() as container, av.open(str(pictures), "w", format="mjpeg") as made:
        stream = made.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuvj420p"
        for number, frame in enumerate(container.decode(video=0)):
            small = frame.reformat(width=320, height=180, format="yuvj420p")
            small.pts, small.time_base = number, Fraction(1, 25)
            made.mux(stream.encode(small))
        made.mux(stream.encode(None))
    return [f"--use-file-for-fake-video-capture={pictures}", f"--use-file-for-fake-audio-capture={voice}"]
