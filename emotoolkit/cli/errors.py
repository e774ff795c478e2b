"""Errors and warnings as the command line prints them."""

from __future__ import annotations

import sys
import warnings

import typer

from emotoolkit.errors import EmotoolkitError

__all__ = ["errors_as_sentences"]


class errors_as_sentences:  # noqa: N801 - used like a function: `with errors_as_sentences():`
    """Print errors of this package, and warnings, as one sentence on standard error; exit with 1 after an error."""

    def __enter__(self) -> None:
        self._before = warnings.showwarning
        warnings.showwarning = lambda message, *_, **__: print(f"Note: {message}", file=sys.stderr)

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        warnings.showwarning = self._before
        if isinstance(problem, EmotoolkitError):
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
            raise typer.Exit(1) from problem
