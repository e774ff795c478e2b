"""Both tiers in a page: core widgets alone, several recordings, a kernel that only Jupyter reaches, the notebooks."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.views.test_page import BUSY, MEDIUM, REPLAYS, STAGE, fine, keep, staged

pytestmark = [pytest.mark.timeout(300), pytest.mark.flaky(reruns=1)]

PLAIN = """
import emotoolkit as emo, time
players = [emo.Player(f"../datasets/sample/{name}", emo.EmotionLogic()) for name in ("talk.wav", "call.wav")]
view = emo.live(*players, timeline="plain")
view
"""


def test_core_widgets_and_several_recordings(show):
    """Without any code of ours in the page: buttons and drawing go on while a cell runs; two players share a view."""
    shown = show("plain", PLAIN, BUSY, "")
    shown.run(1)
    page = shown.page
    page.locator("button.widget-button", has_text="Play").click(timeout=60_000)
    page.locator("table td", has_text="playing").first.wait_for()
    shown.run(2)
    status = page.locator(".widget-html-content [role=status]")
    page.wait_for_function("Number(document.querySelector('table progress').value) > 4")
    page.locator("button.widget-button", has_text="Pause").click()
    status.get_by_text("paused").wait_for()
    shown.picture("plain")
    assert "*" in shown.cell(2).locator(".jp-InputPrompt").first.text_content()
    shown.wait_idle()
    updates = int(shown.prints("print(view._refresh_thread.updates)"))
    page.locator("button.widget-button", has_text="Play").click()
    page.locator("button.widget-button", has_text="Stop").click()
    page.locator("table td", has_text="ended").wait_for()
    page.locator(".widget-dropdown select").first.select_option(index=1)
    page.locator("svg[aria-label='lanes over 40 seconds']").wait_for()
    shown.picture("several")
    keep(what="updates of core widgets", count=updates)
    fine(shown)


def test_a_kernel_that_only_jupyter_reaches(show, journals):
    """Where the loopback server cannot be reached, calls and the medium come by the notebook's own connection."""
    shown = show("far", REPLAYS, "")
    shown.page.route(
        lambda url: f"127.0.0.1:{shown.lab.url.rpartition(':')[2]}" not in url and url.startswith("http"), refuse
    )
    stage = staged(shown)
    assert shown.page.evaluate(f"{MEDIUM}.src").startswith("blob:")
    stage.locator(".emo-axis").focus()
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function(f"{MEDIUM}.currentTime > 0.5")
    shown.page.keyboard.press("[")
    stage.locator(".emo-selection", has_text="selected").wait_for()
    assert shown.prints("print(view.selection is not None)") == "True"
    shown.picture("far")
    # The browser itself reports each refused request.
    assert [error for error in shown.errors if "ERR_FAILED" not in error] == []
    assert shown.strangers == []


def refuse(route):
    """Let a request fail as one to another machine does."""
    route.abort()


@pytest.mark.parametrize("name", [pytest.param("01_first_replay", marks=pytest.mark.soak), "03_live_view"])
def test_notebooks_in_the_page(show, lab, name):
    """The notebook runs in JupyterLab from top to bottom; no cell fails, and what is shown is there."""
    lab.copy(ROOT / "notebooks" / f"{name}.ipynb")
    shown = show(name)
    shown.page.set_viewport_size({"width": 1280, "height": 1600})
    shown.run_all()
    shown.wait_done(240)
    shown.picture(name)
    if name == "03_live_view":
        shown.cell(1).scroll_into_view_if_needed()
        shown.page.wait_for_function(f"{STAGE}?.dataset.state === 'ended'")
    fine(shown)
