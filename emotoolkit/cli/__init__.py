"""The shell door: `emotoolkit demo | replay | live | serve`. It prints and writes what a notebook would show."""

from emotoolkit.cli import capturing, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "capturing", "replaying", "serving"]
