"""`outputType: "text"`: tables and reports as lines of text, both ways. No I/O.

The vendor's text form is not public (contract page §3.2, §7.3), so this one is **our own convention**, after the log of
the same engine's desktop kit: a header line, `;` between cells, CRLF between lines. A cell is JSON, so that text may
contain anything; a cell that is not JSON is read as text, an empty one as None.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["is_report", "read_report", "read_table", "report", "table"]

CELL_SEPARATOR = ";"
LINE_SEPARATOR = "\r\n"
PATH_SEPARATOR = "/"
REPORT_HEADER = ("report", "value")


def table(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a header line and one line per row; a row without cells has none."""
    lines = [CELL_SEPARATOR.join(columns), *(CELL_SEPARATOR.join(map(_cell, row)) for row in rows if row)]
    return LINE_SEPARATOR.join(lines)


def read_table(text: str) -> tuple[list[str], list[list[Any]]]:
    """Read what `table` wrote: column names, and rows."""
    header, *lines = text.split(LINE_SEPARATOR)
    return header.split(CELL_SEPARATOR), [list(map(_read_cell, line.split(CELL_SEPARATOR))) for line in lines if line]


def report(reports: Mapping[str, Any], columns: Sequence[str], rows: Iterable[Sequence[Any]] | None) -> str:
    """Write the tree of a report, one line per leaf with its path; then an empty line and the segments, if given."""
    tree = table(REPORT_HEADER, [])
    leaves = [f"{PATH_SEPARATOR.join(path)}{CELL_SEPARATOR}{_cell(leaf)}" for path, leaf in _leaves(reports, ())]
    segments = [] if rows is None else ["", table(columns, rows)]
    return LINE_SEPARATOR.join([tree, *leaves, *segments])


def is_report(text: str) -> bool:
    """Whether a text begins as `report` does."""
    return text.startswith(CELL_SEPARATOR.join(REPORT_HEADER))


def read_report(text: str) -> dict[str, Any]:
    """Read what `report` wrote, into its JSON form (§7.3)."""
    tree, _, segments = text.partition(LINE_SEPARATOR * 2)
    data: dict[str, Any] = {"reports": _tree(tree.split(LINE_SEPARATOR)[1:])}
    if segments:
        columns, rows = read_table(segments)
        data["segments"] = {"headersPositions": {name: n for n, name in enumerate(columns)}, "data": rows}
    return data


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(tree, dict) or (path and not tree):
        yield path, tree
        return
    for name, branch in tree.items():
        yield from _leaves(branch, (*path, name))


def _tree(lines: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for line in lines:
        path, _, cell = line.partition(CELL_SEPARATOR)
        *branches, leaf = path.split(PATH_SEPARATOR)
        at = tree
        for name in branches:
            at = at.setdefault(name, {})
        at[leaf] = _read_cell(cell)
    return tree


def _cell(value: Any) -> str:
    """Write a value as JSON, with semicolons, which JSON has only in strings, escaped."""
    return json.dumps(value, ensure_ascii=False, default=repr).replace(CELL_SEPARATOR, "\\u003b")


def _read_cell(cell: str) -> Any:
    if not cell:
        return None
    try:
        return json.loads(cell)
    except (RecursionError, ValueError):
        return cell
