"""Files from elsewhere, as files of this machine for as long as they are needed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from emotoolkit.errors import NoSuchFile
from emotoolkit.utils.extras import needing

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_remote", "local_copy"]


def is_remote(file: str) -> bool:
    """Whether a path is an address for fsspec, not a file of this machine."""
    return "://" in file


@contextmanager
def local_copy(file: str) -> Iterator[Path]:
    """Give a file as a path of this machine; one from elsewhere is copied, and removed afterwards.

    Raises
    ------
    NoSuchFile
        There is nothing at that address.
    """
    if not is_remote(file):
        yield Path(file)
        return
    with needing("fsspec"):
        import fsspec

    with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder:
        here = Path(folder) / PurePosixPath(file).name
        try:
            with fsspec.open(file, "rb") as there, here.open("wb") as copied:
                shutil.copyfileobj(there, copied)
        except FileNotFoundError:
            raise NoSuchFile(file=file, folder=file.rpartition("/")[0]) from None
        yield here
