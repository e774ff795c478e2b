"""The shell door: `emotoolkit demo | replay | serve`. What it prints and writes is what a notebook would show."""

from __future__ import annotations

import importlib
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotoolkit.errors import EmotoolkitError

if TYPE_CHECKING:
    import pandas as pd

    from emotoolkit.replayed import Replay

__all__ = ["app"]

app = typer.Typer(
    help="Replay recordings through real-time emotion and social-signal APIs, into tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

TABLES = ("segments", "signals", "engagement", "quality", "tracks", "events", "packets")
RESULTS = TABLES[:4]

SAMPLE = Path(__file__).parents[1] / "datasets" / "sample"


class ApiName(StrEnum):
    """The APIs by the names that one types."""

    emotion_logic = "emotion-logic"
    interhuman = "interhuman"


@app.command()
def demo(
    speed: Annotated[float, typer.Option(help="Times the pace of life.")] = 4.0,
    picture: Annotated[Path, typer.Option(help="Where the timeline is written.")] = Path("demo.png"),
) -> None:
    """Replay the sample interview through both APIs, against local servers, and show what comes back."""
    import emotoolkit as emo

    with _sentences():
        recording = emo.Recording(_sample("interview.mp4"))
        print(recording, "\n")
        player = emo.Player(recording, [emo.EmotionLogic(), emo.Interhuman()], speed=speed).start()
        replays = player.wait(progress=True)
        for replay in replays:
            _show(replay)
        emo.plot_timeline(recording, *replays).savefig(picture)
        print(f"The timeline is in {picture}; `make lab` opens the notebooks.")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="An audio or video file.")],
    api: Annotated[ApiName, typer.Option(help="Through which API.")] = ApiName.emotion_logic,
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

    with _sentences():
        kind = {ApiName.emotion_logic: emo.EmotionLogic, ApiName.interhuman: emo.Interhuman}[api]
        replayed = emo.replay(file, kind(url=url, consent=consent), speed=speed, journal=folder)
        _show(replayed)
        if folder is not None:
            _write(replayed, folder)


@app.command()
def serve(
    api: Annotated[ApiName, typer.Argument(help="Which protocol.")],
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; without it, the protocol's usual one.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder in which received media are kept.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="Which Interhuman server: reference, quickstart, v2 or v0.")
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="What it does wrong, such as drop=12 or delay=0.2; may be repeated.")
    ] = None,
) -> None:
    """Serve one of the protocols on this machine until Ctrl-C. What it answers is local measurement."""
    from emotoolkit.faults import Faults
    from emotoolkit.local_server import serve_until_interrupted

    server = importlib.import_module(f"emotoolkit.{api.name}.server")
    if profile is not None and api is not ApiName.interhuman:
        raise typer.BadParameter("only Interhuman has profiles.", param_hint="--profile")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    with _sentences():
        told: dict[str, Any] = {} if profile is None else {"profile": profile}
        if fault:
            told["faults"] = Faults.parse(fault)
        serve_until_interrupted(server.serving(server.PORT if port is None else port, keep, **told))


def _sample(name: str) -> str:
    """Path of a sample recording: relative, where one stands in the repository, as one would type it."""
    path = SAMPLE / name
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


class _sentences:  # noqa: N801 - reads as what it is: `with _sentences():`
    """Errors and warnings of ours as one sentence on standard error, and exit code 1 for the former."""

    def __enter__(self) -> None:
        self._before = warnings.showwarning
        warnings.showwarning = lambda message, *_, **__: print(f"Note: {message}", file=sys.stderr)

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        warnings.showwarning = self._before
        if isinstance(problem, EmotoolkitError):
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
            raise typer.Exit(1) from problem


def _show(replay: Replay) -> None:
    """Print what came back: each table that has rows, and how the replay went."""
    import pandas as pd

    print(replay)
    with pd.option_context("display.width", 140, "display.max_columns", 12, "display.max_colwidth", 60):
        for name in RESULTS:
            table: pd.DataFrame = getattr(replay, name)
            if len(table):
                print(f"\n{name} ({len(table)} rows)")
                print(_in_seconds(table).head(12).to_string(index=False))
        print("\nsummary")
        print(replay.summary().round(4).to_string(), "\n")


def _in_seconds(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with times as plain seconds, which a terminal has room for."""
    flat = table.reset_index().drop(columns="file")
    return flat.assign(start=flat["start"].dt.total_seconds(), end=flat["end"].dt.total_seconds())


def _write(replay: Replay, folder: Path) -> None:
    stem = replay.journal.stem
    for name in TABLES:
        table: Any = getattr(replay, name)
        if len(table):
            table.to_csv(folder / f"{stem}-{name}.csv")
    print(f"Tables and journal are in {folder}.")


if __name__ == "__main__":
    app()
