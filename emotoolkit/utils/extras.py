"""Libraries that the package can do without: what needs each, and what to type where it is not installed.

Nothing else speaks of that. Whatever imports such a library at a door of the package does it in `with needing(…)`, or
behind `need(…)`, where several modules of a room import it.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from emotoolkit.errors import LibraryMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LIBRARIES", "install_command", "need", "needing"]


class Library(NamedTuple):
    """A library that is in an extra of the package.

    Attributes
    ----------
    extra : str
        The extra that brings it.
    purpose : str
        What needs it.
    """

    extra: str
    purpose: str


LIBRARIES = {
    "anywidget": Library("live", "The synced player of the live view"),
    "audformat": Library("exports", "An audformat database"),
    "cv2": Library("face", "The measurement of faces"),
    "distributed": Library("cluster", "A run over several machines"),
    "fsspec": Library("datasets", "A run over a dataset, or a file behind an address such as s3://"),
    "ipywidgets": Library("live", "The live view"),
    "matplotlib": Library("plots", "A plot"),
    "praatio": Library("exports", "A TextGrid of Praat"),
    "pyarrow": Library("datasets", "A run over a dataset, or a Parquet file"),
    "pympi": Library("exports", "An .eaf of ELAN"),
    "sounddevice": Library("desktop", "The microphone"),
}
"""By the name under which each is imported."""


@contextmanager
def needing(library: str, purpose: str | None = None, extra: str | None = None) -> Iterator[None]:
    """Import a library that may not be there.

    Parameters
    ----------
    library : str
        Which of `LIBRARIES`.
    purpose, extra : str or None
        What needs it here, and which extra brings all that is needed; None takes the usual.

    Raises
    ------
    LibraryMissing
        It cannot be imported.

    Examples
    --------
    >>> with needing("fsspec"):
    ...     import fsspec
    """
    usual = LIBRARIES[library]
    try:
        yield
    except ImportError as problem:
        raise LibraryMissing(
            purpose=purpose or usual.purpose,
            library=library,
            reason=str(problem),
            install=install_command(extra or usual.extra),
        ) from None


def need(*libraries: str) -> None:
    """Import libraries that may not be there, for all that is imported next.

    Raises
    ------
    LibraryMissing
        One of them cannot be imported.
    """
    for library in libraries:
        with needing(library):
            importlib.import_module(library)


def install_command(extra: str) -> str:
    """What to type for an extra, as every shell takes it, zsh too.

    Examples
    --------
    >>> install_command("plots")
    'pip install "emotoolkit[plots]"'
    """
    return f'pip install "emotoolkit[{extra}]"'
