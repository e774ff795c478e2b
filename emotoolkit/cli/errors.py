"""Errors and warnings as the command line prints them."""

from __future__ import annotations

import re
import string
import sys
import warnings

import typer

from emotoolkit import errors
from emotoolkit.errors import EmotoolkitError

__all__ = ["EXIT_INTERRUPTED", "errors_as_sentences", "stored_in_shell"]

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


def stored_in_shell(name: str, sentence: str) -> str:
    """Return the stored sentence of a failure as the command line says it: with options instead of arguments.

    A run's receipts have the sentence of Python. The facts are read out of it, by the template of its class, and put
    into that of the command line. A sentence that is not made by the template stays.

    Examples
    --------
    >>> stored_in_shell("ServerUnreachable", "Nothing answers at http://127.0.0.1:9 (refused), so Emotion Logic got "
    ...     "nothing. Is the server running and the port right? Without url= a local server is started for you.")[-60:]
    'port right? Without --url a local server is started for you.'
    """
    kind = getattr(errors, name, EmotoolkitError)
    found = re.fullmatch(_pattern(kind.sentence), sentence, re.DOTALL)
    return sentence if found is None else _filled(kind.shell_sentence, found.groupdict())


def _pattern(template: str) -> str:
    """Make a pattern of a template: each of its fields is a group, and what follows it is the group `rest_`."""
    pattern, known = "", set[str]()
    for text, field, _, conversion in string.Formatter().parse(template):
        pattern += re.escape(text)
        if field is not None:
            name = _group(field, conversion)
            pattern += f"(?P={name})" if name in known else f"(?P<{name}>.+?)"
            known.add(name)
    return f"{pattern}(?P<rest_>.*)"


def _group(field: str, conversion: str | None) -> str:
    """Name the group of a field: what stood in quotes is another text than the same without."""
    return f"{field}_{conversion}" if conversion else field


def _filled(template: str, facts: dict[str, str]) -> str:
    """Fill a template with facts that are text as it stood in a sentence, whatever their format was there."""
    fields = string.Formatter().parse(f"{template}{{rest_}}")
    parts = [(text, _group(field or "", conversion)) for text, field, _, conversion in fields]
    option = facts.get("setting", "").replace("_", "-")
    facts = {"option": errors.OPTIONS_OF_SETTINGS.get(option, option), **facts}
    return "".join(text + facts.get(group, facts.get(f"{group}_r", "")) for text, group in parts)
