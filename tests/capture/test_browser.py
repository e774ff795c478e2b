"""The page's half of a recorder, in a real Chromium with its fake camera and microphone."""

import io
import time

import av
import numpy as np
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit import errors
from emotoolkit.capture.growing import is_growing
from emotoolkit.emotion_logic import server as emotion_logic_server
from emotoolkit.interhuman import server as interhuman_server

from ..browser import chromium
from .pages import shown

TABLES = {"emotion_logic": ("segments",), "interhuman": ("signals", "engagement", "quality")}


@pytest.fixture(scope="module")
def browser():
    """One browser for the whole file."""
    with chromium() as running:
        yield running


def packets_of(source):
    """All coded packets of a file, track by track: time and bytes."""
    tracks = {"audio": [], "video": []}
    with av.open(source) as container:
        for packet in container.demux():
            if packet.size:
                tracks[packet.stream.type].append((float(packet.pts * packet.time_base), bytes(packet)))
    return tracks


def until(holds, page, seconds=60):
    """Wait for a fact, while the page lives on."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        page.sync()
        page.page.wait_for_timeout(50)


def ended(page, source):
    """Everything is over: state, marker, devices."""
    until(lambda: source.state == "ended", page)
    page.until("recorder.state === 'ended'")
    assert page.page.evaluate("recorder.stream === null")
    assert not is_growing(source._live.path)
    assert page.problems == []


def test_both_apis(browser, tmp_path):
    """What the browser's recorder produced is in the file and at both servers, and live tables are the replay's."""
    with (
        emotion_logic_server.serve(keep=tmp_path / "voice") as voice_server,
        interhuman_server.serve(keep=tmp_path / "face") as face_server,
    ):
        source = emo.camera(tmp_path / "session.webm", via="browser", size=(320, 240), rate=20)
        apis = [emo.EmotionLogic(url=voice_server.url), emo.Interhuman(url=face_server.url)]
        player = emo.Player(source, apis)
        with shown(browser, source) as page:
            assert "Emotion Logic on this machine" in page.page.inner_text(".emo-goes")
            page.page.click(".emo-record")
            page.until("recorder.state === 'recording'")
            assert page.page.inner_text(".emo-state").startswith("Recording 0:0")
            until(lambda: player.sent > 6, page)
            page.page.screenshot(path=str(tmp_path / "recording.png"))
            page.page.click(".emo-stop")
            ended(page, source)
            produced = page.produced
        replays = player.wait()
        made = source.recording
        assert packets_of(str(made.path)) == packets_of(io.BytesIO(produced))
        for replay, api in zip(replays, apis, strict=True):
            assert replay.complete
            sent = replay.packets
            assert (sent["start"].to_numpy()[1:] == sent["end"].to_numpy()[:-1]).all()
            again = emo.replay(made, api, speed=float("inf"), progress=False)
            for name in TABLES[replay.api]:
                same(getattr(replay, name), getattr(again, name), sent["end"].iloc[-1])
        at_the_servers(tmp_path, made, replays)


PICTURE = pd.Timedelta(milliseconds=50)


def same(live, again, end):
    """Tables are equal; but where the media ends, one picture's length is not known before the file is finished."""
    last = pd.Timedelta(seconds=end)
    ends, finished = (table.index.get_level_values("end") for table in (live, again))
    before = ends < last - PICTURE
    assert ends[before].equals(finished[before])
    assert (abs(ends - finished) <= PICTURE).all()
    assert live.reset_index("end", drop=True).equals(again.reset_index("end", drop=True))


def at_the_servers(folder, made, replays):
    """Every sample and every picture of the file came to the servers: those of the live session, the first there."""
    voice, face = replays
    seconds = sum(len(block) for block in made.blocks()) / made.audio.sampling_rate
    assert voice.packets["bytes"].sum() == 2 * round(seconds * 11_025)
    session = min((folder / "face").iterdir(), key=lambda each: each.stat().st_mtime)
    messages = b"".join(each.read_bytes() for each in sorted(session.iterdir()))
    received, kept = packets_of(io.BytesIO(messages)), packets_of(str(made.path))
    for kind in kept:
        assert [data for _, data in received[kind]] == [data for _, data in kept[kind]]
    ends = [received[kind][-1][0] for kind in ("audio", "video")]
    assert abs(ends[0] - ends[1]) < 0.3  # the fake devices' own last packets
    assert len(face.packets) >= 2


def test_microphone(browser, tmp_path):
    """A microphone alone has a level and no preview."""
    source = emo.microphone(tmp_path / "call.webm", via="browser")
    player = emo.Player(source, emo.EmotionLogic())
    with shown(browser, source) as page:
        assert page.page.locator(".emo-preview").count() == 0
        page.page.click(".emo-open")
        page.until("recorder.state === 'open'")
        page.until("recorder.level > 0.2")
        assert page.page.locator(".emo-microphone option").count() > 1
        page.page.click(".emo-record")
        until(lambda: player.sent > 1, page)
        player.stop()
        ended(page, source)
    (voice,) = player.wait()
    assert voice.complete
    assert source.recording.video is None


