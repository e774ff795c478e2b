"""The shell door: `emotoolkit demo | replay | serve`. What it prints and writes is what a notebook would show."""

from emotoolkit.cli import replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "replaying", "serving"]
