"""Video cut into messages: the sum of all messages is the recording."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotoolkit.errors import NoSuchFile, NotMedia
from emotoolkit.media.pyav import VERSION
from emotoolkit.media.recording import Recording
from emotoolkit.media.video.segments import segments
from tests.support.clips import Clip, numbered_clip, read_numbers
from tests.support.grey_frames import luma

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from emotoolkit.media.packet import Packet

FRAMINGS = ["complete", "continuous"]

COPIED: dict[str, dict[str, Any]] = {
    "gop 1 s.mp4": {"gop": 1, "bframes": 2},
    "gop 3 s.mp4": {"gop": 3, "bframes": 2},
    "gop 10 s.mp4": {"gop": 10, "bframes": 2, "seconds": 21},
    "no reordering.mov": {},
    "matroska.mkv": {"bframes": 3},
    "broadcast.ts": {"bframes": 2},
    "varying.mp4": {"vfr": True, "bframes": 2, "gop": 1},
    "hole.mp4": {"vfr": True, "hole": (4.0, 8.8), "gop": 1, "bframes": 2},
    "sound first.mp4": {"audio_start": -0.085, "bframes": 2, "gop": 1},
    "sound later.mp4": {"audio_start": 0.085, "bframes": 2, "gop": 1},
    "sound is short.mp4": {"audio_seconds": 4.0, "gop": 1},
    "silent.mp4": {"audio": None, "bframes": 2},
    "silent.webm": {"audio": None, "codec": "libvpx"},
    "vp8.webm": {"codec": "libvpx", "audio": "libopus"},
    "vp9.webm": {"codec": "libvpx-vp9", "audio": "libopus", "gop": 1},
    "vp9.mp4": {"codec": "libvpx-vp9", "audio": "libopus"},
    "vp8 sound first.webm": {"codec": "libvpx", "audio": "libopus", "audio_start": -0.085, "gop": 1},
    "vp8 sound later.webm": {"codec": "libvpx", "audio": "libopus", "audio_start": 0.085, "gop": 1},
    "vp8 hole.webm": {"codec": "libvpx", "audio": "libopus", "hole": (4.0, 8.8), "gop": 1},
    "pictures are late.mp4": {"audio_start": -5.0, "audio_seconds": 11.0, "seconds": 6, "bframes": 2, "gop": 1},
    "sound is late.mp4": {"audio_start": 5.0, "audio_seconds": 5.0, "gop": 1},
    "vp8 sound is late.webm": {
        "codec": "libvpx",
        "audio": "libopus",
        "audio_start": 5.0,
        "audio_seconds": 5.0,
        "gop": 1,
    },
    "short rest.mp4": {"seconds": 10.5, "gop": 1, "bframes": 2},
    "very short.mp4": {"seconds": 1.2, "bframes": 2},
    "very short.webm": {"seconds": 1.2, "codec": "libvpx", "audio": "libopus"},
}
"""Pictures and sound go as they are: all samples are the original's."""

PICTURES_COPIED: dict[str, dict[str, Any]] = {
    "opus.mp4": {"audio": "libopus", "bframes": 2},
    "mp3.mkv": {"audio": "libmp3lame", "bframes": 2},
    "pcm.mov": {"audio": "pcm_s16le"},
    "vorbis-less.mkv": {"codec": "libvpx", "audio": "aac"},
    "vp9 mp3.mkv": {"codec": "libvpx-vp9", "audio": "libmp3lame"},
}

ENCODED: dict[str, dict[str, Any]] = {
    "mpeg-4 part 2.avi": {"codec": "mpeg4", "audio": "pcm_s16le"},
    "mpeg-4 part 2 mp3.avi": {"codec": "mpeg4", "audio": "libmp3lame"},
    "motion jpeg.mov": {"codec": "mjpeg", "audio": "pcm_s16le", "seconds": 7},
    "h264.avi": {"bframes": 2, "audio": "pcm_s16le", "seconds": 7},
    "mpeg-4 part 2.mp4": {"codec": "mpeg4", "audio": "aac"},
    "mpeg-4 silent.mp4": {"codec": "mpeg4", "audio": None, "seconds": 7},
}

OPEN = {"open_gop": True, "bframes": 3, "gop": 4, "seconds": 16}


