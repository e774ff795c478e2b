"""Modules of a page are joined in the order in which they need each other."""

from __future__ import annotations

import pytest

from emotoolkit.utils.browser_modules import bundle


def write(folder, **sources):
    for name, lines in sources.items():
        (folder / f"{name}.js").write_text("\n".join(lines) + "\n")
    return folder / "entry.js"


def test_each_module_once_and_before_whoever_needs_it(tmp_path):
    """A module that two others import stands there once, before both; the entry's exports stay."""
    entry = write(
        tmp_path,
        base=["export const one = 1;"],
        more=['import { one } from "./base.js";', "export function two() {", "  return 2 * one;", "}"],
        entry=[
            'import { one } from "./base.js";',
            "import {",
            "  two,",
            '} from "./more.js";',
            "",
            "export const three = () => one + two();",
            "export default three;",
        ],
    )
    assert bundle(entry).splitlines() == [
        "const one = 1;",
        "",
        "function two() {",
        "  return 2 * one;",
        "}",
        "",
        "",
        "export const three = () => one + two();",
        "export default three;",
    ]


def test_imports_in_a_circle_are_refused(tmp_path):
    """There is no order in which they could stand."""
    entry = write(tmp_path, entry=['import { a } from "./other.js";'], other=['import { b } from "./entry.js";'])
    with pytest.raises(ValueError, match=r"entry\.js imports itself, by way of entry\.js, other\.js"):
        bundle(entry)
