"""Who imports whom, file by file, types and lazy imports too: `python -m tests.support.imports`, part of `make check`.

The linter of imports holds the order of the rooms. Here is what it does not see: circles among files, and files that
import the package's own door, which knows all of them.
"""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "emotoolkit"
DOOR = "emotoolkit"


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    modules = {_name(path): path for path in PACKAGE.rglob("*.py")}
    imports = {name: _imported(path, modules) - {name} for name, path in modules.items() if name != DOOR}
    wrong = [f"{name} imports the door" for name, found in imports.items() if DOOR in found and ".cli" not in name]
    try:
        TopologicalSorter({name: found - {DOOR} for name, found in imports.items()}).prepare()
    except CycleError as circle:
        wrong.append("a circle: " + " -> ".join(circle.args[1]))
    arrows = sum(map(len, imports.values()))
    print("\n".join([*wrong, f"{len(modules)} files, {arrows} imports, {len(wrong)} wrong"]))
    return bool(wrong)


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == DOOR:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in modules else str(node.module))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules}
    return found


if __name__ == "__main__":
    sys.exit(main())
