"""Messages to pictures and sound: each exactly once, in order, at its time, however they are sent."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from emotoolkit.apis.interhuman.server.ingest import MediaDecoder
from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ, ErrorReport, Picture, SoundChunk
from tests.support import footage
from tests.support.grey_frames import luma

SECONDS = 9
STREAMS = ("mp4", "webm", "mkv")
FILES = tuple(footage.CODECS)


def received(messages):
    """What comes of messages: numbers and times of pictures, samples, troubles."""
    items = []
    media = MediaDecoder(items.append)
    for message in messages:
        media.feed(message)
    media.finish()
    pictures = [(footage.number(luma(item.image)), item.time) for item in items if is_(item, Picture)]
    samples = [item.samples for item in items if is_(item, SoundChunk)]
    troubles = [item for item in items if is_(item, ErrorReport)]
    return pictures, np.concatenate([np.empty(0, np.float32), *samples]), troubles


def is_(item, kind):
    return isinstance(item, kind)


def check_pictures(pictures, count):
    assert [number for number, _ in pictures] == list(range(count))
    assert [time for _, time in pictures] == pytest.approx([n / footage.FPS for n in range(count)], abs=0.001)


def lag(samples, at: float, rate: int) -> int:
    """Samples by which what is heard from `at` seconds on comes too late."""
    sent = footage.talking(at + 0.5, ((0, 1000),), rate)
    sent = np.interp(
        np.arange(len(sent) * SAMPLING_RATE_HZ // rate) * rate / SAMPLING_RATE_HZ, np.arange(len(sent)), sent
    )
    wanted = sent[round(at * SAMPLING_RATE_HZ) :]
    shifts = range(-800, 801)
    first = round(at * SAMPLING_RATE_HZ)
    return max(shifts, key=lambda shift: float(wanted @ samples[first + shift : first + shift + len(wanted)]))


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("kind", STREAMS)
def test_streams(kind, rate):
    """A stream gives the same pictures and samples in one piece, cut at fragments, and cut anywhere."""
    stream = footage.file(kind, SECONDS, rate=rate)
    pictures, samples, troubles = received([stream])
    check_pictures(pictures, SECONDS * footage.FPS)
    assert not troubles
    assert SECONDS * SAMPLING_RATE_HZ <= len(samples) <= (SECONDS + 0.1) * SAMPLING_RATE_HZ
    assert [lag(samples, at, rate) for at in (0.5, 4.0, 8.0)] == [0, 0, 0]
    step = len(stream) // 23
    anywhere = [stream[at : at + step] for at in range(0, len(stream), step)]
    for messages in (footage.pieces(kind, stream, 1), footage.pieces(kind, stream, 3), anywhere):
        again, same, troubles = received(messages)
        assert (again, troubles) == (pictures, [])
        assert np.array_equal(same, samples)


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "ts"])
def test_files(kind, rate):
    """Whole files follow each other on the session's clock without drift, whatever their encoders padded."""
    files = [footage.file(kind, 3, start=start, rate=rate) for start in range(0, SECONDS, 3)]
    pictures, samples, troubles = received(files)
    check_pictures(pictures, SECONDS * footage.FPS)
    assert not troubles
    assert SECONDS * SAMPLING_RATE_HZ <= len(samples) <= (SECONDS + 0.1) * SAMPLING_RATE_HZ
    assert [lag(samples, at, rate) for at in (0.5, 4.0, 8.0)] == [0, 0, 0]


def test_transport_streams():
    """MPEG-TS begins with its encoder's priming; pictures and sound keep their distance from file to file."""
    pictures, _, troubles = received([footage.file("ts", 3, start=start) for start in (0, 3)])
    assert [number for number, _ in pictures] == list(range(150))
    assert np.diff([time for _, time in pictures]) == pytest.approx(1 / footage.FPS, abs=0.03)
    assert not troubles


def test_both_framings_to_the_bit():
    """Where each picture and sample is coded by itself, files and a stream give exactly the same."""
    stream = received(footage.pieces("mkv", footage.file("mkv", SECONDS, rate=16_000), 20))
    for length in (3, 1.8):
        count = round(SECONDS / length)
        files = [footage.file("mkv", length, start=n * length, rate=16_000) for n in range(count)]
        pictures, samples, _ = received(files)
        check_pictures(pictures, SECONDS * footage.FPS)
        assert np.array_equal(samples, stream[1])


def test_mixed_kinds():
    """Any container may follow any other."""
    files = [footage.file(kind, 3, start=3 * n) for n, kind in enumerate(("webm", "plain", "avi", "mp4"))]
    pictures, samples, troubles = received(files)
    check_pictures(pictures, 300)
    assert [lag(samples, at, 48_000) for at in (0.5, 4.0, 7.0, 10.0)] == [0, 0, 0, 0]
    assert not troubles


def test_changing_rate():
    """A file of another sampling rate goes on where the last one ended."""
    _, samples, _ = received([footage.file("mkv", 3, rate=48_000), footage.file("mkv", 3, start=3, rate=16_000)])
    assert len(samples) == 6 * SAMPLING_RATE_HZ
    assert [lag(samples, 0.5, 48_000), lag(samples, 4.0, 16_000)] == [0, 0]


