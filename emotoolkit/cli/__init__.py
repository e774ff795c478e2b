"""The shell door: `emotoolkit demo | replay | serve | export`. It prints and writes what a notebook would show."""

from emotoolkit.cli import exporting, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "exporting", "replaying", "serving"]
