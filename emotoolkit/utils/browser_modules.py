"""ES modules for a page, joined to one: what a notebook gives to the page as a widget's module can import nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bundle"]

IMPORT_PATTERN = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
"""The one form of an import that modules here have: names as they are, from a file beside."""

EXPORT_PATTERN = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(entry: Path) -> str:
    """Join a module and all that it imports, each once and before whatever imports it.

    The names at the top of all of them share one scope then, so no two modules define the same one. What the entry
    exports stays exported.

    Parameters
    ----------
    entry : pathlib.Path
        The module whose exports are wanted.

    Returns
    -------
    str
        A module without imports.
    """
    sources: dict[Path, str] = {}
    _collect(entry, sources)
    return "\n".join(source if path == entry else EXPORT_PATTERN.sub("", source) for path, source in sources.items())


def _collect(path: Path, sources: dict[Path, str], above: tuple[Path, ...] = ()) -> None:
    if path in above:
        raise ValueError(f"{path.name} imports itself, by way of {', '.join(each.name for each in above)}")
    if path not in sources:
        source = path.read_text(encoding="utf-8")
        for name in IMPORT_PATTERN.findall(source):
            _collect(path.parent / name, sources, (*above, path))
        sources[path] = IMPORT_PATTERN.sub("", source)
