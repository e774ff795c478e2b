"""A recording that is still being made gives what the finished one gives, and gives it at once."""

import io
import pickle
import queue
import threading
import time

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotoolkit import Recording, errors
from emotoolkit.media import audio
from emotoolkit.media.capture.live_recording import LiveRecording
from emotoolkit.media.video import segments
from tests.support.clips import numbered_clip, read_number
from tests.support.grey_frames import luma
from tests.support.growing_files import cut_at, written

KINDS = {
    "vp8": {"codec": "libvpx", "audio": "libopus"},
    "vp9": {"codec": "libvpx-vp9", "audio": "libopus", "rate": 15},
    "portrait": {"codec": "libvpx", "audio": "libopus", "rate": 30, "size": (240, 320)},
    "60 pictures": {"codec": "libvpx", "audio": "libopus", "rate": 60},
    "pictures alone": {"codec": "libvpx", "audio": None},
    "sound alone": {"codec": None, "audio": "libopus"},
    "late sound": {"codec": "libvpx", "audio": "libopus", "audio_start": 0.3},
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A recorder's file of each kind: 7.5 s of WebM."""
    folder = tmp_path_factory.mktemp("clips")
    return {name: numbered_clip(folder / f"{name}.webm", seconds=7.5, **kind) for name, kind in KINDS.items()}


def drained(iterator):
    """Run an iterator in a thread; gives the queue in which its items arrive, None behind the last."""
    items = queue.Queue()

    def run():
        for each in iterator:
            items.put(each)
        items.put(None)

    threading.Thread(target=run, daemon=True).start()
    return items


def everything(items):
    """What arrives until the end."""
    return list(iter(lambda: items.get(timeout=60), None))


def decoded(packets):
    """Times and numbers of the pictures in one stream of messages, and its sound."""
    pictures, sounds = [], []
    with av.open(io.BytesIO(b"".join(each.data for each in packets))) as container:
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                pictures.append((frame.pts, read_number(luma(frame))))
            else:
                sounds.append(frame.to_ndarray())
    return pictures, b"".join(each.tobytes() for each in sounds)


@pytest.mark.parametrize("kind", KINDS)
def test_same_as_finished(clips, tmp_path, kind):
    """Every sample and every picture of the finished file, at the same time: live as in the replay of it."""
    data = clips[kind].path.read_bytes()
    with written(tmp_path / "live.webm", data) as writing:
        writing.grow(3000)
        live = LiveRecording(tmp_path / "live.webm").begun()
        sound = drained(audio.packets(live)) if live.audio else None
        pictures = drained(segments.segments(live))
        for to in range(4000, len(data), len(data) // 70):
            writing.grow(to)
            time.sleep(0)
        writing.grow()
    finished = Recording(tmp_path / "live.webm")
    if sound is not None:
        assert everything(sound) == list(audio.packets(finished))
    messages, later = everything(pictures), list(segments.segments(finished))
    assert [each.start for each in messages][: len(later)] == [each.start for each in later]
    assert messages[-1].end == pytest.approx(later[-1].end, abs=1e-6)
    assert decoded(messages) == decoded(later)


@pytest.mark.parametrize("kind", ["vp8", "portrait"])
def test_files_as_finished(clips, tmp_path, kind):
    """Messages that are files hold the same pictures too, and the last is never too short for a server."""
    data = clips[kind].path.read_bytes()
    with written(tmp_path / "live.webm", data) as writing:
        writing.grow()
        messages = drained(segments.segments(LiveRecording(tmp_path / "live.webm").begun(), framing="complete"))
    later = list(segments.segments(Recording(tmp_path / "live.webm"), framing="complete"))
    messages = everything(messages)
    assert [(each.start, each.end) for each in messages] == [(each.start, each.end) for each in later]
    assert [decoded([each]) for each in messages] == [decoded([each]) for each in later]
    assert min(each.duration for each in messages) >= 3


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.floats(0, 1), max_size=6))
def test_wherever_it_is_cut(clips, tmp_path, places):
    """It does not matter where a recorder's chunks end."""
    data = clips["vp8"].path.read_bytes()
    with written(tmp_path / "live.webm", data) as writing:
        live = LiveRecording(tmp_path / "live.webm")
        sound = drained(packet for begun in map(LiveRecording.begun, [live]) for packet in audio.packets(begun))
        for to in cut_at(data, places):
            writing.grow(to)
        writing.grow()
    assert everything(sound) == list(audio.packets(Recording(tmp_path / "live.webm")))


def written_until(data: bytes, second: float) -> int:
    """How many bytes of a file a demuxer has to read for everything up to this second."""
    source = io.BytesIO(data)

    class Counting:
        def read(self, size):
            return source.read(min(size, 512))

    with av.open(Counting(), options={"probesize": "32", "analyzeduration": "1"}) as container:
        for packet in container.demux():
            if packet.pts is not None and packet.pts * packet.time_base > second:
                return source.tell()
    return len(data)


def test_nothing_is_held_back(clips, tmp_path):
    """What can be made of the bytes that are there is made, though the writer lives and nothing else comes."""
    data = clips["vp8"].path.read_bytes()
    with written(tmp_path / "live.webm", data) as writing:
        writing.grow(written_until(data, 6.5))
        live = LiveRecording(tmp_path / "live.webm").begun()
        sound, pictures = drained(audio.packets(live)), drained(segments.segments(live))
        for number in range(1, 22):
            assert sound.get(timeout=20).end == pytest.approx(0.3 * number, abs=1e-3)
        assert pictures.get(timeout=20).end == pytest.approx(3, abs=0.05)
        assert pictures.get(timeout=20).end == pytest.approx(6, abs=0.05)
        assert pictures.empty()


def test_a_torn_end(clips, tmp_path):
    """A recorder that died in the middle of a picture leaves everything before it."""
    data = clips["vp8"].path.read_bytes()
    with written(tmp_path / "live.webm", data) as writing:
        writing.grow(len(data) * 2 // 3)
        packets = drained(audio.packets(LiveRecording(tmp_path / "live.webm").begun()))
    packets = everything(packets)
    assert packets == list(audio.packets(Recording(tmp_path / "live.webm")))
    assert packets[-1].end == pytest.approx(5, abs=0.5)


def test_before_it_begins(tmp_path):
    """Nothing is known of it and it says so; that nothing came is an error with a sentence."""
    live = LiveRecording(tmp_path / "live.webm")
    assert live.live
    assert not Recording.live
    assert repr(live) == f"Recording({str(live.file)!r}: not begun)"
    assert "not begun" in live._repr_html_()
    with written(tmp_path / "live.webm", b""):
        pass
    with pytest.raises(errors.NothingRecorded, match="Nothing was recorded to"):
        live.begun()


def test_travels(clips, tmp_path):
    """It goes to the process that sends, begun or not."""
    with written(tmp_path / "live.webm", clips["vp8"].path.read_bytes()) as writing:
        writing.grow()
        promised = LiveRecording(tmp_path / "live.webm", pictures=False)
        assert promised.video is None
        for live in (promised, promised.begun()):
            again = pickle.loads(pickle.dumps(live))
            assert (again, again.path, again.duration) == (live, live.path, np.inf)
        assert promised.begun().video.width == 320
        assert "being recorded, opus 48000 Hz mono, vp8 320×240" in repr(promised.begun())
