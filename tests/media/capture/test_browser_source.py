"""The page's half of a recorder, in a real Chromium whose camera and microphone are files: a real face, real speech."""

import io
import time

import av
import numpy as np
import pytest

import emotoolkit as emo
from emotoolkit import errors
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.journal import Began, Sent
from emotoolkit.apis.emotion_logic.server import app as emotion_logic_server
from emotoolkit.apis.interhuman.server import app as interhuman_server
from emotoolkit.media import audio
from emotoolkit.media.capture.growing_file import is_growing
from emotoolkit.media.video import segments
from emotoolkit.replays.clock import monotonic
from tests.media.capture.test_live_recording import decoded, drained, everything
from tests.support.browser import chromium
from tests.support.capture_pages import shown
from tests.support.faces import devices

pytestmark = pytest.mark.flaky(reruns=1)

TABLES = {"emotion_logic": ("segments",), "interhuman": ("signals", "engagement", "quality")}


@pytest.fixture(scope="module")
def browser(tmp_path_factory, interview):
    """One browser for the whole file, before which somebody speaks: the sample interview, over and over."""
    with chromium(*devices(interview, tmp_path_factory.mktemp("devices"))) as running:
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
    with interhuman_server.serve(keep=tmp_path / "face") as face_server:
        source = emo.camera(tmp_path / "session.webm", via="browser", size=(320, 180), rate=20)
        apis = [emo.EmotionLogic(), emo.Interhuman(url=face_server.url)]
        player = emo.Player(source, apis)
        with shown(browser, source) as page:
            assert "Emotion Logic on this machine" in page.page.inner_text(".emo-destinations")
            page.page.click(".emo-record")
            page.until("recorder.state === 'recording'")
            assert page.page.inner_text(".emo-state") == "Recording"
            assert page.page.inner_text(".emo-elapsed").startswith("0:0")
            until(lambda: player.sent > 8, page)
            page.page.screenshot(path=str(tmp_path / "recording.png"))
            page.page.click(".emo-stop")
            ended(page, source)
            produced = page.produced
        replays = player.wait()
        voice, face = replays
        assert len(voice.segments) > 0
        assert len(face.signals) > 0
        made = source.recording
        assert packets_of(str(made.path)) == packets_of(io.BytesIO(produced))
        for replay, api in zip(replays, apis, strict=True):
            assert replay.complete
            sent = replay.packets
            assert (sent["start"].to_numpy()[1:] == sent["end"].to_numpy()[:-1]).all()
            again = emo.replay(made, api, speed=float("inf"), progress=False)
            for name in TABLES[replay.api]:
                assert getattr(replay, name).equals(getattr(again, name)), name
            assert sent["end"].iloc[-1] == again.packets["end"].iloc[-1]
        at_the_servers(tmp_path, made, replays)


def at_the_servers(folder, made, replays):
    """Every sample and every picture of the file came to the servers: those of the live session, the first there."""
    voice, face = replays
    seconds = sum(len(block) for block in made.blocks()) / made.audio.sampling_rate
    assert abs(voice.packets["bytes"].sum() - 2 * seconds * 11_025) <= 2  # half a sample is up or down
    session = min((folder / "face").iterdir(), key=lambda each: each.stat().st_mtime)
    messages = b"".join(each.read_bytes() for each in sorted(session.iterdir()))
    received, kept = packets_of(io.BytesIO(messages)), packets_of(str(made.path))
    for kind in kept:
        assert [data for _, data in received[kind]] == [data for _, data in kept[kind]]
    ends = [received[kind][-1][0] for kind in ("audio", "video")]
    assert abs(ends[0] - ends[1]) < 0.3  # the devices' own last packets
    assert len(face.packets) >= 2


def test_microphone(browser, tmp_path):
    """A microphone alone has a level and no preview; two channels of what it hears are in the recording."""
    source = emo.microphone(tmp_path / "call.webm", via="browser", channels=2)
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
    made = source.recording
    assert (made.video, made.audio.channels) == (None, 2)
    assert np.abs(np.concatenate(list(made.blocks()))).max() > 0.1


FORMATS = {
    "high, 60 pictures, VP9": ("video/webm;codecs=vp9,opus", (90, 160), 60, "vp9"),
    "wide, 15 pictures, MP4": ("video/mp4", (320, 180), 15, None),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_formats(browser, tmp_path, kind):
    """Whatever the browser makes: all of it is in the file, and what is read live is what is read afterwards."""
    mime, size, rate, codec = FORMATS[kind]
    source = emo.camera(tmp_path / "session.webm", via="browser", size=size, rate=rate)
    with shown(browser, source) as page:
        if not page.page.evaluate("(mime) => MediaRecorder.isTypeSupported(mime)", mime):
            pytest.skip(f"this browser does not make {mime}")
        page.page.evaluate(
            "(mime) => { const real = MediaRecorder.isTypeSupported; "
            "MediaRecorder.isTypeSupported = (kind) => kind.startsWith(mime) && real.call(MediaRecorder, kind); }", mime
        )  # fmt: skip
        source.start()
        until(lambda: source.state == "recording", page)
        live = source.recording.begun()
        packets, pictures = drained(audio.packets(live)), drained(segments.segments(live, length=1))
        page.page.wait_for_timeout(2500)
        source.stop()
        ended(page, source)
        produced = page.produced
    made = source.recording
    assert packets_of(str(made.path)) == packets_of(io.BytesIO(produced))
    assert (made.video.width < made.video.height) == (size[0] < size[1])
    assert made.video.codec == (codec or made.video.codec)
    assert everything(packets) == list(audio.packets(made))
    seen, later = everything(pictures), list(segments.segments(made, length=1))
    assert [(each.start, each.end) for each in seen][: len(later) - 1] == [(each.start, each.end) for each in later][
        :-1
    ]
    assert seen[-1].end == later[-1].end
    assert decoded(seen)[0] != []


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
        assert page.page.inner_text(".emo-message")
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
        assert "The camera went away" in page.page.inner_text(".emo-message")
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
    player = emo.Player(source, emo.EmotionLogic())
    with shown(browser, source) as page:
        refuse = "async () => { throw new DOMException('no', name); }"
        page.page.evaluate(f"(name) => {{ navigator.mediaDevices.getUserMedia = {refuse}; }}", name)
        player.start()
        ended(page, source)
        assert page.page.inner_text(".emo-message") == str(source.problem)
    with pytest.raises(kind, match="camera and microphone"):
        player.wait()


def test_permission_too_late(browser, tmp_path):
    """Permission that comes when the session has ended opens nothing: a camera never runs that nobody sees."""
    source = emo.camera(tmp_path / "session.webm", via="browser")
    with shown(browser, source) as page:
        page.page.evaluate("""() => {
            const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);
            window.given = [];
            media.getUserMedia = async (asked) => {
                await new Promise((resolve) => (window.permit = resolve));
                given.push(await real(asked));
                return given.at(-1);
            };
        }""")
        source.start()
        page.until("recorder.state === 'opening' && Boolean(window.permit)")
        page.page.evaluate("() => void recorder.open()")  # somebody presses the button beside it
        source.stop()
        ended(page, source)
        page.page.evaluate("() => permit()")
        page.until("given.length === 1 && given[0].getTracks().every((track) => track.readyState === 'ended')")
        assert page.page.evaluate("recorder.state === 'ended' && recorder.stream === null && !recorder.recorder")


def test_unplugged_before(browser, tmp_path):
    """A device that goes away before anything is recorded: the others are released, and one may open anew."""
    source = emo.camera(tmp_path / "session.webm", via="browser")
    with shown(browser, source) as page:
        page.page.click(".emo-open")
        page.until("recorder.state === 'open'")
        page.page.evaluate("recorder.stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
        assert page.page.inner_text(".emo-message") == "The microphone went away."
        assert page.page.evaluate("recorder.stream === null")
        page.page.click(".emo-open")
        page.until("recorder.state === 'open'")
        page.page.click(".emo-stop")
        assert page.page.inner_text(".emo-state") == "Ready. Nothing is open."
    assert source.state == "ready"


def test_the_recorder_fails(browser, tmp_path):
    """A browser's own recorder that fails mid-way: what it had made is in the file, and the sentence says where."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    with shown(browser, source) as page:
        source.start()
        until(lambda: source.state == "recording", page)
        page.page.wait_for_timeout(1000)
        page.page.evaluate("recorder.recorder.onerror({ error: new DOMException('the encoder broke') })")
        ended(page, source)
        produced = page.produced
    assert isinstance(source.problem, errors.DeviceLost)
    assert "the encoder broke" in str(source.problem)
    assert packets_of(source.file) == packets_of(io.BytesIO(produced))


def test_the_server_goes(browser, tmp_path):
    """A server that goes ends the session with its sentence; the page releases the devices, and the file is whole."""
    with emotion_logic_server.serve(faults=Faults(drop=1.0)) as gone:
        source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
        player = emo.Player(source, emo.EmotionLogic(url=gone.url))
        with shown(browser, source) as page:
            player.start()
            ended(page, source)
        with pytest.raises(errors.ServerGone) as caught:
            player.wait()
    assert len(caught.value.replay.packets) >= 3
    assert source.recording.duration > 1


def test_a_busy_notebook(browser, tmp_path):
    """A notebook that computes holds up neither the page nor the wire: every packet leaves, and none is lost."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    player = emo.Player(source, emo.EmotionLogic())
    with shown(browser, source) as page:
        player.start()
        until(lambda: player.sent > 0.5, page)
        began = monotonic()
        sorted(np.random.default_rng(0).random(1_500_000).tolist())
        over = monotonic()
        source.stop()
        ended(page, source)
        produced = page.produced
    (voice,) = player.wait()
    (epoch,) = (record.epoch for record in voice.records if isinstance(record, Began))
    meanwhile = [record for record in voice.records if isinstance(record, Sent) and began < epoch + record.sent < over]
    assert len(meanwhile) > 0
    assert packets_of(source.file) == packets_of(io.BytesIO(produced))
    assert voice.packets["end"].iloc[-1] == pytest.approx(source.recording.duration, abs=0.1)


def test_two_pages(browser, tmp_path):
    """A second page that shows the same source does not record it twice."""
    source = emo.camera(tmp_path / "session.webm", via="browser", size=(160, 120), rate=15)
    with shown(browser, source) as page, shown(browser, source) as other:
        source.start()
        page.sync()
        page.until("recorder.state === 'recording'")
        other.until("recorder.state === 'ended'")
        assert "Another page records this" in other.page.inner_text(".emo-message")
        page.page.click(".emo-stop")
        ended(page, source)
