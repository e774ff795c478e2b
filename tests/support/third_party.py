"""A package of somebody else, in a folder of its own: what it holds, and what an installer writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOUDNESS = ROOT / "tests" / "packages" / "emotoolkit-loudness"


def install(folder: Path, source: Path = LOUDNESS) -> Path:
    """Do what an installer does with a package of pure Python: copy it, and write down its name and entry points."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package in source.glob("*/__init__.py"):
        shutil.copytree(package.parent, folder / package.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    return register(folder, project["name"], project["version"], project["entry-points"])


def register(folder: Path, name: str, version: str, points: dict[str, dict[str, Any]]) -> Path:
    """Write what tells Python that a package is installed in a folder, and what it brings."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The environment of a Python in which what is installed in a folder is there."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def python(folder: Path, *arguments: object) -> str:
    """Run Python with what is installed in a folder; gives its output."""
    call = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        call, cwd=ROOT, env=environment(folder), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
