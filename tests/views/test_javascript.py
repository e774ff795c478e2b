"""The page's modules: their own unit tests, run by Node, and what a notebook is given of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emotoolkit.media.capture import browser_source
from emotoolkit.utils.browser_modules import bundle
from emotoolkit.views import player_widget
from tests.support.node import node

TESTS = Path(__file__).parents[1]

ENTRIES = [
    Path(module.__file__).parent / "browser" / f"{Path(module.__file__).stem}.js"
    for module in (player_widget, browser_source)
]


def test_units_of_the_page():
    """Lanes, playhead, time window, log, selection, calls, chunks and the rest do what their tests in Node say."""
    files = sorted(str(path) for path in TESTS.rglob("browser/*.test.mjs"))
    done = node("--test", "--test-reporter=tap", *files)
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout
    assert passed is not None
    assert int(passed[1]) > 100


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_a_widget_is_one_module(entry):
    """What a notebook is given imports nothing, has every module beside its entry, and no name twice."""
    module = bundle(entry)
    assert re.findall(r"^import\b.*", module, re.MULTILINE) == []
    assert len(re.findall(r"^export default ", module, re.MULTILINE)) == 1
    for path in entry.parent.glob("*.js"):
        assert module.count(path.read_text(encoding="utf-8").splitlines()[1]) == 1, path.name
    checked = node("--check", "--input-type=module", "-", text=module)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_every_module_is_checked(entry):
    """The compiler looks at each module, and each says in its second line what it is there for."""
    for path in entry.parent.glob("*.js"):
        first, second, *_ = path.read_text(encoding="utf-8").splitlines()
        assert first == "// @ts-check"
        assert second.startswith("// ")
