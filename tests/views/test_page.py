"""The live view in a real JupyterLab in a real browser: buttons, playing, brushing, a storm of messages, a reload.

What was measured on the way is printed and kept in tests/artefacts/figures.jsonl; how fast this machine is, is not
asserted.
"""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.support.jupyter_lab import ARTEFACTS
from tests.views.conftest import talkative

pytestmark = [pytest.mark.timeout(300), pytest.mark.flaky(reruns=1)]

PLAYER = """
import emotoolkit as emo, time
talk = emo.Recording("../datasets/sample/interview.mp4")
player = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()], loop=9).start()
view = emo.live(player)
view
"""

REPLAYS = """
import emotoolkit as emo
from pathlib import Path
voice, face = (emo.Replay.read(Path(f"{api}.jsonl")) for api in ("emotion_logic", "interhuman"))
view = emo.live(emo.Recording("../datasets/sample/interview.mp4"), voice, face)
view
"""

BUSY = """
end = time.time() + 8
while time.time() < end: sum(range(1000))
"""

HELD = """
import itertools
from emotoolkit.replays.clock import monotonic
sum(itertools.repeat(1, 400_000_000)); ended = monotonic()
"""

PAUSED = """
while not player.paused: time.sleep(0.01)
began, *records = player.replays[0].records
print([began.epoch + each.at < ended for each in records if getattr(each, "why", "") == "pause"][-1])
"""

STAGE = "document.querySelector('.emo-stage')"
TIME = "Number(document.querySelector('.emo-axis').ariaValueNow)"
MEDIUM = "document.querySelector('.emo-stage video')"

PRESSED = """([press, wanted]) => new Promise((resolve) => {
  let began = null;
  const look = () => {
    const button = [...document.querySelectorAll(press[0])].find((each) => each.textContent.includes(press[1]));
    const status = document.querySelector('.widget-html-content [role=status]').textContent;
    const shown = document.querySelector('.emo-stage').dataset.state === wanted || status.includes(wanted);
    if (began !== null && shown) return resolve(performance.now() - began);
    if (began === null && button && !button.disabled) { began = performance.now(); button.click(); }
    setTimeout(look, 4);
  };
  setTimeout(() => resolve(Infinity), 6000);
  look();
})"""

LONG_TASKS = """() => {
  window.longest = 0;
  const longer = (entry) => { window.longest = Math.max(window.longest, entry.duration); };
  new PerformanceObserver((list) => list.getEntries().forEach(longer)).observe({ type: 'longtask', buffered: false });
}"""


def keep(**figures) -> None:
    """Print what was measured, and keep it."""
    ARTEFACTS.mkdir(exist_ok=True)
    with (ARTEFACTS / "figures.jsonl").open("a") as file:
        file.write(json.dumps(figures) + "\n")
    print(figures)


def fine(shown) -> None:
    """Nothing went wrong in the page, and nothing left this machine."""
    assert shown.errors == []
    assert shown.strangers == []


def staged(shown, state="ended", cell=1):
    """Run a cell and wait until its synced player is there, in a state."""
    shown.run(cell)
    stage = shown.page.locator(".emo-stage")
    stage.wait_for(timeout=90_000)
    shown.page.wait_for_function(f"{STAGE}.dataset.state === '{state}'")
    shown.page.wait_for_function(f"{MEDIUM}?.readyState >= 2")
    if state == "ended":
        stage.locator("summary", has_text=re.compile("Messages: [1-9]")).wait_for()
    return stage


def test_buttons_while_a_cell_is_busy(show):
    """Both rows of buttons pause and go on while another cell computes; so do the numbers beside them."""
    shown = show("busy", PLAYER, BUSY)
    staged(shown, "playing")
    shown.run(2)
    shown.page.wait_for_timeout(500)
    took = {"button.widget-button": [], ".emo-bar button": []}
    for button, times in took.items():
        for _ in range(2):
            times.append(shown.page.evaluate(PRESSED, [[button, "Pause"], "paused"]))
            shown.page.evaluate(PRESSED, [[button, "Play"], "playing"])
    assert "*" in shown.cell(2).locator(".jp-InputPrompt").first.text_content()
    shown.picture("busy")
    core, synced = took.values()
    assert max(core + synced) < 6000
    keep(what="pause shows while a cell is busy, ms", core=core, synced=synced)
    fine(shown)


