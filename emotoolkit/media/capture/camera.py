"""`emo.camera()` and `emo.microphone()`: live sources for a `Player`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import check_choice, check_positive

if TYPE_CHECKING:
    import os

    from emotoolkit.media.capture.source import Source

__all__ = ["camera", "microphone"]

Via = Literal["auto", "browser", "desktop"]


def camera(
    save: str | os.PathLike[str] | None = None,
    *,
    via: Via = "auto",
    device: str | int | os.PathLike[str] | None = None,
    microphone: str | int | os.PathLike[str] | bool | None = None,
    channels: int = 1,
    rate: float = 25,
    size: tuple[int, int] = (640, 480),
) -> Source:
    """Create a source from a camera and its microphone, for a `Player` in place of a recording.

    No device is opened before the player is started. The recording is written to a file as it is made, which stays
    readable if a process crashes, and is an ordinary recording at the end: `source.recording`.

    Parameters
    ----------
    save : str, path or None
        The file: WebM (VP8 or VP9, and Opus), so a name that ends in `.webm`. None: a temporary file that is not
        removed. A file that exists is never overwritten.
    via : {"auto", "browser", "desktop"}
        `"browser"` records in the page that shows the notebook, also if Python runs on another machine; `"desktop"`
        with OpenCV and sounddevice on the machine that Python runs on. `"auto"`: the browser in a notebook.
    device : str, int, path or None
        Desktop: number of the camera, default 0, or a file that is played in its place, for a rehearsal. Browser: not
        used, the view has a choice.
    microphone : str, int, path, bool or None
        Desktop: number or part of the name of the microphone, or a file; None: the default one, or the sound of the
        file in place of the camera. False records no sound.
    channels : {1, 2}
        Channels of sound. A browser may record another number.
    rate : float
        Requested pictures per second.
    size : (int, int)
        Requested width and height in pixels; higher than wide for portrait.

    Returns
    -------
    Source
        With `start()`, `stop()`, `state`, `recording`; in a notebook it shows a view.

    Raises
    ------
    SettingsError
        A value is not valid.

    Examples
    --------
    >>> camera("session.webm", via="desktop", device="datasets/sample/interview.mp4")
    <camera and microphone to 'session.webm', ready>
    """
    _check_arguments(save, channels)
    check_positive("rate", rate)
    sound = 0 if microphone is False else channels
    if _uses_browser(via):
        from emotoolkit.media.capture.browser_source import BrowserSource

        return BrowserSource(save, pictures=True, channels=sound, rate=rate, size=size)
    from emotoolkit.media.capture.desktop_source import DesktopSource

    camera_name = "0" if device is None else str(device)
    if microphone in (None, True, False):
        microphone_name = camera_name if Path(camera_name).is_file() else ""
    else:
        microphone_name = str(microphone)
    return DesktopSource(save, camera=camera_name, microphone=microphone_name, channels=sound, rate=rate, size=size)


def microphone(
    save: str | os.PathLike[str] | None = None,
    *,
    via: Via = "auto",
    device: str | int | os.PathLike[str] | None = None,
    channels: int = 1,
) -> Source:
    """Create a source from a microphone alone, for a `Player` in place of a recording.

    Parameters
    ----------
    save : str, path or None
        The file: WebM (Opus). See `camera`.
    via : {"auto", "browser", "desktop"}
        See `camera`.
    device : str, int, path or None
        Desktop: number or part of the name of the microphone, or a file that is played in its place.
    channels : {1, 2}
        Channels of sound.

    Returns
    -------
    Source
        See `camera`.

    Raises
    ------
    SettingsError
        A value is not valid.

    Examples
    --------
    >>> microphone("call.webm", via="desktop")
    <microphone to 'call.webm', ready>
    """
    _check_arguments(save, channels)
    if _uses_browser(via):
        from emotoolkit.media.capture.browser_source import BrowserSource

        return BrowserSource(save, pictures=False, channels=channels, rate=0, size=(0, 0))
    from emotoolkit.media.capture.desktop_source import DesktopSource

    name = "" if device is None else str(device)
    return DesktopSource(save, camera=None, microphone=name, channels=channels, rate=0, size=(0, 0))


def _check_arguments(save: str | os.PathLike[str] | None, channels: int) -> None:
    check_choice("channels", channels, (1, 2))
    if save is not None and Path(save).suffix != ".webm":
        raise SettingsError(
            setting="save", value=str(save), rule='a live recording is WebM: let the name end in ".webm"'
        )


def _uses_browser(via: Via) -> bool:
    check_choice("via", via, ("auto", "browser", "desktop"))
    return via == "browser" or (via == "auto" and _is_in_notebook())


def _is_in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return running is not None and "IPKernelApp" in running.config
