"""The command as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "emotoolkit.cli"]


def run(*arguments, folder: Path) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
