"""Break a library, or a module of ours, in the local servers that a test starts: their environment has a shim.

Nothing of the client is touched: the shim looks at the command line of each Python that starts.
"""

from __future__ import annotations

import os
from pathlib import Path

SHIM = """
import importlib.util
import os
import sys

MODULE, _, NAME = os.environ["BROKEN"].partition(":")


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(Finder)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_break(module):
            run(module)
            *owners, last = NAME.split(".")
            for owner in owners:
                module = getattr(module, owner)
            setattr(module, last, fail)

        spec.loader.exec_module = run_and_break
        return spec


def fail(*_, **__):
    raise ArithmeticError("no way to read '/home/eva/patients of May/x.wav'")


if any(".server." in argument for argument in sys.orig_argv):
    sys.meta_path.insert(0, Finder)
"""


def environment(folder: Path, broken: str) -> dict[str, str]:
    """Give the variables with which a function or class, `module:name`, fails in each local server."""
    (folder / "sitecustomize.py").write_text(SHIM)
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([others] if others else [])]), "BROKEN": broken}
