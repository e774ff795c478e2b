"""The shell door: `emotoolkit demo | replay | live | plan | dataset | export | serve`. It prints what one asks for."""

from emotoolkit.cli import capturing, datasets, exporting, replaying, serving
from emotoolkit.cli.command import app

__all__ = ["app", "capturing", "datasets", "exporting", "replaying", "serving"]
