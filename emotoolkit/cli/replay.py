"""`emotoolkit demo | replay`: one recording."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from emotoolkit.cli.errors import errors_as_sentences
from emotoolkit.cli.options import API_METAVAR, app, parse_api_name, settings_class
from emotoolkit.cli.output import print_replay, write_tables


@app.command()
def demo(
    speed: Annotated[float, typer.Option(help="Times the pace of life.")] = 4.0,
    picture: Annotated[Path, typer.Option(help="Where the timeline is written.")] = Path("demo.png"),
) -> None:
    """Replay the sample interview through both APIs, against local servers, and show what comes back."""
    import emotoolkit as emo

    with errors_as_sentences():
        recording = emo.Recording(_relative_to_cwd(emo.sample("interview")))
        print(recording, "\n")
        player = emo.Player(recording, [emo.EmotionLogic(), emo.Interhuman()], speed=speed).start()
        replays = player.wait(progress=True)
        for replay in replays:
            print_replay(replay)
        try:
            emo.plot_timeline(recording, *replays).savefig(picture)
        except emo.errors.LibraryMissing as missing:  # matplotlib is optional; the tables are printed already
            print(f"Note: {missing}", file=sys.stderr)
        else:
            print(f"The timeline is in {picture}.")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="An audio or video file.")],
    api: Annotated[
        str, typer.Option(parser=parse_api_name, metavar=API_METAVAR, help="Through which API.")
    ] = "emotion-logic",
    url: Annotated[
        str | None, typer.Option(help="The server's address; without it, a local server is started.")
    ] = None,
    speed: Annotated[float, typer.Option(help="Times the pace of life, from 0.25; inf: as fast as it goes.")] = 1.0,
    folder: Annotated[Path | None, typer.Option(help="Where tables (CSV) and the journal are written.")] = None,
    consent: Annotated[
        str | None, typer.Option(help="On what basis the data may leave this machine; needed if they do.")
    ] = None,
) -> None:
    """Replay one recording through one API, print its tables, and write them if asked to."""
    import emotoolkit as emo

    with errors_as_sentences():
        replayed = emo.replay(file, settings_class(api)(url=url, consent=consent), speed=speed, journal=folder)
        print_replay(replayed)
        if folder is not None:
            write_tables(replayed, folder)


def _relative_to_cwd(path: Path) -> Path:
    """Return a path relative to the working directory if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
