"""A Python on this machine that answers as one on Windows does, in all processes of a program.

Its event loop takes no ordinary pipes, locks are on ranges of bytes and mandatory, a file that is open elsewhere is
neither renamed nor removed, and the modules and functions that Windows does not have are not there. It shows that the
branches for Windows work together; what Windows does besides, only Windows shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOCKS = '''
import fcntl
import os
import struct

LK_NBLCK = 2


def locking(descriptor, mode, count):
    """Lock a range of bytes from the present position on, for this open file alone."""
    assert mode == LK_NBLCK
    first = os.lseek(descriptor, 0, os.SEEK_CUR)
    assert first >= os.fstat(descriptor).st_size, "a locked byte could not be read by others"
    span = struct.pack("hhxxxxqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, first, count, 0)
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, span)
'''

SHIM = """
import importlib.util
import os
import sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "emotoolkit.utils.platforms":
            return None
        sys.meta_path.remove(Finder)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_change(module):
            run(module)
            module.is_windows = lambda: True

        spec.loader.exec_module = run_and_change
        return spec


sys.meta_path.insert(0, Finder)
import asyncio.unix_events  # noqa: E402
import subprocess  # noqa: E402, F401 - it looks for msvcrt, to know where it is

import byte_locks  # noqa: E402

sys.modules["msvcrt"] = byte_locks

for absent in ("fcntl", "resource", "uvloop"):
    sys.modules[absent] = None


async def refuse(*_):
    raise OSError(6, "The handle is invalid")


asyncio.unix_events.SelectorEventLoop.connect_read_pipe = refuse
asyncio.unix_events.SelectorEventLoop.connect_write_pipe = refuse
kill = os.kill


def kill_only(pid, number):
    assert number, "os.kill(pid, 0) ends the process on Windows"
    kill(pid, number)


os.kill = kill_only
"""


def run(folder: Path, code: str, *arguments: object) -> str:
    """Run a program so; gives what it prints. Whatever its processes say on standard error is a failure."""
    (folder / "byte_locks.py").write_text(LOCKS)
    (folder / "sitecustomize.py").write_text(SHIM)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout
