"""`emotoolkit live`, as a user meets it, with files in the place of the devices."""

import signal
import subprocess
import sys

from emotoolkit import Recording
from tests.replays.test_live_player import until

COMMAND = [sys.executable, "-m", "emotoolkit.cli", "live"]


def test_interrupt(sample, tmp_path):
    """Ctrl-C ends the recording; what was recorded is answered, printed and written, and the file is whole."""
    save = tmp_path / "session.webm"
    device = ["--camera", str(sample / "interview.mp4"), "--api", "emotion-logic", "--folder", str(tmp_path / "out")]
    with subprocess.Popen([*COMMAND, str(save), *device], stdout=subprocess.PIPE, text=True) as running:
        until(lambda: save.exists() and save.stat().st_size > 100_000)
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Recording to" in said
    assert "Emotion Logic on this machine" in said
    assert "summary" in said
    assert Recording(save).duration > 0.5
    assert list((tmp_path / "out").glob("*packets.csv"))


def test_no_camera(tmp_path):
    """A machine without that camera says so in one sentence, with exit code 1."""
    done = subprocess.run(
        [*COMMAND, str(tmp_path / "a.webm"), "--camera", "93", "--api", "interhuman"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    # Which device is missed first, or that the library of one is, depends on the machine.
    assert any(said in done.stderr for said in ("There is no camera 93", "There is no microphone", "libportaudio2"))
    assert "Traceback" not in done.stderr
