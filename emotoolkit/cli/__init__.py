"""The shell door: `emotoolkit demo | replay | plan | dataset | serve`. It prints what a notebook would show."""

from emotoolkit.cli import datasets, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "datasets", "replaying", "serving"]
