"""A live session in a real JupyterLab, with the browser's fake camera and microphone."""

import pytest

from ..browser import chromium
from ..view import lab as jupyter
from .faces import devices


@pytest.fixture
def lab(tmp_path):
    """A running JupyterLab."""
    with jupyter.running(tmp_path) as running:
        yield running


def test_the_camera_of_the_page(lab, interview, tmp_path):
    """Record, see the state, stop: the devices are released, and the tables are there."""
    name = lab.write(
        "live",
        "import emotoolkit as emo\n"
        "player = emo.Player(emo.camera('session.webm', size=(320, 180)), [emo.EmotionLogic(), emo.Interhuman()])\n"
        "emo.live(player)",
        "1",
    )
    with chromium(*devices(interview, tmp_path)) as browser:
        shown = jupyter.shown(browser, lab, name).open()
        shown.run_all()
        record = shown.page.locator(".emo-record")
        record.wait_for(timeout=60_000)
        assert "Emotion Logic on this machine; Interhuman on this machine" in shown.page.inner_text(".emo-goes")
        record.click()
        shown.page.locator('.emo-recorder[data-state="recording"]').wait_for(timeout=60_000)
        shown.page.wait_for_timeout(7000)
        shown.picture("live-recording")
        shown.page.locator(".emo-stop").click()
        shown.page.locator('.emo-recorder[data-state="ended"]').wait_for(timeout=60_000)
        shown.picture("live-ended")
        said = shown.prints(
            "voice, face = player.wait()\n"
            "print(player.recording.duration > 5, voice.complete, face.complete, len(voice.packets) > 15)"
        )
        assert "True True True True" in said
        assert shown.strangers == []