@dataclass
class Decoded:
    """What a decoder makes of some bytes: numbers and times of pictures; samples and time of the first."""

    numbers: list[int | None]
    times: list[float]
    samples: NDArray[np.float32]
    rate: int
    heard: float


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Clip]:
    """Make a clip once in all tests."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[str, Clip] = {}

    def make(name: str, **how: Any) -> Clip:
        if name not in made:
            made[name] = numbered_clip(folder / name, **how)
        return made[name]

    return make


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", COPIED)
def test_copied_messages_are_the_recording(clip: Any, name: str, framing: Any) -> None:
    """Every picture arrives once, in order, at its time; every sample arrives, and is the original's."""
    made = clip(name, **COPIED[name])
    whole, parts = original(made.path), messages(made.path, framing)
    check_contiguous(parts, made)
    if "hole" not in COPIED[name]:
        # The header says when the pictures end; of the last one after a hole it does not know how long it lasts.
        assert parts[-1].end == pytest.approx(Recording(made.path).duration, abs=0.09)
    found = decoded_parts(parts, framing)
    check_pictures(made, whole, parts, found)
    samples = np.concatenate([part.samples for part in found])
    assert 0 <= len(samples) - len(whole.samples) <= fill(made)
    np.testing.assert_allclose(samples[: len(whole.samples)], whole.samples, atol=2e-5)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", [*PICTURES_COPIED, *ENCODED])
def test_encoded_sound_is_neither_moved_nor_lost(clip: Any, name: str, framing: Any) -> None:
    """Every picture arrives once at its time, and the sound is where it was, to the sample."""
    made = clip(name, **{**PICTURES_COPIED, **ENCODED}[name])
    whole, parts = original(made.path), messages(made.path, framing)
    assert bare(parts[0]) == (b"webm" if name in ENCODED or "vp" in name or "vorbis" in name else b"mp4")
    check_contiguous(parts, made)
    sounds = decoded_parts(parts, framing)
    check_pictures(made, whole, parts, sounds)
    samples = np.concatenate([part.samples for part in sounds])
    if made.samples:
        # AAC comes in packets of 1024 samples, and the last one is filled up.
        padding = 1024 if bare(parts[0]) == b"mp4" else 0
        expected = len(whole.samples) * sounds[0].rate / whole.rate
        assert expected - 1 <= len(samples) <= expected + 1 + padding
        check_same_sound(whole, samples, sounds[0].rate)


@pytest.mark.parametrize(
    "name", ["gop 3 s.mp4", "vp8.webm", "broadcast.ts", "mpeg-4 part 2.avi", "open.mp4", "hole.mp4"]
)
def test_each_complete_message_is_a_file(clip: Any, name: str) -> None:
    """Each message decodes alone, from a file and from a pipe, beginning with a key picture."""
    made = clip(name, **{**COPIED, **ENCODED, "open.mp4": OPEN}[name])
    for part in messages(made.path, "complete"):
        from_file, from_pipe = decoded(part.data), decoded(part.data, pipe=True)
        assert None not in from_file.numbers
        assert from_file.numbers == from_pipe.numbers
        assert from_file.times == from_pipe.times
        np.testing.assert_array_equal(from_file.samples, from_pipe.samples)
        with av.open(io.BytesIO(part.data)) as container:
            assert next(container.demux(video=0)).is_keyframe


@pytest.mark.parametrize("name", ["gop 3 s.mp4", "gop 10 s.mp4", "broadcast.ts", "vp8.webm", "mp3.mkv", "hole.mp4"])
def test_continuous_messages_end_with_whole_fragments(clip: Any, name: str) -> None:
    """The first message has the header, the others have fragments or Clusters only, and none ends inside of one."""
    made = clip(name, **{**COPIED, **PICTURES_COPIED}[name])
    parts = messages(made.path, "continuous")
    if bare(parts[0]) == b"mp4":
        kinds = [[kind for kind, _ in boxes(part.data)] for part in parts]
        assert kinds == [[b"ftyp", b"moov", b"moof", b"mdat"], *([[b"moof", b"mdat"]] * (len(parts) - 1))]
    else:
        assert parts[0].data.startswith(b"\x1a\x45\xdf\xa3")
        clusters = b"".join(part.data for part in parts[1:])
        assert {kind for kind, _ in elements(clusters)} == {0x1F43B675}
        assert all(sum(size for _, size in elements(part.data)) == len(part.data) for part in parts[1:])


