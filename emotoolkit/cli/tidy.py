"""`emotoolkit tidy`: remove what ended processes have left on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotoolkit.cli.errors import errors_as_sentences
from emotoolkit.cli.options import app


@app.command()
def tidy(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of yours in which unfinished files of killed processes are.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing, and only say what there is.")] = False,
) -> None:
    """Remove what ended processes left in temporary folders, journals and live recordings there included."""
    import pandas as pd

    import emotoolkit as emo
    from emotoolkit.utils.folders import BYTES_PER_MB

    with errors_as_sentences():
        found = emo.tidy(*folders or (), dry_run=dry_run)
    for what, path, size, age, state in zip(*(found[name] for name in found), strict=True):
        print(f"{state:8} {size / BYTES_PER_MB:9.1f} MB {age / pd.Timedelta('1h'):8.1f} h  {what}  {path}")
    total = found["bytes"][found["state"] == ("left" if dry_run else "removed")].sum() / BYTES_PER_MB
    print(f"{total:.1f} MB {'can be removed' if dry_run else 'removed'}.")
