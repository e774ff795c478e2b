"""The shell door: `emotoolkit demo | replay | plan | dataset | export | serve`. It prints what a notebook shows."""

from emotoolkit.cli import datasets, exporting, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "datasets", "exporting", "replaying", "serving"]
