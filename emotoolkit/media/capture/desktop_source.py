"""Camera and microphone of the machine that Python runs on, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.media.capture.source import Source

if TYPE_CHECKING:
    import os

__all__ = ["DesktopSource"]

NO_CAMERA = "none"
"""Argument of the recorder for no camera."""


class DesktopSource(Source):
    """A source recorded with OpenCV and sounddevice, or from files in place of devices.

    Parameters
    ----------
    save : str, path or None
        See `Source`.
    camera : str or None
        Number of the camera, or path of a file in its place; None for a microphone alone.
    microphone : str
        Number or part of the name of the microphone, "" for the default one, or path of a file.
    channels : int
        Channels of sound; 0 for none.
    rate : float
        Pictures per second requested from the camera.
    size : (int, int)
        Width and height in pixels requested from the camera.
    """

    def __init__(
        self,
        save: str | os.PathLike[str] | None,
        *,
        camera: str | None,
        microphone: str,
        channels: int,
        rate: float,
        size: tuple[int, int],
    ) -> None:
        super().__init__(
            "emotoolkit.media.capture.desktop_recorder", save, pictures=camera is not None, channels=channels
        )
        self._requested = [
            NO_CAMERA if camera is None else camera,
            microphone,
            str(channels),
            str(rate),
            *map(str, size),
        ]

    def _arguments(self) -> list[str]:
        return [*super()._arguments(), *self._requested]
