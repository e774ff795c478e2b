"""`emotoolkit serve`: a local server without a client."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Annotated

import typer

from emotoolkit.cli.errors import errors_as_sentences
from emotoolkit.cli.options import API_METAVAR, app, parse_api_name, settings_class
from emotoolkit.utils import process_log
from emotoolkit.utils.folders import make_private_folder


@app.command()
def serve(
    api: Annotated[str, typer.Argument(parser=parse_api_name, metavar=API_METAVAR, help="Which protocol.")],
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; without it, the protocol's usual one.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder in which received media are kept.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="What it does wrong, such as drop=12 or delay=0.2; may be repeated.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Emotion Logic: a manner, such as headers=once; may be repeated.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Interhuman: which server it plays, reference, quickstart, v2 or v0.")
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option(help="Interhuman: continuations, restarts or mp4v; may be repeated.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="A limit, such as idle=20 (Interhuman) or kept=1000000000; may be repeated."),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Interhuman: let in only who has the key in INTERHUMAN_API_KEY.")
    ] = False,
) -> None:
    """Serve one of the protocols on this machine until Ctrl-C. What it answers is local measurement."""
    from emotoolkit.apis.base.local_server import serve_until_interrupted

    if not logging.getLogger(process_log.PACKAGE).isEnabledFor(logging.DEBUG):  # else --verbose prints all
        process_log.print_to_stderr(logging.WARNING)
    server = importlib.import_module(settings_class(api).server)
    options_of_apis = {
        "fault": fault,
        "variant": variant,
        "profile": profile,
        "refuse": refuse,
        "limit": limit,
        "locked": locked,
    }
    given = {name: value for name, value in options_of_apis.items() if value}
    for name in given:
        if name not in server.OPTIONS:
            raise typer.BadParameter(f"{api} does not have this.", param_hint=f"--{name}")
    with errors_as_sentences():
        if keep is not None:
            make_private_folder(keep)
        try:
            options = server.options(keep, **given)
        except LookupError as missing:
            raise typer.BadParameter(str(missing.args[0]), param_hint="--locked") from None
        serve_until_interrupted(server.serving(options, server.PORT if port is None else port))
