"""The shell door: `emotoolkit demo | replay | live | plan | dataset | serve`: what a notebook would show, printed."""

from emotoolkit.cli import capturing, datasets, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "capturing", "datasets", "replaying", "serving"]
