"""What the commands share: the program itself, and the APIs by the names that one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emotoolkit._version import __version__
from emotoolkit.apis.registry import BY_NAME

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import Registered

__all__ = ["API_CHOICE", "API_NAMES", "app", "known_api", "settings_class"]


def _say_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


app = typer.Typer(
    help="Replay recordings through real-time emotion and social-signal APIs, into tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Replay recordings through real-time emotion and social-signal APIs, into tables."""


API_NAMES = [name.replace("_", "-") for name in BY_NAME]
"""What one types for each API: its name in tables, with dashes."""


def known_api(typed: str) -> str:
    """Give back what was typed for an API, if there is one of that name."""
    if typed not in API_NAMES:
        raise typer.BadParameter(f"{typed!r} is not one of {', '.join(map(repr, API_NAMES))}.")
    return typed


API_CHOICE = "|".join(API_NAMES)
"""The same as help texts show it."""


def settings_class(typed: str) -> type[Registered]:
    """Give the settings class of an API by the name that was typed."""
    return BY_NAME[typed.replace("-", "_")]
