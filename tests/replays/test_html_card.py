"""Cards: what recordings and replays show of themselves, in a real browser too."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from emotoolkit import Recording
from emotoolkit.apis.base.journal import Ended
from emotoolkit.plots.drawing import html_rows
from tests.conftest import SAMPLE
from tests.replays.test_result import BEGAN, fields, records, replay
from tests.support.browser import chromium
from tests.support.colour_vision import contrast

EVIL = "<script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\">' onclick='x"


def evil_card() -> str:
    """Draw a card in which every word is an attack."""
    band = html_rows.Band(EVIL, [(0, 5, EVIL, 0.5), (5, 9, "state", 0.9)])
    curve = html_rows.Curve(EVIL, (np.array([0.0, 1, 1, 3]), np.array([1.0, 2, np.nan, 3])))
    return html_rows.replay_html(EVIL, [EVIL], 10.0, [band, curve], {EVIL: EVIL}, [EVIL])


def test_every_word_is_text():
    """Markup in names, labels, numbers and faults is shown as letters: the card is well-formed and has none of it."""
    root = ET.fromstring(evil_card())
    assert {element.tag for element in root.iter()} <= {
        "div",
        "b",
        "span",
        "svg",
        "line",
        "text",
        "title",
        "rect",
        "path",
        "g",
    }
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert "".join(root.itertext()).count("document.title") >= 12


def test_a_replay_draws_itself():
    """A replay's card has its parameters, its numbers and who measured; its text says the same."""
    shown = replay(records())._repr_html_()
    for word in ("a.wav", "Emotion Logic", "local measurement (x)", "1 segments", "energy", "speed", "latency median"):
        assert word in shown
    assert "incomplete" not in shown
    assert repr(replay(records())) == "<Replay of 'a.wav' through emotion_logic, local measurement (x): 1 segments>"


def test_what_went_wrong_is_said():
    """An error stands in the card with its moment and its words, escaped."""
    broken = replay([*records()[:-1], Ended(0, 9.0, "failed", "the <server> is gone")])
    shown = broken._repr_html_()
    assert "error at 3.0 s: the &lt;server&gt; is gone" in shown
    assert "incomplete" in shown


def test_nothing_came():
    """A replay without results, and one that was never opened, have a card that says so."""
    for made in ([BEGAN], [*records()[:2], records()[-1]]):
        assert "no results" in replay(made)._repr_html_()
    assert "no results" in replay([type(BEGAN)(**{**fields(BEGAN), "api": "interhuman"})])._repr_html_()


def test_pictures_for_print(talk):
    """Where HTML cannot be shown there is a PNG of the same, small enough to keep in a notebook."""
    for shown in (talk, replay(records())):
        image = shown._repr_png_()
        assert Image.open(io.BytesIO(image)).format == "PNG"
        assert len(image) < 100_000


def test_a_file_that_is_gone(tmp_path):
    """A recording whose file is gone still draws itself, and says so."""
    path = tmp_path / "gone.wav"
    path.write_bytes((SAMPLE / "talk.wav").read_bytes())
    recording = Recording(path)
    path.unlink()
    assert "the file is not there any more" in recording._repr_html_()
    assert recording._repr_png_() is not None


@pytest.fixture(scope="module")
def page():
    """A page of a browser that shows what it is given."""
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 860, "height": 500})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes(page, tmp_path, theme):
    """In the colours of JupyterLab's light and dark themes, text has a contrast of 4.5:1; attacks do nothing."""
    paper, ink = {"light": ("#ffffff", "#212121"), "dark": ("#111111", "#ffffff")}[theme]
    cards = evil_card() + replay(records())._repr_html_()
    page.set_content(f"<body style='background:{paper};--jp-content-font-color1:{ink}'>{cards}</body>")
    page.screenshot(path=tmp_path / f"{theme}.png")
    assert page.title() == ""
    colours = page.eval_on_selector_all("div, span, text", "all => all.map(each => getComputedStyle(each).color)")
    assert len(colours) > 20
    for each in set(colours):
        numbers = [int(part) / 255 for part in each.removeprefix("rgb(").removesuffix(")").split(",")]
        assert contrast(numbers, paper) >= 4.5
    assert not page.eval_on_selector_all("img", "all => all.length")
