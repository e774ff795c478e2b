"""`emotoolkit export`: results as files of other programs, and journals to play again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotoolkit.cli.errors import errors_as_sentences
from emotoolkit.cli.options import app

if TYPE_CHECKING:
    from emotoolkit.tables.results import ResultTables


@app.command()
def export(
    results: Annotated[list[Path], typer.Argument(help="Journals (.jsonl) of replays, or folders of runs.")],
    format: Annotated[  # noqa: A002 - the word for it
        str,
        typer.Option(help="csv, parquet, audformat, eaf, textgrid, bids, rttm, webvtt or label-studio."),
    ] = "csv",
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
    track: Annotated[list[str] | None, typer.Option(help="A track that is wanted; may be repeated.")] = None,
    cassettes: Annotated[
        bool, typer.Option("--cassettes", help="Pack the journals in one zip, to be published and played again.")
    ] = False,
) -> None:
    """Write what came back as files of another program; print the path of each."""
    import emotoolkit as emo

    with errors_as_sentences():
        found = [_open_results(path) for path in results]
        for path in emo.export(found, "cassettes" if cassettes else format, folder, tracks=track or None):
            print(path)


def _open_results(path: Path) -> ResultTables:
    from emotoolkit.apis.base.playback import library
    from emotoolkit.datasets.batch.run import Run
    from emotoolkit.replays.result import Replay

    if path.is_dir():
        return Run(path)
    library.list_journals(path)  # raises where it is not a journal
    return Replay.read(path)
