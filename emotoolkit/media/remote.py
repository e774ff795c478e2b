"""Remote files as temporary local copies."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from emotoolkit.errors import NoSuchFile
from emotoolkit.utils.extras import needing
from emotoolkit.utils.folders import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_remote", "local_copy"]


def is_remote(file: str) -> bool:
    """Whether a path is a URL for fsspec, not a local file."""
    return "://" in file


@contextmanager
def local_copy(file: str) -> Iterator[Path]:
    """Yield the path of a local file as it is, or that of a temporary copy of a remote one.

    Raises
    ------
    NoSuchFile
        There is no file at that URL.
    """
    if not is_remote(file):
        yield Path(file)
        return
    with needing("fsspec"):
        import fsspec

    with scratch_folder() as folder:
        path = folder / PurePosixPath(file).name
        try:
            with fsspec.open(file, "rb") as remote, path.open("wb") as local:
                shutil.copyfileobj(remote, local)
        except FileNotFoundError:
            raise NoSuchFile(file=file, folder=file.rpartition("/")[0]) from None
        yield path
