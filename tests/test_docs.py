"""The documentation keeps up with the code: what docstrings cite is there, and every public name has its place."""

import re
import textwrap
from pathlib import Path

import pytest

import emotoolkit as emo

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

CITED = re.compile(r"§(\d+(?:\.\d+)?)(?:[–-](\d+(?:\.\d+)?))?")
HEADING = re.compile(r"^#+ §(\d+(?:\.\d+)?) ", re.MULTILINE)

PAGES = {
    "apis/emotion_logic/": "emotion_logic",
    "apis/interhuman/": "interhuman",
    "datasets/joining.py": "interhuman",  # what it says is of Interhuman's service
    "measure/": "emotion_logic",  # grid and calibration are this engine's
}
"""Which protocol's page is cited where: the beginning of a path below the package."""


def citations(path):
    """Section numbers that a file cites, each end of a range."""
    found = CITED.findall(path.read_text(encoding="utf-8"))
    return {number for ends in found for number in ends if number}


CITING = sorted(path for path in (ROOT / "emotoolkit").rglob("*.py") if citations(path))


def page_of(path):
    """The page that a file of the package cites."""
    place = path.relative_to(ROOT / "emotoolkit").as_posix()
    return next((page for beginning, page in PAGES.items() if place.startswith(beginning)), None)


def sections(page):
    """Section numbers of a protocol's page."""
    return HEADING.findall((DOCS / "protocols" / f"{page}.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CITING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_cited_sections_are_on_the_page(path):
    """Every section that a docstring cites is a heading of its protocol's page."""
    page = page_of(path)
    assert page is not None, "PAGES does not say whose page this file cites"
    assert citations(path) <= {*sections(page)}


@pytest.mark.parametrize("page", sorted({*PAGES.values()}))
def test_sections_are_numbered_once_and_in_order(page):
    """A number names one section for good, so numbers only ever go on."""
    numbers = [tuple(map(int, number.split("."))) for number in sections(page)]
    assert numbers == sorted({*numbers})


def test_links_between_sections_lead_somewhere():
    """What a page cites of itself is there, too."""
    for page in {*PAGES.values()}:
        text = (DOCS / "protocols" / f"{page}.md").read_text(encoding="utf-8")
        assert {*CITED.findall(text)} <= {(number, "") for number in sections(page)}


REFERENCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").glob("*.md")))


@pytest.mark.parametrize("name", [*emo.__all__, "errors"])
def test_public_names_are_in_the_reference(name):
    """Every public name has a place on a page of docs/reference, and only one."""
    assert re.findall(r"^::: emotoolkit\.(\w+)$", REFERENCE, re.MULTILINE).count(name) == 1


def test_reference_names_nothing_else():
    """A name that is not public any more is gone from the reference."""
    assert {*re.findall(r"^::: emotoolkit\.(\S+)$", REFERENCE, re.MULTILINE)} == {*emo.__all__, "errors"}


def test_every_kind_of_notice_is_in_the_reference():
    """The page of errors has the very table that `emo.notices()` gives."""
    rows = [f"| `{name}` | {row['when']} | {row['advice']} |" for name, row in emo.notices().iterrows()]
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `\w+Warning` \|.*$", page, re.MULTILINE) == rows


def test_pages_fetch_nothing():
    """No page, style or drawing of ours asks another host for anything."""
    asks = re.compile(r"""(?:src=|@import|url\(|!\[[^\]]*\]\()\s*["']?(?:https?:)?//""")
    for path in [*DOCS.rglob("*.md"), *DOCS.rglob("*.css"), *DOCS.rglob("*.svg")]:
        assert not asks.search(path.read_text(encoding="utf-8")), path


def test_citation_names_this_version():
    """CITATION.cff has the version of the package."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", text, re.MULTILINE) == [emo.__version__]


FENCE = re.compile(r"^ *```py(?:thon)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def test_examples_are_python():
    """Every example on a page is legal Python."""
    for path in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for block in FENCE.findall(path.read_text(encoding="utf-8")):
            compile(textwrap.dedent(block), str(path), "exec")
