"""`emotoolkit serve`: a local server by itself."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from emotoolkit.cli.command import ApiName, app
from emotoolkit.cli.sentences import sentences


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
    with sentences():
        told: dict[str, Any] = {} if profile is None else {"profile": profile}
        if fault:
            told["faults"] = Faults.parse(fault)
        serve_until_interrupted(server.serving(server.PORT if port is None else port, keep, **told))