def test_a_button_while_one_call_holds_the_kernel(show):
    """A call in C lets no thread of the kernel run; the page's pause reaches the process that sends all the same."""
    shown = show("held", PLAYER, HELD, "")
    stage = staged(shown, "playing")
    shown.page.wait_for_function("document.querySelector('.emo-stage').dataset.remoteControl === 'available'")
    shown.run(2)
    stage.get_by_role("button", name="Pause").click()
    shown.page.wait_for_function(f"{STAGE}.dataset.state === 'paused'")
    shown.picture("held")
    shown.wait_idle()
    assert shown.prints(PAUSED) == "True"
    fine(shown)


def test_cursor_and_medium_agree(show, journals):
    """While it plays and after a scrub, the cursor stands where the medium is; playing follows the replay's pause."""
    shown = show("agree", REPLAYS)
    stage = staged(shown)
    apart = f"Math.abs({MEDIUM}.currentTime - {TIME})"
    drawn = (
        "(() => { const clip = document.querySelector('.emo-clip').getBoundingClientRect();"
        " const cursor = document.querySelector('.emo-cursor').getBoundingClientRect();"
        f" const at = (cursor.left + 1 - clip.left) / clip.width * {MEDIUM}.duration;"
        f" return Math.abs(at - {MEDIUM}.currentTime); }})()"
    )
    stage.locator(".emo-axis").focus()
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function(f"{MEDIUM}.currentTime > 0.3")
    offs = []
    for _ in range(20):
        shown.page.wait_for_timeout(100)
        offs.append(max(shown.page.evaluate(apart), shown.page.evaluate(drawn)))
    assert shown.page.evaluate(f"{MEDIUM}.currentTime") > 1.5
    box = stage.locator(".emo-axis").bounding_box()
    for share in (0.7, 0.4):
        shown.page.mouse.click(box["x"] + 150 + share * (box["width"] - 150), box["y"] + 8)
        shown.page.wait_for_timeout(250)
        assert shown.page.evaluate(f"{MEDIUM}.currentTime") == pytest.approx(share * 32, abs=1.0)
        offs.append(max(shown.page.evaluate(apart), shown.page.evaluate(drawn)))
    shown.page.evaluate(f"{MEDIUM}.currentTime = 3")  # the other way round: the medium leads
    shown.page.wait_for_timeout(250)
    assert shown.page.evaluate(TIME) == pytest.approx(shown.page.evaluate(f"{MEDIUM}.currentTime"), abs=0.1)
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function(f"{MEDIUM}.paused")
    shown.picture("agree")
    keep(what="cursor and medium apart, s", most=max(offs))
    assert max(offs) < 0.1
    fine(shown)


