"""What a page makes of strange input: media that browsers do not play, files that are gone, words in any script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import SAMPLE
from tests.support.journals import emotion_logic, interhuman, signal, write
from tests.support.media_files import film
from tests.views.test_page import MEDIUM, STAGE, TIME, fine

pytestmark = [pytest.mark.timeout(300), pytest.mark.flaky(reruns=1)]

EVIL = "<img src=x onerror=\"document.title='evil'\"><script>document.title='evil'</script>"

LONG = "Zustimmung — موافقة — 同意 — συμφωνία — " * 6

READ = """
import emotoolkit as emo
from pathlib import Path
replays = [emo.Replay.read(Path(name)) for name in {names}]
view = emo.live(*replays{more})
view
"""


def shown_journal(show, lab, name, records, more=""):
    """Show a journal in a page of its own."""
    write(lab.root / f"{name}.jsonl", records)
    shown = show(name, READ.format(names=[f"{name}.jsonl"], more=more))
    shown.run(1)
    shown.page.locator(".emo-stage").wait_for(timeout=90_000)
    shown.page.wait_for_function(f"{STAGE}.dataset.state === 'ended'")
    return shown, shown.page.locator(".emo-stage")


def test_words_in_any_script_and_html(show, lab):
    """HTML is text; long names in any script have their place; the file is gone; a message is chosen by keys, too."""
    rows = [*signal(EVIL, 1, 4, EVIL), *signal(LONG[:200], 3, 8, LONG)]
    shown, stage = shown_journal(show, lab, "words", interhuman("gone.mp4", 12.0, *rows))
    stage.get_by_text("gone.mp4 is not there any more: the timeline works without sound and pictures.").wait_for()
    stage.locator(".emo-line").first.click()
    expect(stage.locator(".emo-detail")).to_contain_text(EVIL)
    stage.locator(".emo-messages").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        shown.page.keyboard.press(key)
    expect(stage.locator(".emo-detail")).to_contain_text(LONG.strip())
    at = shown.page.evaluate("document.querySelector('.emo-messages').getAttribute('aria-activedescendant')")
    assert "signal.detected" in shown.page.locator(f"#{at}[aria-selected='true']").text_content()
    shown.picture("words")
    assert shown.page.evaluate("document.title") != "evil"
    assert stage.locator("img, script").count() == 0
    stage.locator(".emo-axis").focus()
    shown.page.keyboard.press("Home")
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function(f"{TIME} > 0.5")  # it plays on a clock of its own
    shown.page.keyboard.press(" ")
    fine(shown)


def test_fifty_parameters_past_the_end(show, lab):
    """Fifty parameters can be chosen from; what lies past the end of the medium widens the axis; one row is enough."""
    row = {"index": 1, "channel": 0, "startPosSec": 28.0, "endPosSec": 45.0, **{f"parameter {n}": n for n in range(50)}}
    shown, stage = shown_journal(show, lab, "fifty", emotion_logic(str(SAMPLE / "talk.wav"), 30.0, row))
    stage.locator("summary", has_text="Numbers at the cursor").click()
    expect(stage.locator(".emo-numbers label")).to_have_count(50)
    stage.locator(".emo-numbers label", has_text="parameter 49").locator("input").check()
    stage.locator(".emo-line").first.click()
    shown.page.wait_for_function(f"Math.abs({TIME} - 28) < 0.3")
    expect(stage.locator(".emo-numbers label", has_text="parameter 49")).to_contain_text("49")
    shown.picture("fifty")
    fine(shown)


def test_nothing_was_answered(show, lab):
    """An empty replay is shown as one. A kernel that is out of reach for a while is said to be, and asked again."""
    shown, stage = shown_journal(show, lab, "nothing", interhuman("gone.mp4", 12.0))
    stage.locator("summary", has_text="Messages: 0").wait_for()
    shown.picture("nothing")
    fine(shown)
    port = f":{shown.lab.url.rpartition(':')[2]}"
    shown.page.route(lambda url: port not in url and url.startswith("http"), lambda route: route.abort())
    stage.locator(".emo-error", has_text="The kernel does not answer any more.").wait_for()
    shown.page.unroute_all()
    stage.locator(".emo-error", has_text="The interhuman server returned no result for 'gone.mp4'").wait_for()
    shown.page.wait_for_function("!document.querySelector('.emo-error').textContent.includes('kernel')")
    assert [error for error in shown.errors if "ERR_FAILED" not in error] == []


@pytest.mark.parametrize(("name", "codecs"), [("old.avi", ("mpeg4", "mp3")), ("late.ts", ("libx264", "aac"))])
def test_a_preview_is_made(show, lab, name, codecs):
    """What browsers do not play is played as a preview, and the page says so."""
    path = film(lab.root / name, *codecs, seconds=6.0)
    stem = path.stem
    shown, stage = shown_journal(show, lab, stem, interhuman(str(path), 6.0, *signal("interest", 1, 4, "leaned in")))
    stage.get_by_text("what plays here is a small preview of it").wait_for(timeout=90_000)
    shown.page.wait_for_function(f"{MEDIUM}?.readyState >= 2")
    stage.locator(".emo-axis").focus()
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function(f"{MEDIUM}.currentTime > 1")
    assert shown.page.evaluate(f"{MEDIUM}.duration") == pytest.approx(6, abs=0.2)
    shown.picture(stem)
    fine(shown)
