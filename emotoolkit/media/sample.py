"""The sample recordings that come with the package."""

from __future__ import annotations

from pathlib import Path

from emotoolkit.errors import SettingsError

__all__ = ["FILES", "sample"]

FILES = {
    "call": "call.wav",
    "interview": "interview.mp4",
    "manifest": "manifest.csv",
    "talk": "talk.wav",
    "truth": "truth.csv",
}
"""Files by name of the sample."""

FOLDERS = tuple(Path(__file__).parents[up] / "datasets" / "sample" for up in (1, 2))
"""Possible folders: of an installed package; of the repository, also for an editable installation."""


def sample(name: str | None = None) -> Path:
    """Return the path of a sample recording: real speakers, arranged so that the correct results are known.

    Parameters
    ----------
    name : {"interview", "talk", "call", "manifest", "truth"} or None
        ``"interview"``: a face and a voice, 32 s. ``"talk"``: one reader, 30 s. ``"call"``: two speakers on two
        channels, 40 s. ``"manifest"``: the three as a dataset. ``"truth"``: labels of all that was arranged in them.
        The name of the file, such as ``"talk.wav"``, is accepted, too. None: the folder with all of them and a README
        about their origin and licence (free for any use).

    Returns
    -------
    pathlib.Path
        Absolute. The file belongs to the package: copy it before you change it.

    Raises
    ------
    SettingsError
        There is no sample of that name.

    Examples
    --------
    >>> sample("interview").name
    'interview.mp4'
    >>> sample("truth").suffix
    '.csv'
    """
    folder = next((place for place in FOLDERS if place.is_dir()), FOLDERS[0])
    if name is None:
        return folder
    if name not in {*FILES, *FILES.values()}:
        raise SettingsError(setting="sample", value=name, rule=f"it must be one of {', '.join(FILES)}")
    return folder / FILES.get(name, name)