@pytest.mark.parametrize("name", ["gop 3 s.mp4", "gop 10 s.mp4", "broadcast.ts", "vp8.webm", "mp3.mkv"])
def test_a_continuation_parses_behind_the_header_alone(clip: Any, name: str) -> None:
    """A demuxer that knows the header and one message finds its packets at their times in the whole."""
    made = clip(name, **{**COPIED, **PICTURES_COPIED}[name])
    parts = messages(made.path, "continuous")
    whole = packet_times(b"".join(part.data for part in parts))
    header = header_of(parts[0].data)
    alone = [packet_times(header + part.data) for part in parts[1:]]
    first = packet_times(parts[0].data)
    assert sorted(itertools.chain(first, *alone)) == sorted(whole)


def test_open_groups_are_not_cut_where_pictures_would_be_lost(clip: Any) -> None:
    """A file whose key pictures are all overtaken is encoded; told not to, it is one long message; nothing is lost."""
    made = clip("open.mp4", **OPEN)
    encoded, forced = messages(made.path, "complete"), messages(made.path, "complete", encode=False)
    assert bare(encoded[0]) == b"webm"
    assert len(encoded) == 5
    assert (bare(forced[0]), len(forced)) == (b"mp4", 1)
    streamed = messages(made.path, "continuous")
    assert (bare(streamed[0]), len(streamed)) == (b"mp4", 5)
    for parts, framing in ((encoded, "complete"), (forced, "complete"), (streamed, "continuous")):
        numbers = [number for part in decoded_parts(parts, framing) for number in part.numbers]
        assert numbers == list(range(len(made.times)))


def test_rare_key_pictures(clip: Any) -> None:
    """Key pictures 10 s apart make files of 10 s but messages of 3 s; 15 s apart, files are encoded."""
    ten = clip("gop 10 s.mp4", **COPIED["gop 10 s.mp4"]).path
    assert [round(part.duration) for part in messages(ten, "complete")] == [10, 11]
    assert max(part.duration for part in messages(ten, "continuous")[:-1]) < 3.2
    rare = clip("rare.mp4", gop=15, seconds=31).path
    assert bare(messages(rare, "complete")[0]) == b"webm"
    assert max(part.duration for part in messages(rare, "complete")) < 4.1
    assert bare(messages(rare, "continuous")[0]) == b"mp4"
    assert [round(part.duration) for part in messages(rare, "complete", encode=False)] == [15, 16]


def test_a_hole_without_pictures_is_waited_for(clip: Any) -> None:
    """Files extend to the next picture; continuous messages go on with the sound alone."""
    path = clip("hole.mp4", **COPIED["hole.mp4"]).path
    assert [round(part.duration, 1) for part in messages(path, "complete", length=3)][1] > 5
    assert max(part.duration for part in messages(path, "continuous")[:-1]) < 3.3


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", ["wav", "m4a", "mp3", "opus"])
def test_sound_alone_gets_a_still_picture(clip: Any, name: str, framing: Any) -> None:
    """Sound without pictures is sent with a still one, and lasts as long as it is heard."""
    codec = {"wav": "pcm_s16le", "m4a": "aac", "mp3": "libmp3lame", "opus": "libopus"}[name]
    made = clip(f"alone.{name}", codec=None, audio=codec, seconds=10.5)
    whole, parts = original(made.path), messages(made.path, framing)
    check_contiguous(parts, made)
    heard = decoded_parts(parts, framing)
    samples = np.concatenate([part.samples for part in heard])
    assert len(samples) == pytest.approx(len(whole.samples) * 48_000 / whole.rate, abs=1)
    assert sum(len(part.times) for part in heard) == 21 + (len(whole.samples) / whole.rate > 10.5)
    assert all(part.times for part in heard)
    check_same_sound(whole, samples, 48_000)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", ["gop 1 s.mp4", "vp9.webm"])
def test_encoding_can_be_asked_for(clip: Any, name: str, framing: Any) -> None:
    """encode=True makes VP8 and Opus of anything."""
    made = clip(name, **COPIED[name])
    whole, parts = original(made.path), messages(made.path, framing, encode=True, length=3.3)
    assert [stream.codec.canonical_name for stream in codecs(parts[0].data)] == ["vp8", "opus"]
    check_contiguous(parts, made, 3.3)
    check_pictures(made, whole, parts, decoded_parts(parts, framing))


