"""The shell door: `emotoolkit demo | replay | live | plan | dataset | export | serve`. It prints what one asks for."""

from emotoolkit.cli import dataset, export, live, replay, serve
from emotoolkit.cli.options import app

__all__ = ["app", "dataset", "export", "live", "replay", "serve"]
