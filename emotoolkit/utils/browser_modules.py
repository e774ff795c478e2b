"""Bundles ES modules into one, since the module of a notebook widget cannot import others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bundle"]

IMPORT_PATTERN = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
"""The only form of an import that is bundled: names without `as`, from a file in the same folder."""

EXPORT_PATTERN = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(entry: Path) -> str:
    """Join a module and all that it imports, each once and before the modules that import it.

    All top-level names share one scope then, so no two modules may define the same one. The exports of the entry stay.

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


def _collect(path: Path, sources: dict[Path, str], importers: tuple[Path, ...] = ()) -> None:
    if path in importers:
        raise ValueError(f"{path.name} imports itself, by way of {', '.join(each.name for each in importers)}")
    if path not in sources:
        source = path.read_text(encoding="utf-8")
        for name in IMPORT_PATTERN.findall(source):
            _collect(path.parent / name, sources, (*importers, path))
        sources[path] = IMPORT_PATTERN.sub("", source)