@pytest.mark.parametrize("framing", FRAMINGS)
def test_the_same_bytes_each_time(interview: Recording, framing: Any) -> None:
    """Two encoders at once, and a muxer that likes random numbers: what is sent is still the same, byte for byte."""
    once, again = (
        [each.data for each in itertools.islice(segments(interview, framing=framing, encode=True, length=2.0), 4)]
        for _ in range(2)
    )
    assert once == again


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("gop 1 s.mp4", 5.0),
        ("vp9.webm", 5.0),
        ("gop 3 s.mp4", 3.0),
        ("broadcast.ts", 3.021),
        ("mpeg-4 part 2.avi", 5.3),
    ],
)
def test_starting_in_the_middle(clip: Any, name: str, begins: float, framing: Any) -> None:
    """From 5.3 s on: at the key picture before, where pictures are copied; its clock begins there."""
    made = clip(name, **{**COPIED, **ENCODED}[name])
    whole = original(made.path)
    parts = messages(made.path, framing, start=5.3)
    assert parts[0].start == pytest.approx(begins, abs=0.001)
    heard = decoded_parts(parts, framing)
    numbers = [number for part in heard for number in part.numbers]
    assert numbers == list(range(numbers[0] or 0, len(made.times)))
    assert made.times[numbers[0] or 0] == pytest.approx(begins, abs=0.03)
    assert heard[0].times[0] == pytest.approx(0, abs=0.03)
    samples = np.concatenate([part.samples for part in heard])
    expected = (len(whole.samples) / whole.rate - begins) * heard[0].rate
    assert len(samples) == pytest.approx(expected, abs=0.03 * heard[0].rate)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", ["broken.mp4", "broken.mkv", "broken.webm", "broken.ts", "broken.avi"])
def test_a_file_that_ends_early_gives_what_is_there(clip: Any, tmp_path: Path, name: str, framing: Any) -> None:
    """All pictures that a decoder finds in the damaged file arrive, in order."""
    how = {"webm": {"codec": "libvpx", "audio": "libopus"}, "avi": {"codec": "mpeg4", "audio": "libmp3lame"}}
    made = clip(name, gop=1, **how.get(name.partition(".")[2], {}))
    data = made.path.read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * 0.77)])
    numbers = [number for part in decoded_parts(messages(path, framing), framing) for number in part.numbers]
    assert len(numbers) > 150
    assert numbers[:-1] == list(range(len(numbers) - 1))
    assert len(numbers) >= len(readable(path))


@pytest.mark.parametrize("encode", [None, True])
@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_clock_that_jumps_back_goes_on(clip: Any, tmp_path: Path, framing: Any, encode: Any) -> None:
    """Two recordings in one file, as spliced transport streams have them, arrive one behind the other."""
    made = clip("broadcast.ts", **COPIED["broadcast.ts"])
    path = tmp_path / "spliced.ts"
    path.write_bytes(made.path.read_bytes() * 2)
    parts = messages(path, framing, encode=encode)
    found = decoded_parts(parts, framing)
    assert [number for part in found for number in part.numbers] == list(range(250)) * 2
    assert sum(len(part.samples) / part.rate for part in found) == pytest.approx(2 * 481_280 / 48_000, abs=0.05)
    assert parts[-1].end == pytest.approx(20.05, abs=0.1)
    assert max(part.duration for part in parts) < 6


@pytest.mark.parametrize("seed", range(3))
def test_damage_does_not_end_it(clip: Any, tmp_path: Path, seed: int) -> None:
    """Where bytes in the middle were overwritten, what comes after still arrives, copied or encoded."""
    made = clip("gop 1 s.mp4", **COPIED["gop 1 s.mp4"])
    data = bytearray(made.path.read_bytes())
    places = np.random.default_rng(seed)
    for place in places.integers(data.index(b"mdat") + 20_000, len(data) - 8_000, 30):
        data[place : place + 4] = places.bytes(4)
    path = tmp_path / "noisy.mp4"
    path.write_bytes(data)
    for encode in (None, True):
        parts = messages(path, "complete", encode=encode)
        assert parts[-1].end == pytest.approx(10, abs=0.05)
        assert len(parts) == 3


