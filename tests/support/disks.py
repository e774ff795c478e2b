"""Real small disks, and what fills them."""

from __future__ import annotations

import contextlib
import resource
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILLER = "filler"
BLOCK_BYTES = 1 << 20


class NoDisk(Exception):
    """Such a disk cannot be made on this machine."""


@contextmanager
def mounted(place: Path, megabytes: int = 1) -> Iterator[Path]:
    """Mount a disk of so many megabytes in memory."""
    place.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "none", place]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        raise NoDisk("only root can make a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path) -> None:
    """Write until the disk takes no more byte; what a file has begun stays."""
    with contextlib.suppress(OSError), (place / FILLER).open("ab", buffering=0) as file:
        for size in (BLOCK_BYTES, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def free(place: Path) -> None:
    """Make room again."""
    (place / FILLER).unlink()


@contextmanager
def bounded(pid: int, size: int) -> Iterator[None]:
    """Let a process write no file beyond some bytes, as a disk that takes no more, until the block ends."""
    if not hasattr(resource, "prlimit"):
        raise NoDisk("only Linux lets one bound a process's files")
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
