"""Errors and warnings as the command line prints them."""

from __future__ import annotations

import sys
import warnings

import typer

from emotoolkit.errors import EmotoolkitError

__all__ = ["EXIT_INTERRUPTED", "errors_as_sentences"]

EXIT_INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class errors_as_sentences:  # noqa: N801 - used like a function: `with errors_as_sentences():`
    """Print errors of this package, and warnings, as one sentence on standard error.

    It exits with 1 after an error, with 130 after an interrupt. The sentences are those of the command line: they name
    options, not arguments of Python.
    """

    def __enter__(self) -> None:
        self._before = warnings.showwarning
        warnings.showwarning = lambda message, *_, **__: print(f"Note: {message}", file=sys.stderr)

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        warnings.showwarning = self._before
        if isinstance(problem, EmotoolkitError):
            print(f"{type(problem).__name__}: {problem.in_shell()}", file=sys.stderr)
            raise typer.Exit(EXIT_INTERRUPTED if isinstance(problem, KeyboardInterrupt) else 1) from problem