def test_sound_that_outlasts_the_pictures(clip: Any) -> None:
    """Files show the last picture again every 12 s; a stream goes on with the sound alone. No sound is lost."""
    made = clip("lecture.mp4", gop=1, seconds=5, audio_seconds=40)
    whole = original(made.path)
    for framing, longest in (("complete", 14.1), ("continuous", 6.0)):
        parts = messages(made.path, framing)
        check_contiguous(parts, made)
        assert max(part.duration for part in parts) <= longest
        found = decoded_parts(parts, framing)
        assert all(part.times for part in found)
        heard = sum(len(part.samples) / part.rate for part in found)
        assert heard == pytest.approx(len(whole.samples) / whole.rate, abs=0.001)


def test_a_file_that_is_gone_or_changed(tmp_path: Path) -> None:
    """Errors are the library's own."""
    made = numbered_clip(tmp_path / "clip.mp4", seconds=1)
    talk = Recording(made.path)
    made.path.write_bytes(b"no longer a film")
    with pytest.raises(NotMedia, match="cannot be read as audio or video"):
        list(segments(talk))
    made.path.unlink()
    with pytest.raises(NoSuchFile, match="There is no file"):
        list(segments(talk))


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_pictures_are_turned_upright(tmp_path: Path, degrees: int) -> None:
    """What a telephone took sideways keeps its note of it when copied, and is turned when encoded."""
    made = numbered_clip(tmp_path / "sideways.mp4", seconds=1, audio=None)
    turned = tmp_path / "turned.mp4"
    with av.open(str(made.path)) as source, av.open(str(turned), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        stream.set_display_rotation(degrees)
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    (copy,), (encoded,) = messages(turned, "complete"), messages(turned, "complete", encode=True)
    assert first_picture(copy.data).rotation in {degrees, -abs(degrees) if degrees == 180 else degrees}
    picture = first_picture(encoded.data)
    assert picture.rotation == 0
    upright = np.rot90(picture.to_ndarray(format="gray"), -degrees // 90)
    assert read_numbers([upright]) == [0]


def first_picture(data: bytes) -> Any:
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0))


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    """Sizes too large to encode in time become smaller, in the same shape."""
    made = numbered_clip(tmp_path / "large.mp4", seconds=1, codec="mpeg4", audio=None, size=(1920, 1080))
    (part,) = messages(made.path, "complete")
    (video,) = codecs(part.data)
    assert (video.width, video.height) == (960, 540)
    assert decoded(part.data).numbers == list(range(25))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.floats(3, 6), name=st.sampled_from(["gop 1 s.mp4", "varying.mp4", "vp9.webm", "sound first.mp4"]))
def test_no_length_loses_anything(clip: Any, length: float, name: str) -> None:
    """Whatever the length of the messages, files and streams hold all pictures and all samples."""
    made = clip(name, **COPIED[name])
    whole = original(made.path)
    for framing in FRAMINGS:
        parts = messages(made.path, framing, length=length)
        check_contiguous(parts, made, length)
        found = decoded_parts(parts, framing)
        check_pictures(made, whole, parts, found)
        assert 0 <= sum(len(part.samples) for part in found) - len(whole.samples) <= fill(made)


@cache
def original(path: Path) -> Decoded:
    """What a decoder makes of a clip."""
    return decoded(path.read_bytes())


@cache
def messages(path: Path, framing: Any, **how: Any) -> list[Packet]:
    return list(segments(Recording(path), framing=framing, **how))


def decoded_parts(parts: list[Packet], framing: Any) -> list[Decoded]:
    """Files alone, a stream as one."""
    if framing == "continuous":
        return [decoded(b"".join(part.data for part in parts))]
    return [decoded(part.data) for part in parts]


def check_contiguous(parts: list[Packet], made: Clip, length: float = 3.0) -> None:
    assert parts[0].start == 0
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert len(parts) == 1 or all(part.duration >= length - 1e-6 for part in parts)
    heard = made.sound_start + made.samples / made.sampling_rate if made.samples else 0.0
    assert parts[-1].end >= max(heard, max(made.times, default=0.0)) - 0.001


def fill(made: Clip) -> int:
    """Most samples by which messages are longer than what is heard of the file.

    An MP4 says by how much the last packet of AAC is filled up, and from 19 on PyAV leaves that out. An MP4 in
    fragments, as messages are, has no place to say it: there the fill is heard.
    """
    return 1023 if VERSION >= (19, 0) and made.path.suffix in {".mp4", ".mov"} else 0


