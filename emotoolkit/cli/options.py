"""The command that the others are parts of, and what several of them take."""

from __future__ import annotations

from enum import StrEnum

import typer

__all__ = ["ApiName", "app"]

app = typer.Typer(
    help="Replay recordings through real-time emotion and social-signal APIs, into tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class ApiName(StrEnum):
    """The APIs by the names that one types."""

    emotion_logic = "emotion-logic"
    interhuman = "interhuman"
