"""`emotoolkit plan | dataset`: many recordings, with exit codes for make, DVC and Snakemake."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from emotoolkit.cli.errors import EXIT_INTERRUPTED, errors_as_sentences, stored_in_shell
from emotoolkit.cli.options import API_METAVAR, app, parse_api_name, settings_class
from emotoolkit.cli.output import head_of_table

EXIT_SOME_FAILED = 3
"""Exit code of a run that finished with failures; 1 is an error, 2 wrong usage, 130 an interrupt."""

MAX_LISTED = 40
"""Recordings that a plan lists, of each kind."""

CorpusArgument = Annotated[str, typer.Argument(help="A manifest (CSV, Parquet), a folder, or an address for fsspec.")]
ApiOption = Annotated[str, typer.Option(parser=parse_api_name, metavar=API_METAVAR, help="Through which API.")]
LayoutOption = Annotated[
    str | None, typer.Option(help="Layout of the folder, such as ravdess; without it, recognised.")
]
SessionsOption = Annotated[int, typer.Option(help="Sessions open at once.")]
SpeedOption = Annotated[float, typer.Option(help="Times the pace of life, from 0.25; inf: as fast as it goes.")]


@app.command()
def plan(
    corpus: CorpusArgument,
    api: ApiOption = "emotion-logic",
    layout: LayoutOption = None,
    sessions: SessionsOption = 4,
    speed: SpeedOption = 1.0,
    price: Annotated[float | None, typer.Option(help="Price of a minute of media in one session.")] = None,
) -> None:
    """Say what replaying a dataset will take, and what will be refused. Sends nothing.

    Exit code 0: all recordings can be replayed. 3: some will be refused.
    """
    import emotoolkit as emo

    with errors_as_sentences():
        planned = emo.plan(
            emo.read_dataset(corpus, layout=layout), settings_class(api)(), sessions=sessions, speed=speed, price=price
        )
        print("\n".join(planned.facts()))
        for title, table in (("Will be refused:", planned.refused), ("Want joining:", planned.short)):
            if len(table):
                print(f"\n{title}\n{head_of_table(table[['duration', 'error']], MAX_LISTED)}")
        for file, notice in planned.notices.iterrows():
            print(f"{file}: {notice['notice']}: {notice['sentence']}", file=sys.stderr)
        if len(planned.refused):
            raise typer.Exit(EXIT_SOME_FAILED)


@app.command()
def dataset(
    corpus: CorpusArgument,
    folder: Annotated[str, typer.Option(help="Where everything is written, or an address; the same folder goes on.")],
    api: ApiOption = "emotion-logic",
    layout: LayoutOption = None,
    url: Annotated[str | None, typer.Option(help="The server's address; without it, a local server.")] = None,
    sessions: SessionsOption = 4,
    speed: SpeedOption = 1.0,
    retry: Annotated[int, typer.Option(help="How often a recording is tried at most.")] = 3,
    consent: Annotated[
        str | None, typer.Option(help="On what basis the data may leave this machine; needed if they do.")
    ] = None,
) -> None:
    """Replay every recording of a dataset; what is in the folder already is not sent again.

    Exit code 0: all done, if with notices (said one by one). 3: the rest is done, some failed (said one by one).
    1: nothing could be done. 130: interrupted. The same command goes on from there, whatever it was.
    `<folder>/run.json` is the file to depend on.
    """
    import emotoolkit as emo

    with errors_as_sentences():
        try:
            run = emo.replay_dataset(
                emo.read_dataset(corpus, layout=layout),
                settings_class(api)(url=url, consent=consent),
                folder=folder,
                sessions=sessions,
                speed=speed,
                retry=retry,
            )
        except emo.errors.RunInterrupted as interrupt:
            print(interrupt.in_shell(), file=sys.stderr)
            raise typer.Exit(EXIT_INTERRUPTED) from interrupt
        print(run)
        for file, failure in run.failures.iterrows():
            print(
                f"{file}: {failure['error']}: {stored_in_shell(failure['error'], failure['sentence'])}", file=sys.stderr
            )
        for file, notice in run.notices.iterrows():
            print(f"{file}: {notice['notice']}: {notice['sentence']}", file=sys.stderr)
        if len(run.failures):
            raise typer.Exit(EXIT_SOME_FAILED)