def check_pictures(made: Clip, whole: Decoded, parts: list[Packet], found: list[Decoded]) -> None:
    """Numbers, times, and the distance of pictures to sound."""
    assert [number for part in found for number in part.numbers] == list(range(len(made.times)))
    begins = whole.heard
    times = []
    for part, message in zip(found, parts, strict=len(found) > 1):
        # The file's clock begins with the packet of sound that is being heard at the cut.
        zero = message.start - (part.times[0] if message.start else 0.0)
        assert message.start - 0.0261 <= zero <= message.start
        times += [zero + time for time in part.times]
        if len(part.samples) and len(whole.samples):
            assert zero + part.heard == pytest.approx(begins, abs=0.0016)
            begins += len(part.samples) / part.rate
    # What a reader of an avi says of reordered pictures is wrong.
    expected = made.times if made.path.name == "h264.avi" else whole.times
    assert times == pytest.approx(expected, abs=0.0011)


def check_same_sound(whole: Decoded, samples: NDArray[np.float32], rate: int) -> None:
    """The sound is the original's, not moved: the best match of some stretches is at no delay at all."""
    delays = np.arange(-30, 31) * 0.0001
    axis = np.arange(len(samples)) / rate
    for second in np.arange(1.0, len(whole.samples) / whole.rate - 1, 1.7):
        there = whole.samples[int(second * whole.rate) : int((second + 0.1) * whole.rate)]
        seconds = second + np.arange(len(there)) / whole.rate
        fits = [float(np.dot(there, np.interp(seconds + delay, axis, samples))) for delay in delays]
        assert abs(delays[int(np.argmax(fits))]) < 0.0003


class Pipe:
    """Bytes that can only be read on."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def decoded(data: bytes, *, pipe: bool = False) -> Decoded:
    """Decode everything. Times are seconds since the clock of the file begins."""
    numbers: list[int | None] = []
    times: list[float] = []
    sounds, heard, rate = [np.zeros(0, np.float32)], 0.0, 0
    with av.open(Pipe(data) if pipe else io.BytesIO(data)) as container:
        origin = max(0.0, (container.start_time or 0) / av.time_base) if not pipe else None
        for frame in container.decode():
            origin = 0.0 if origin is None else origin
            if isinstance(frame, av.VideoFrame):
                numbers += read_numbers([luma(frame)])
                times.append(float(frame.pts * frame.time_base) - origin)
            else:
                if len(sounds) == 1:
                    heard, rate = float(frame.pts * frame.time_base) - origin, frame.sample_rate
                samples = frame.to_ndarray().reshape(-1).astype(np.float32)
                sounds.append(samples / 32768 if frame.format.name.startswith("s16") else samples)
    return Decoded(numbers, times, np.concatenate(sounds), rate, heard)


def readable(path: Path) -> list[int | None]:
    """Numbers of the pictures that a plain decoder finds in a damaged file."""
    numbers: list[int | None] = []
    with av.open(str(path)) as container:
        try:
            for frame in container.decode(video=0):
                numbers += read_numbers([luma(frame)])
        except av.error.FFmpegError:
            pass
    return [number for number in numbers if number is not None]


def bare(part: Packet) -> bytes:
    """The container of a first message."""
    return b"mp4" if part.data[4:8] == b"ftyp" else b"webm"


def codecs(data: bytes) -> list[Any]:
    with av.open(io.BytesIO(data)) as container:
        return [stream.codec_context for stream in container.streams]


def packet_times(data: bytes) -> list[tuple[str, int, int, int]]:
    with av.open(io.BytesIO(data)) as container:
        return [(each.stream.type, each.pts, each.dts, each.size) for each in container.demux() if each.size]


def boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Kind and size of each top-level box; fails if the last one is not whole."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], size
        at += size
    assert at == len(data)


def elements(data: bytes) -> Iterator[tuple[int, int]]:
    """Kind and size of each top-level EBML element whose kind has four bytes; fails if the last one is not whole."""
    at = 0
    while at < len(data):
        width = 9 - data[at + 4].bit_length()
        size = int.from_bytes(data[at + 4 : at + 4 + width], "big") - (1 << (7 * width))
        yield int.from_bytes(data[at : at + 4], "big"), 4 + width + size
        at += 4 + width + size
    assert at == len(data)


def header_of(data: bytes) -> bytes:
    if data[4:8] == b"ftyp":
        (_, first), (_, second), *_ = boxes(data)
        return data[: first + second]
    return data[: data.index(b"\x1f\x43\xb6\x75")]
