"""Numbered clips the whole way through worker and local server: each picture and sample arrives, in order, once."""

import io
import json
import math

import av
import numpy as np
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.apis.interhuman.server import app as interhuman_server
from emotoolkit.errors import StillPictureWarning, TooShort
from tests.support.clips import numbered_clip, read_numbers
from tests.support.grey_frames import luma

pytestmark = pytest.mark.no_speech

FRAMINGS = ["continuous", "complete"]

CLIPS = {
    "h264 b-frames gop 1 s": {"gop": 1.0, "bframes": 2},
    "h264 gop 3 s": {"gop": 3.0, "bframes": 2},
    "h264 gop 10 s": {"gop": 10.0, "seconds": 25.0},
    "h264 open gop": {"gop": 2.0, "bframes": 2, "open_gop": True},
    "h264 variable rate": {"gop": 2.0, "bframes": 2, "vfr": True},
    "vp8": {"codec": "libvpx", "audio": "libopus", "gop": 2.0},
}


@pytest.fixture(scope="module")
def face_server(tmp_path_factory):
    """A local Interhuman server in a process of its own that keeps what it receives in `.kept`."""
    kept = tmp_path_factory.mktemp("face")
    with interhuman_server.serve(keep=kept) as server:
        server.kept = kept
        yield server


@pytest.fixture(scope="module", params=CLIPS)
def clip(request, tmp_path_factory):
    """A clip of each kind, about ten seconds and a bit."""
    ending = "webm" if request.param.startswith("vp") else "mp4"
    path = tmp_path_factory.mktemp("clips") / f"{request.param}.{ending}"
    return numbered_clip(path, **{"seconds": 10.6, **CLIPS[request.param]})


def fast(recording, api) -> emo.Replay:
    """Replay as fast as the server takes it."""
    return emo.replay(recording, api, speed=math.inf, progress=False)


def kept(server, replay) -> list[bytes]:
    """The messages that the server kept of a replay, in order."""
    ready = replay.events.query("kind == 'session.ready'")["raw"].iloc[0]
    folder = server.kept / json.loads(ready)["correlation_id"]
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def decoded(files: list[bytes]) -> tuple[list, int]:
    """Numbers of all pictures, and how many samples, of some files one behind the other."""
    numbers, samples = [], 0
    for data in files:
        with av.open(io.BytesIO(data)) as container:
            for frame in container.decode():
                if isinstance(frame, av.VideoFrame):
                    numbers += read_numbers([luma(frame)])
                else:
                    samples += frame.samples
    return numbers, samples


@pytest.mark.parametrize("framing", FRAMINGS)
def test_every_picture_and_sample_arrives_once_in_order(clip, face_server, framing):
    """What the server received decodes to the numbers 0, 1, 2 … and to as many samples as the file has."""
    replay = fast(clip.path, emo.Interhuman(url=face_server.url, framing=framing))
    messages = kept(face_server, replay)
    numbers, samples = decoded(messages if framing == "complete" else [b"".join(messages)])
    _, wanted = decoded([clip.path.read_bytes()])
    assert numbers == list(range(len(clip.times)))
    assert samples == wanted
    assert replay.complete
    assert [len(message) for message in messages] == replay.packets["bytes"].tolist()
    assert (replay.packets["end"] - replay.packets["start"]).min() >= 3.0 - 1e-6


@pytest.mark.parametrize(
    "others",
    [
        [("complete", 3.0), ("continuous", 5.0)],
        pytest.param([("complete", 5.0), ("continuous", 3.0)], marks=pytest.mark.soak),
    ],
    ids=["one changed", "both or none changed"],
)
def test_framing_speed_and_length_change_no_value(interview, face_server, others):
    """The tables are equal value for value at speeds 16 and infinite, in both framings, for messages of 3 and 5 s."""
    url = face_server.url
    paced = emo.replay(interview, emo.Interhuman(url=url), speed=16.0, progress=False)
    assert len(paced.signals) > 0
    assert len(paced.engagement) > 1
    for framing, segment in others:
        other = fast(interview, emo.Interhuman(url=url, framing=framing, segment=segment))
        for table in ("signals", "engagement", "quality"):
            pd.testing.assert_frame_equal(getattr(other, table), getattr(paced, table))


def test_both_apis_at_once(interview, face_server, voice_server):
    """One clock, two APIs, one Replay each; both got the whole recording."""
    apis = [emo.EmotionLogic(url=voice_server.url), emo.Interhuman(url=face_server.url)]
    voice, face = emo.Player(interview, apis, speed=16.0).start().wait()
    assert voice.summary()["sent"] == pytest.approx(32.0, abs=0.05)
    assert face.summary()["sent"] == pytest.approx(32.0, abs=0.05)
    assert len(voice.segments) > 5
    assert len(face.engagement) > 1
    assert {*voice.tracks["api"], *face.tracks["api"]} == {"emotion_logic", "interhuman"}
    for packet in (voice.packets, face.packets):
        assert (packet["lateness"] >= 0).all()


def test_sound_alone_goes_with_a_still_picture(talk, face_server):
    """A sound recording is sent with a still picture, and that is said."""
    with pytest.warns(StillPictureWarning, match="still picture"):
        replay = fast(talk, emo.Interhuman(url=face_server.url))
    assert replay.complete
    assert len(replay.signals) > 0
    with av.open(io.BytesIO(b"".join(kept(face_server, replay)))) as container:
        assert len(container.streams.video) == len(container.streams.audio) == 1


def test_pauses_are_found_where_they_are(talk, face_server, sample):
    """Each long pause between two utterances of the talk is in a hesitation, whose rationale speaks of it."""
    truth = pd.read_csv(sample / "truth.csv").query("file == 'talk.wav' and track == 'pause' and label == 'between'")
    long = truth[(truth["end"] - truth["start"]).between(1.2, 2.8)]
    assert len(long) >= 2
    with pytest.warns(StillPictureWarning):
        signals = fast(talk, emo.Interhuman(url=face_server.url)).signals
    starts = signals.index.get_level_values("start").total_seconds()
    ends = signals.index.get_level_values("end").total_seconds()
    for pause in long.itertuples():
        covered = np.flatnonzero((starts <= pause.end) & (ends >= pause.start))
        assert len(covered) > 0
        assert any("silen" in signals["rationale"].iloc[n] for n in covered)


def test_too_short(counting):
    """A recording of less than 3 s is refused before anything is started."""
    with pytest.raises(TooShort, match=r"lasts 2\.00 s, and Interhuman takes nothing shorter than 3 s"):
        emo.Player(counting(22_050), emo.Interhuman())


def test_no_sound(silent_film, face_server):
    """A film without sound goes as it is."""
    replay = fast(silent_film, emo.Interhuman(url=face_server.url))
    assert replay.complete
    assert replay.summary()["sent"] == pytest.approx(4.0, abs=0.05)
