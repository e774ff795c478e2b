"""What the commands share: the Typer application, and the names of APIs on the command line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from emotoolkit._version import __version__
from emotoolkit.apis.registry import APIS
from emotoolkit.utils import process_log

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import RegisteredApi

__all__ = ["API_METAVAR", "API_NAMES", "app", "parse_api_name", "settings_class"]


def _print_version(requested: bool) -> None:
    if requested:
        print(__version__)
        raise typer.Exit


app = typer.Typer(
    help="Replay recordings through real-time emotion and social-signal APIs, into tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _main(
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Tell on standard error of connections, retries and processes.")
    ] = False,
) -> None:
    """Replay recordings through real-time emotion and social-signal APIs, into tables."""
    if verbose:
        process_log.print_to_stderr(logging.DEBUG)


API_NAMES = [name.replace("_", "-") for name in APIS]
"""Name of each API on the command line: its name in tables, with dashes."""


def parse_api_name(name: str) -> str:
    """Return the name of an API as it was typed; a `typer.BadParameter` is raised if there is none of that name."""
    if name not in API_NAMES:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(map(repr, API_NAMES))}.")
    return name


API_METAVAR = "|".join(API_NAMES)
"""The names of all APIs as help texts show them."""


def settings_class(name: str) -> type[RegisteredApi]:
    """Return the settings class of an API by its name on the command line."""
    return APIS[name.replace("-", "_")]