def test_through_the_kernel(browser, tmp_path):
    """Where the page cannot reach the recorder's process, its chunks come as messages of the kernel, all of them."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    with shown(browser, source) as page:
        page.page.evaluate("() => { window.WebSocket = class { constructor() { throw new Error('not from here'); } } }")
        answers = []
        source.widget.send = answers.append
        source.start()
        page.sync()

        def pump():
            while answers:
                page.page.evaluate("(message) => model.hear(message)", answers.pop(0))

        def recorded():
            pump()
            return page.page.evaluate("made.length") > 15

        until(recorded, page)
        source.stop()
        until(lambda: pump() or source.state == "ended", page)
        page.until("recorder.state === 'ended'")
        produced = page.produced
    assert packets_of(source.file) == packets_of(io.BytesIO(produced))


@pytest.mark.parametrize("how", ["closed", "reloaded"])
def test_the_page_goes(browser, tmp_path, how):
    """A tab that is closed or reloaded ends the session with a sentence; the file and the tables have the rest."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    player = emo.Player(source, emo.EmotionLogic())
    with shown(browser, source) as page:
        player.start()
        until(lambda: player.sent > 1.5, page)
        page.page.close() if how == "closed" else page.page.reload()
        with pytest.raises(errors.PageGone, match="closed or reloaded") as caught:
            player.wait()
    (voice,) = caught.value.replays
    assert voice.complete
    assert source.recording.duration > 1.5
    assert voice.packets["end"].iloc[-1] == pytest.approx(source.recording.duration, abs=0.1)


def test_python_goes(browser, tmp_path):
    """A kernel that is gone, and the recorder's process with it: the page releases the devices and says so."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    with shown(browser, source) as page:
        source.start()
        until(lambda: source.state == "recording", page)
        page.page.wait_for_timeout(1500)
        source._child.stdin.close()  # what the end of a kernel does
        page.until("recorder.state === 'ended' && recorder.stream === null")
        assert page.page.inner_text(".emo-said")
        until(lambda: source.state == "ended", page)
    assert emo.Recording(source.file).duration > 1


def test_unplugged(browser, tmp_path):
    """A device that goes away mid-way: what was recorded until then is sent, and the error says where it is."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    player = emo.Player(source, emo.EmotionLogic())
    with shown(browser, source) as page:
        player.start()
        until(lambda: player.sent > 1, page)
        page.page.evaluate("recorder.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
        ended(page, source)
        assert "The camera went away" in page.page.inner_text(".emo-said")
    with pytest.raises(errors.DeviceLost, match="The camera went away after") as caught:
        player.wait()
    assert caught.value.replay.complete
    assert source.recording.duration > 1


@pytest.mark.parametrize(
    ("name", "kind"), [("NotAllowedError", errors.DeviceRefused), ("NotFoundError", errors.NoDevice)]
)
def test_no_device(browser, tmp_path, name, kind):
    """Permission that is denied, or no device: a sentence in the view and an error in Python; nothing is left open."""
    source = emo.camera(tmp_path / "session.webm", via="browser")
    player = emo.Player(source, emo.Interhuman())
    with shown(browser, source) as page:
        refuse = "async () => { throw new DOMException('no', name); }"
        page.page.evaluate(f"(name) => {{ navigator.mediaDevices.getUserMedia = {refuse}; }}", name)
        player.start()
        ended(page, source)
        assert page.page.inner_text(".emo-said") == str(source.problem)
    with pytest.raises(kind, match="camera and microphone"):
        player.wait()


def test_two_pages(browser, tmp_path):
    """A second page that shows the same source does not record it twice."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    with shown(browser, source) as page, shown(browser, source) as other:
        source.start()
        page.sync()
        page.until("recorder.state === 'recording'")
        other.until("recorder.state === 'ended'")
        assert "Another page records this" in other.page.inner_text(".emo-said")
        page.page.click(".emo-stop")
        ended(page, source)


def test_levels_of_silence(browser, tmp_path):
    """What the fake microphone beeps is in the recording: sound that is not silence."""
    source = emo.microphone(tmp_path / "beeps.webm", via="browser", channels=2)
    with shown(browser, source) as page:
        source.start()
        until(lambda: source.state == "recording", page)
        page.page.wait_for_timeout(1500)
        source.stop()
        ended(page, source)
    samples = np.concatenate(list(source.recording.blocks()))
    assert source.recording.audio.channels == 2
    assert np.abs(samples).max() > 0.1
