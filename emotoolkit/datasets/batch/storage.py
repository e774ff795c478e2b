"""Storage of a run, a local or remote folder: each file is there completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
from fsspec.implementations.local import LocalFileSystem

from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.utils.folders import BYTES_PER_MB, RESERVE_MB, make_private_folder, open_private, write_error

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Storage"]


class Storage:
    """Folder that a run writes into. Picklable, so that every machine of a cluster can write into it.

    Parameters
    ----------
    folder : str or path
        A path, or a URL for fsspec.

    Raises
    ------
    NotWritable
        No installed package supports such a URL.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.name = os.fspath(folder)
        try:
            self.system, self.root = fsspec.core.url_to_fs(self.name)
        except (ValueError, ImportError) as problem:  # an unknown scheme, or its package is missing
            raise NotWritable(folder=self.name, reason=str(problem)) from problem

    @property
    def on_disk(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.system, LocalFileSystem)

    def path(self, name: str) -> str:
        """Return the path of a file for the fsspec file system."""
        return f"{self.root}/{name}"

    def local(self, name: str) -> Path:
        """Return the path of a file on this machine; only if the folder is local."""
        assert self.on_disk
        return Path(self.root) / name

    def write(self, name: str, data: bytes) -> None:
        """Write a file: under a temporary name, synced to the disk, then renamed.

        Raises
        ------
        DiskFull, NotWritable
            There is no room, or no right.
        """
        folder, slash, file = name.rpartition("/")
        unfinished = f"{folder}{slash}.{file}.{secrets.token_hex(4)}"  # readers of folders skip hidden files
        try:
            if self.on_disk:
                _write_to_disk(self.local(unfinished), data)
                self.local(unfinished).replace(self.local(name))
            else:
                self.system.makedirs(self.path(unfinished).rpartition("/")[0], exist_ok=True)
                self.system.pipe_file(self.path(unfinished), data)
                self.system.mv(self.path(unfinished), self.path(name))
        except OSError as problem:
            self._remove_unfinished(unfinished)
            raise self.refusal(problem) from problem

    def _remove_unfinished(self, unfinished: str) -> None:
        """Remove the temporary file of a failed write."""
        if self.on_disk:
            with suppress(OSError):  # there is none, or it cannot be removed
                self.local(unfinished).unlink()

    def put(self, name: str, data: bytes, *, create: bool = False) -> None:
        """Write a small file to remote storage in one request.

        Parameters
        ----------
        name : str
            Name of the file.
        data : bytes
            Its content.
        create : bool
            Write only if there is no such file. On stores that support it (AWS S3 does) this is atomic.

        Raises
        ------
        FileExistsError
            There is one.
        DiskFull, NotWritable
            There is no room, or no right.
        """
        try:
            if create and self._create(name, data):
                return
            self.system.pipe_file(self.path(name), data)
        except FileExistsError:
            raise
        except OSError as problem:
            raise self.refusal(problem) from problem

    def _create(self, name: str, data: bytes) -> bool:
        """Write a file that must not exist yet; False if the store does not support that."""
        try:
            self.system.pipe_file(self.path(name), data, mode="create")
        except FileExistsError:
            raise
        except (NotImplementedError, ValueError, TypeError, OSError):
            return False  # any other cause makes the ordinary write fail as well
        return True

    def move_in(self, finished: Path, name: str) -> None:
        """Move a finished file of this machine into the folder.

        Raises
        ------
        DiskFull, NotWritable
            There is no room, or no right.
        """
        try:
            if not self.on_disk:
                self.system.makedirs(self.path(name).rpartition("/")[0], exist_ok=True)
                self.system.put_file(str(finished), self.path(name))
                finished.unlink()
                return
            with finished.open("rb") as file:
                os.fsync(file.fileno())
            make_private_folder(self.local(name).parent)
            shutil.move(finished, self.local(name))
        except OSError as problem:
            raise self.refusal(problem) from problem

    def read(self, name: str) -> bytes:
        """Read a file."""
        return bytes(self.system.cat_file(self.path(name)))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(self.system.exists(self.path(name)))

    def names(self, folder: str, suffix: str) -> list[str]:
        """Return the names of the finished files in a subfolder, without their suffix, sorted."""
        if self.on_disk:
            found = os.listdir(self.local(folder)) if self.local(folder).is_dir() else []  # noqa: PTH208 - thousands
        elif self.system.isdir(self.path(folder)):
            self.system.invalidate_cache()
            found = [path.rpartition("/")[2] for path in self.system.ls(self.path(folder), detail=False)]
        else:
            found = []
        return sorted(each.removesuffix(suffix) for each in found if each.endswith(suffix) and not each.startswith("."))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises
        ------
        NotWritable
            There is no right.
        """
        try:
            if self.exists(name):
                self.system.rm_file(self.path(name))
        except FileNotFoundError:
            return  # removed by another process meanwhile
        except OSError as problem:
            raise self.refusal(problem) from problem

    def check(self) -> None:
        """Make the folder, and see that files can be written and that there is room.

        Raises
        ------
        DiskFull, NotWritable
            There is no room, or no right.
        """
        try:
            if self.on_disk:
                make_private_folder(self.local(""))
            else:
                self.system.makedirs(self.root, exist_ok=True)
        except OSError as problem:
            raise self.refusal(problem) from problem
        self.write(".writable", b"")
        self.remove(".writable")
        self.check_free_space()

    def check_free_space(self) -> None:
        """Raise `DiskFull` unless the reserve is free; remote storage is not checked."""
        if self.on_disk:
            free = shutil.disk_usage(self.root).free / BYTES_PER_MB
            if free < RESERVE_MB:
                raise DiskFull(folder=self.name, free=free, needed=RESERVE_MB)

    def refusal(self, problem: OSError) -> DiskFull | NotWritable:
        """Return the error for a failed write, with the folder's name."""
        refused = write_error(self.root, problem, on_disk=self.on_disk)
        return type(refused)(**refused.facts | {"folder": self.name})

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Storage.__init__(self, state["name"])


def _write_to_disk(path: Path, data: bytes) -> None:
    make_private_folder(path.parent)
    with BufferedWriter(open_private(path, "w")) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
