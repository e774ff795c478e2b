"""What the pages of the documentation get from elsewhere: the table of measures, and files at the repository's root.

A page asks by a line `{{ measures }}`, `{{ file CONTRIBUTING.md }}`; mkdocs calls `on_page_markdown` and
`on_page_content` for each page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[1]

WANTED = re.compile(r"^\{\{ (?P<what>measures|file) ?(?P<name>\S*) \}\}$", re.MULTILINE)

DEFAULT = re.compile(r",\s*default:\s*<code>(?:(?!</code>).)*</code>\s*\)", re.DOTALL)

AROUND_TYPES = re.compile(
    r'(field-body">\s*(?:<b><code>[^<]*</code></b>\s*\()?<code>)\(((?:(?!</code>).)*)\)(</code>)', re.DOTALL
)

STUBS = {"CHANGELOG.md": "# Changelog\n\n## Unreleased\n"}
"""What stands for a file that is not there."""

COLUMNS = {"what": "what it is", "formula": "formula", "unit": "unit or range", "source": "source", "limits": "limits"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in what a page asks for."""
    return WANTED.sub(_found, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Drop what is only the form of docstrings: a second colon in front of an example, parentheses around types.

    And the defaults of parameters: the signature has them, and of names that share a line they would be the first's.
    """
    plain = DEFAULT.sub(")", html.replace("::</p>", ":</p>"))
    return AROUND_TYPES.sub(r"\1\2\3", plain)


def _found(wanted: re.Match[str]) -> str:
    return measures() if wanted["what"] == "measures" else file(wanted["name"])


def file(name: str) -> str:
    """Give the text of a file at the root; its links to `docs/…` and to files at the root lead to pages."""
    path = ROOT / name
    text = path.read_text(encoding="utf-8") if path.exists() else STUBS[name]
    return re.sub(r"\]\(([A-Z]+)\.md\)", lambda link: f"]({link[1].lower()}.md)", text.replace("](docs/", "]("))


def measures() -> str:
    """List what the local servers measure: a table for each kind of thing that is measured."""
    import emotoolkit as emo

    table = emo.measures()
    kinds = table.index.get_level_values("of").unique()
    return "\n".join(f"## {_heading(kind)}\n\n{_rows(table.loc[kind])}\n" for kind in kinds)


def _heading(kind: str) -> str:
    return kind[0].upper() + kind[1:]


def _rows(table: pd.DataFrame) -> str:
    head = ["name", *COLUMNS.values()]
    lines = [head, ["---"] * len(head), *([f"`{row.Index}`", *map(_cell, row[1:])] for row in table.itertuples())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"([|*_<>\[\]])", r"\\\1", text)
