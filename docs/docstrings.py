"""An extension of griffe, which reads our docstrings: what numpydoc knows and griffe, or Markdown, does not.

Choices in braces become a type like others: griffe drops what stands behind the braces (`{"mono", "both"} or int`) and
takes the first choice for the default; the signature has the real one. Tables of reStructuredText become Markdown's.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICES = re.compile(r"^( *\w+ : )\{(.*)\}(.*)$", re.MULTILINE)

TABLE = re.compile(r"^(?P<edge> *=+(?: +=+)+)\n(?P<head>.*)\n(?P=edge)\n(?P<rows>(?:.*\n)+?)(?P=edge)$", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Change docstrings before they are taken apart."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of whatever has one."""
        if obj.docstring is not None:
            plain = CHOICES.sub(r"\1\2\3", obj.docstring.value)
            obj.docstring.value = TABLE.sub(_markdown, plain)


def _markdown(table: re.Match[str]) -> str:
    edge = table["edge"]
    begins = [run.start() for run in re.finditer("=+", edge)]
    lines = [_cells(line, [*begins, None]) for line in (table["head"], *table["rows"].splitlines())]
    lines.insert(1, ["---"] * len(begins))
    indent = " " * begins[0]
    return "\n".join(["", *(f"{indent}| {' | '.join(cells)} |" for cells in lines), ""])


def _cells(line: str, begins: Iterable[int | None]) -> list[str]:
    return [line[begin:end].strip() for begin, end in pairwise(begins)]
