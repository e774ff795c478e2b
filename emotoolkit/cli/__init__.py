"""The command line: `emotoolkit demo | replay | live | plan | dataset | export | serve | tidy`."""

from emotoolkit.cli import dataset, export, live, replay, serve, tidy
from emotoolkit.cli.options import app

__all__ = ["app", "dataset", "export", "live", "replay", "serve", "tidy"]
