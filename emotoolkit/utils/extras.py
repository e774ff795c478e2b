"""Optional libraries: what needs each, and how to install it.

A module that imports such a library does so in `with needing(…)`; where several modules of a package import it, its
entry point calls `need(…)` first.
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
        The extra that installs it.
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
    """Explain what to install if an import in the block fails.

    Parameters
    ----------
    library : str
        Which of `LIBRARIES`.
    purpose, extra : str or None
        What needs it here, and which extra installs all that is needed; None takes the entry of `LIBRARIES`.

    Raises
    ------
    LibraryMissing
        It cannot be imported.

    Examples
    --------
    >>> with needing("fsspec"):
    ...     import fsspec
    """
    entry = LIBRARIES[library]
    try:
        yield
    except ImportError as problem:
        raise LibraryMissing(
            purpose=purpose or entry.purpose,
            library=library,
            reason=str(problem),
            install=install_command(extra or entry.extra),
        ) from None


def need(*libraries: str) -> None:
    """Import optional libraries, before the modules that need them are imported.

    Raises
    ------
    LibraryMissing
        One of them cannot be imported.
    """
    for library in libraries:
        with needing(library):
            importlib.import_module(library)


def install_command(extra: str) -> str:
    """Give the command that installs an extra, quoted for every shell, also zsh.

    Examples
    --------
    >>> install_command("plots")
    'pip install "emotoolkit[plots]"'
    """
    return f'pip install "emotoolkit[{extra}]"'
