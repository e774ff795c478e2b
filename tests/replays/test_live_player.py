"""A player of what happens now: real processes, real servers, files in the place of camera and microphone."""

import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest

import emotoolkit as emo
from emotoolkit import errors
from emotoolkit.media.capture.growing_file import is_growing
from tests.support.clips import numbered_clip

TABLES = {"emotion_logic": ("segments",), "interhuman": ("signals", "engagement", "quality")}


def until(holds, seconds=60):
    """Wait for a fact."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rehearsal(sample, tmp_path, **settings):
    """The sample interview as if it happened now."""
    return emo.camera(tmp_path / "session.webm", via="desktop", device=sample / "interview.mp4", **settings)


def test_both_apis(sample, tmp_path):
    """Both APIs get what is recorded, without a gap; the replay of the recording gives the same tables as live."""
    source = rehearsal(sample, tmp_path)
    assert source.state == "ready"
    player = emo.Player(source, [emo.EmotionLogic(), emo.Interhuman()], journal=tmp_path)
    assert player.recording.live
    player.start()
    until(lambda: player.sent > 6)
    assert player.position > 0
    player.stop()
    replays = player.wait()
    made = player.recording
    assert source.state == "ended"
    assert not is_growing(made.path)
    assert not made.live
    assert made.duration > 6
    heard = sum(len(block) for block in made.blocks()) / made.audio.sampling_rate
    for replay in replays:
        assert replay.complete
        packets = replay.packets
        assert (packets["start"].to_numpy()[1:] == packets["end"].to_numpy()[:-1]).all()
        ends = heard if replay.api == "emotion_logic" else made.duration
        assert packets["end"].iloc[-1] == pytest.approx(ends, abs=0.02)
        assert (packets["lateness"] >= 0).all()
        again = emo.replay(made, type(emo.EmotionLogic() if replay.api == "emotion_logic" else emo.Interhuman())(),
                           speed=float("inf"), progress=False)  # fmt: skip
        for name in TABLES[replay.api]:
            assert getattr(replay, name).equals(getattr(again, name)), name
        assert emo.Replay.read(replay.journal).began.duration is None


def test_microphone_alone(sample, tmp_path):
    """A microphone alone; `until` ends the recording too, and the devices are released."""
    source = emo.microphone(tmp_path / "call.webm", via="desktop", device=sample / "talk.wav")
    (voice,) = emo.Player(source, emo.EmotionLogic(), until=2).start().wait(progress=True)
    assert voice.complete
    assert voice.packets["end"].iloc[-1] == pytest.approx(2.1, abs=0.31)
    assert source.state == "ended"
    assert source.recording.duration >= 2


def test_what_live_cannot(sample, tmp_path):
    """What is live cannot be held, moved or hurried, and each attempt says why; nothing was opened for that."""
    source = rehearsal(sample, tmp_path)
    with pytest.raises(errors.SettingsError, match="speed=2 is not legal here: what is live goes at the pace of life"):
        emo.Player(source, emo.EmotionLogic(), speed=2)
    player = emo.Player(source, emo.EmotionLogic())
    for attempt in (player.pause, player.step, lambda: player.seek(3), lambda: setattr(player, "speed", 4.0)):
        with pytest.raises(errors.SettingsError, match="what is live"):
            attempt()
    with pytest.raises(errors.SettingsError, match="what is live"):
        player.start(at=3)
    assert source.state == "ready"
    assert not source.recording.path.exists()


def test_consent_before_the_device(sample, tmp_path):
    """Where media would leave this machine, the basis for that is asked for before anything is opened."""
    with pytest.raises(errors.ConsentMissing):
        emo.Player(rehearsal(sample, tmp_path), emo.Interhuman(url="wss://api.example.org", key="k"))


def test_never_overwritten(sample, tmp_path):
    """A recording that is there is not overwritten."""
    (tmp_path / "session.webm").write_bytes(b"precious")
    with pytest.raises(errors.SettingsError, match="never overwritten"):
        rehearsal(sample, tmp_path).start()
    assert (tmp_path / "session.webm").read_bytes() == b"precious"


def test_the_recorder_dies(sample, tmp_path):
    """A recorder that is killed: a sentence, a file that is valid, and the tables of what had arrived."""
    source = rehearsal(sample, tmp_path)
    player = emo.Player(source, emo.EmotionLogic()).start()
    until(lambda: player.sent > 2)
    os.kill(source._child.pid, signal.SIGKILL)
    with pytest.raises(errors.RecorderGone, match=r"exit code -9.*is in '.*session.webm'") as caught:
        player.wait()
    (voice,) = caught.value.replays
    made = emo.Recording(source.file)
    assert made.duration > 2
    assert voice.packets["end"].iloc[-1] == pytest.approx(made.duration, abs=0.1)
    assert voice.complete


def test_the_server_goes(sample, tmp_path):
    """A server that goes ends the session with its sentence, and releases the devices; the file is whole."""
    from emotoolkit.apis.base.fault_injection import Faults
    from emotoolkit.apis.emotion_logic.server import app

    with app.serve(faults=Faults(drop=1.0)) as gone:
        source = rehearsal(sample, tmp_path)
        with pytest.raises(errors.ServerGone) as caught:
            emo.Player(source, emo.EmotionLogic(url=gone.url)).start().wait()
    assert source.wait()
    assert source.recording.duration > 1
    assert len(caught.value.replay.packets) >= 3


def test_no_device(tmp_path):
    """A camera that is not there: one sentence, nothing running, no file left that is still growing."""
    source = emo.camera(tmp_path / "a.webm", via="desktop", device=93, microphone=False)
    with pytest.raises(errors.NoDevice, match="There is no camera 93"):
        emo.Player(source, emo.Interhuman()).start().wait()
    assert source.state == "ended"
    assert not is_growing(tmp_path / "a.webm")


def test_an_interrupted_start(sample, tmp_path, monkeypatch):
    """Ctrl-C while the recorder starts ends it; its file's name is free for the next one."""

    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            super().wait(timeout)
            raise KeyboardInterrupt

    source = rehearsal(sample, tmp_path)
    player = emo.Player(source, emo.EmotionLogic())
    with monkeypatch.context() as now:
        now.setattr(
            "emotoolkit.media.capture.source.threading", SimpleNamespace(Event=Interrupted, Thread=threading.Thread)
        )
        with pytest.raises(KeyboardInterrupt):
            player.start()
    assert source.wait()
    assert source.state == "ended"
    assert not player.started
    again = rehearsal(sample, tmp_path)
    again.start()
    again.stop()
    assert again.wait()


@pytest.mark.no_speech
def test_a_file_that_ends(tmp_path):
    """A camera that is switched off ends the session as `stop()` does."""
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=3.5)
    source = emo.camera(tmp_path / "a.webm", via="desktop", device=clip.path)
    (face,) = emo.Player(source, emo.Interhuman()).start().wait()
    assert face.complete
    assert face.packets["end"].iloc[-1] == pytest.approx(3.5, abs=0.5)


def test_settings():
    """What cannot be recorded is said before anything begins."""
    with pytest.raises(errors.SettingsError, match=r'end in "\.webm"'):
        emo.camera("a.mp4")
    with pytest.raises(errors.SettingsError, match="channels=3"):
        emo.microphone(channels=3)
    with pytest.raises(errors.SettingsError, match="via='phone'"):
        emo.camera(via="phone")
    assert repr(emo.microphone("a.webm", via="desktop")) == "<microphone to 'a.webm', ready>"
