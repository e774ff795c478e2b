"""`emotoolkit live`: live replay of this machine's camera and microphone."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotoolkit.cli.errors import errors_as_sentences
from emotoolkit.cli.options import API_METAVAR, app, parse_api_name, settings_class
from emotoolkit.cli.output import print_replay, write_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.replays.player import Player


@app.command()
def live(
    save: Annotated[Path, typer.Argument(help="The file that is recorded, such as session.webm.")],
    api: Annotated[
        list[str] | None,
        typer.Option(
            parser=parse_api_name,
            metavar=API_METAVAR,
            help="Through which API; may be repeated. Without it, both of ours.",
        ),
    ] = None,
    camera: Annotated[str, typer.Option(help="Number of the camera, or a file that stands for it.")] = "0",
    microphone: Annotated[str | None, typer.Option(help="Number or name of the microphone, or a file.")] = None,
    sound_only: Annotated[bool, typer.Option("--sound-only", help="The microphone alone.")] = False,
    seconds: Annotated[float | None, typer.Option(help="How long; without it, until Ctrl-C.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where tables (CSV) and the journals are written.")] = None,
    consent: Annotated[
        str | None, typer.Option(help="On what basis the data may leave this machine; needed if they do.")
    ] = None,
) -> None:
    """Record what happens now, send it as it comes, and print the tables at the end. Ctrl-C ends the recording."""
    import emotoolkit as emo

    chosen = api or (["emotion-logic"] if sound_only else ["emotion-logic", "interhuman"])
    with errors_as_sentences():
        if sound_only:
            source = emo.microphone(save, via="desktop", device=microphone)
        else:
            source = emo.camera(save, via="desktop", device=camera, microphone=microphone)
        player = emo.Player(
            source, [settings_class(each)(consent=consent) for each in chosen], until=seconds, journal=folder
        )
        print(f"Recording to {save}, and to {source.destinations}. Ctrl-C ends it.", flush=True)
        with _stop_on_interrupt(player.start()):
            replays = player.wait(progress=True)
        for replayed in replays:
            print_replay(replayed)
            if folder is not None:
                write_tables(replayed, folder)
        print(player.recording)


@contextmanager
def _stop_on_interrupt(player: Player) -> Iterator[None]:
    """Let Ctrl-C end the recording, not the command, so that answers to what was recorded still come in."""
    before = signal.signal(signal.SIGINT, lambda *_: player.stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