def test_brush_and_click(show, journals):
    """A brush from 5 to 10 s gives exactly those rows; the keys do too; a click on a signal shows why it was said."""
    shown = show("brush", REPLAYS, "")
    stage = staged(shown)
    box = stage.locator(".emo-axis").bounding_box()

    def x(second):
        return box["x"] + 150 + second / 32 * (box["width"] - 150)

    shown.page.mouse.move(x(5), box["y"] + 40)
    shown.page.mouse.down()
    shown.page.mouse.move(x(8), box["y"] + 50)
    shown.page.mouse.move(x(10), box["y"] + 60)
    shown.page.mouse.up()
    stage.locator(".emo-selection", has_text="selected").wait_for()
    shown.picture("brush")
    said = shown.prints(
        "chosen, (first, last) = view.selected(voice.segments), view.selection\n"
        "start, end = (voice.segments.index.get_level_values(n).total_seconds() for n in ('start', 'end'))\n"
        "print(round(first, 1), round(last, 1), len(chosen) > 0,\n"
        "      chosen.equals(voice.segments[(start < last) & (end > first)]),\n"
        "      chosen.equals(voice.segments[(start < 10) & (end > 5)]))"
    )
    assert said == "5.0 10.0 True True True"
    axis = stage.locator(".emo-axis")
    axis.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "[", "ArrowRight", "]"):
        shown.page.keyboard.press(key)
    shown.page.wait_for_timeout(300)
    assert shown.prints("print(*(round(each, 1) for each in view.selection))") == "2.0 3.0"
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    detail = stage.locator(".emo-detail")
    for step in range(30):
        shown.page.mouse.click(x(5.5), box["y"] + 30 + step * 10)
        if "agreement" in (detail.text_content() or ""):
            break
    expect(detail).to_contain_text("nodded")
    shown.page.wait_for_function(f"Math.abs({TIME} - 4) < 0.1")
    assert shown.prints("view.selection = (20, 22)") == ""
    stage.locator(".emo-selection", has_text="selected 0:20.00").wait_for()
    fine(shown)


def test_ten_thousand_messages_in_ten_seconds(show):
    """The page takes them in, ten updates a second at most, and misses none."""
    with talkative(10_000, 10) as url:
        cell = f"""
import emotoolkit as emo
player = emo.Player("../datasets/sample/interview.mp4", emo.Interhuman(url={url!r}), until=16).start()
view = emo.live(player)
view
"""
        shown = show("storm", cell, "(face,) = player.wait()\nprint('all', len(face.events))", "")
        stage = staged(shown, "playing")
        shown.page.evaluate(LONG_TASKS)
        pulls = []
        shown.page.on("request", lambda asked: pulls.append(asked) if '"pull"' in (asked.post_data or "") else None)
        before = shown.page.evaluate("performance.now()")
        shown.page.wait_for_timeout(10_000)
        counted, lasted = len(pulls), (shown.page.evaluate("performance.now()") - before) / 1000
        shown.picture("storm")
        stage.locator("summary", has_text="Messages: 10002").wait_for()
        longest = shown.page.evaluate("window.longest")
        keep(what="10 000 messages in 10 s", updates_per_s=counted / lasted, longest_task_ms=longest)
        assert counted <= 10 * lasted + 1
        shown.page.locator(".emo-messages").evaluate("each => { each.scrollTop = 5000 * 20; }")
        shown.page.wait_for_timeout(200)
        row = stage.locator('[role="row"][aria-rowindex="5001"]')
        expect(row).to_contain_text("engagement.updated")
        shown.run(2)
        shown.page.get_by_text("all 10002").wait_for(timeout=90_000)
        fine(shown)


def test_reload_and_again(show, journals):
    """A page loaded anew shows the present state; a cell that runs anew leaves one view and no thread behind."""
    shown = show("reload", REPLAYS, "import gc, threading; from emotoolkit.views import live_view, page_server", "")
    stage = staged(shown)
    lines = stage.locator("summary").last.text_content()
    assert lines.startswith("Messages: ")
    shown.run(2)
    shown.wait_idle()
    shown.prints("view.selection = (4, 6)")
    shown.save()
    shown.open(fresh=False)
    stage = shown.page.locator(".emo-stage")
    stage.locator("summary", has_text=lines).wait_for()
    stage.locator(".emo-selection", has_text="selected 0:04.00").wait_for()
    shown.picture("reload")
    count = (
        "print(len(threading.enumerate()), len(live_view._views_by_cell),"
        " [len(each._calls_by_token) for each in page_server._servers])"
    )
    shown.prints(count)
    before = shown.prints(count)
    for _ in range(2):
        shown.run(1)
        shown.wait_idle()
        shown.page.locator(".emo-stage").wait_for()
    shown.page.wait_for_timeout(500)
    assert shown.prints(count).endswith("1 [1]")
    assert shown.prints("view.close()\n" + count).endswith("0 []")
    assert int(shown.prints(count).split()[0]) <= int(before.split()[0])
    fine(shown)