def test_missing_sound():
    """Where a file brings no sound there is silence, and what comes after is in its place."""
    files = [footage.file("mkv", 3, start=3 * n, rate=16_000, sound=n != 1) for n in range(3)]
    pictures, samples, _ = received(files)
    check_pictures(pictures, 225)
    assert len(samples) == 9 * SAMPLING_RATE_HZ
    assert not samples[3 * SAMPLING_RATE_HZ : 6 * SAMPLING_RATE_HZ].any()
    assert lag(samples, 7.0, 16_000) == 0


def test_pictures_alone():
    """A film without sound is fine."""
    pictures, samples, troubles = received([footage.file("mp4", 3, sound=False)])
    check_pictures(pictures, 75)
    assert (len(samples), troubles) == (0, [])


@pytest.mark.parametrize(
    ("messages", "codes"),
    [
        ([b"garbage" * 99], ["ih5004"]),
        ([b""], ["ih5004"]),
        ([b"\x1a\x45\xdf\xa3" + b"garbage" * 99], ["ih5004"]),
        ([b"\0\0\0\x10ftypisomisom" + b"garbage" * 99], ["ih5004"]),
        ([b"RIFF" + b"garbage" * 99], ["ih5004"]),
        (footage.pieces("webm", footage.file("webm", 3), 1)[1:3], ["ih5004", "ih5004"]),
        ([footage.file("plain", 3)[:-9000]], ["ih5004"]),
        ([footage.file("mp4", 3, pictures=False)], ["ih5001"]),
        (footage.pieces("webm", footage.file("webm", 9, pictures=False), 1), ["ih5001"] + 9 * ["ih5004"]),
    ],
)
def test_troubles(messages, codes):
    """What cannot be used is said, and what comes after is used."""
    pictures, _, troubles = received([*messages, footage.file("mp4", 3)])
    assert [trouble.code for trouble in troubles] == codes
    check_pictures(pictures, 75)


@pytest.mark.parametrize("kind", STREAMS)
def test_foreign_bytes_in_a_stream(kind):
    """Foreign bytes between two pieces of a stream are refused; the stream goes on undisturbed."""
    pieces = footage.pieces(kind, footage.file(kind, 6), 1)
    pictures, _, troubles = received([pieces[0], b"garbage" * 999, *pieces[1:]])
    assert [trouble.code for trouble in troubles] == ["ih5004"]
    check_pictures(pictures, 150)


def test_damage_within():
    """A damaged picture is passed over and said, its neighbours are used."""
    stream = bytearray(footage.file("mkv", 3, rate=16_000))
    at = stream.index(b"\xff\xd8\xff", len(stream) // 2)  # a JPEG picture begins
    end = stream.index(b"\xff\xd9", at) + 2
    stream[at:end] = bytes(end - at)
    pictures, _, troubles = received([bytes(stream)])
    assert {trouble.code for trouble in troubles} == {"ih5004"}
    assert len(pictures) == 74


def test_pictures_come_with_the_message():
    """A message has been used up when `feed` returns, but for what the decoder holds back."""
    items = []
    media = MediaDecoder(items.append)
    media.feed(footage.pieces("webm", footage.file("webm", 6), 3)[0])
    assert sum(is_(item, Picture) for item in items) >= 70
    media.close()


@pytest.mark.parametrize("kind", STREAMS)
def test_giving_up(kind):
    """Closing hands over nothing more and leaves no thread behind."""
    before = threading.active_count()
    items = []
    media = MediaDecoder(items.append)
    media.feed(footage.pieces(kind, footage.file(kind, 6), 3)[0])
    count = len(items)
    media.close()
    media.close()
    assert (len(items), threading.active_count()) == (count, before)


def test_errors_of_the_taker():
    """What goes wrong in the taker is raised to who feeds."""

    def refuse(item):
        raise RuntimeError("no more")

    media = MediaDecoder(refuse)
    with pytest.raises(RuntimeError, match="no more"):
        media.feed(footage.file("webm", 3))
    media.close()


@pytest.mark.parametrize("cut", [1, 2, 3, 11, 13, 30, 100, 500, 3000])
@pytest.mark.parametrize("kind", ["webm", "mp4"])
def test_a_header_before_a_part_that_begins_within_an_element(kind, cut):
    """A recorder cuts within an element, and a program puts the header before the part: the rest is used, in order."""
    pieces = footage.pieces(kind, footage.file(kind, 6), 1)
    header = pieces[0][: len(pieces[0]) - len(_media(kind, pieces[0]))]
    pictures, _, troubles = received([header + pieces[2][cut:] + pieces[3]])
    assert not troubles
    numbers = [number for number, _ in pictures]
    assert set(numbers) >= set(range(75, 100))
    assert numbers == sorted(numbers)


def _media(kind, piece):
    return piece[piece.index(b"moof") - 4 :] if kind == "mp4" else piece[piece.index(b"\x1f\x43\xb6\x75") :]


def test_a_cluster_without_its_first_byte_is_whole():
    """Chromium's cut: the name of a cluster lacks its first byte, and nothing of what is in it is lost."""
    pieces = footage.pieces("webm", footage.file("webm", 6), 1)
    header = pieces[0][: pieces[0].index(b"\x1f\x43\xb6\x75")]
    pictures, _, troubles = received([header + pieces[2][1:]])
    assert not troubles
    assert [number for number, _ in pictures] == list(range(50, 75))
