"""The committed sample is what its manifest and its truth say, to the sample and to the picture."""

from __future__ import annotations

import csv
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emotoolkit.media.recording import Recording

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "datasets" / "sample"
FILES = ["talk.wav", "call.wav", "interview.mp4"]
PICTURE_RATE = 25
LIMIT = 10_000_000
"""Bytes: what a repository may be asked to carry."""

FACE = (slice(90, 190), slice(230, 340))
"""Rows and columns of the film that show nothing but the face, at rest."""


@cache
def rows(table: str) -> list[dict[str, Any]]:
    """Read one of the sample's tables."""
    with (SAMPLE / table).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def truth(file: str, *tracks: str) -> list[dict[str, Any]]:
    """Give the truth of one file, of some tracks, with times as numbers."""
    return [
        row | {"start": float(row["start"]), "end": float(row["end"])}
        for row in rows("truth.csv")
        if row["file"] == file and row["track"] in tracks
    ]


@cache
def sound(file: str) -> tuple[NDArray[np.float32], int]:
    """Read all the sound of a file, shape (samples, channels), and its rate."""
    recording = Recording(SAMPLE / file)
    assert recording.audio is not None
    return np.concatenate(list(recording.blocks())), recording.audio.sampling_rate


@cache
def pictures() -> NDArray[np.uint8]:
    """Read the brightness of the film, shape (pictures, height, width)."""
    with Recording(SAMPLE / "interview.mp4").open() as container:
        return np.stack([image.to_ndarray(format="gray") for image in container.decode(video=0)])


def stretch(file: str, row: dict[str, Any]) -> NDArray[np.float32]:
    """Cut the sound of one row of the truth, on its channel or on all."""
    samples, rate = sound(file)
    cut = samples[round(row["start"] * rate) : round(row["end"] * rate)]
    return cut if row["channel"] == "" else cut[:, int(row["channel"])]


def scenes(label: str) -> list[tuple[float, float, float]]:
    """Give start, end and amplitude (px) of the scenes of one label."""
    amplitudes = {row["start"]: float(row["value"]) for row in truth("interview.mp4", "amplitude")}
    faces = truth("interview.mp4", "face")
    return [(row["start"], row["end"], amplitudes.get(row["start"], 0.0)) for row in faces if row["label"] == label]


def filmed(start: float, end: float) -> NDArray[np.uint8]:
    """Cut the pictures of a stretch."""
    return pictures()[round(start * PICTURE_RATE) : round(end * PICTURE_RATE)]


def moved(image: NDArray[np.uint8], rest: NDArray[np.uint8], axis: int) -> int:
    """Give by how many pixels the face of a picture lies off the one at rest: the shift that fits best."""
    face = rest[FACE].astype(np.int64)
    shifts = range(-20, 21)
    misfits = [np.abs(np.roll(image.astype(np.int64), -shift, axis)[FACE] - face).sum() for shift in shifts]
    return shifts[int(np.argmin(misfits))]


def expected(start: float, end: float, amplitude: float) -> NDArray[np.float64]:
    """Give where a head that nods or shakes at 2 Hz is, picture by picture, in px."""
    seconds = np.arange(round((end - start) * PICTURE_RATE)) / PICTURE_RATE
    return amplitude * np.sin(2 * np.pi * 2.0 * seconds)


def test_the_manifest_names_the_recordings() -> None:
    """The manifest has one row for each recording, file first, and no other file is a recording."""
    assert [row["file"] for row in rows("manifest.csv")] == FILES
    assert next(iter(rows("manifest.csv")[0])) == "file"
    assert {path.name for path in SAMPLE.iterdir()} == {*FILES, "manifest.csv", "truth.csv", "README.md"}


def test_the_sample_is_small() -> None:
    """All of the sample together stays below 10 MB."""
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < LIMIT


@pytest.mark.parametrize("row", rows("manifest.csv"), ids=lambda row: row["file"])
def test_durations_are_those_of_the_manifest(row: dict[str, Any]) -> None:
    """Header, decoded sound and manifest agree on the duration, and there is a channel for each speaker."""
    recording = Recording(SAMPLE / row["file"])
    samples, rate = sound(row["file"])
    assert recording.duration == pytest.approx(float(row["duration"]), abs=1e-6)
    assert len(samples) == round(float(row["duration"]) * rate)
    assert samples.shape[1] == len(row["speakers"].split("|"))


def test_the_film_is_as_described() -> None:
    """The film has 800 pictures of 640×360, 25 in a second, and a key picture every 2 s."""
    recording = Recording(SAMPLE / "interview.mp4")
    assert recording.video is not None
    assert (recording.video.codec, recording.video.width, recording.video.height) == ("h264", 640, 360)
    assert recording.video.frame_rate == PICTURE_RATE
    assert len(pictures()) == 32 * PICTURE_RATE
    with recording.open() as container:
        keys = [(packet.pts or 0) * packet.time_base for packet in container.demux(video=0) if packet.is_keyframe]
    assert keys == list(range(0, 32, 2))


@pytest.mark.parametrize("file", FILES)
def test_the_truth_lies_in_its_recording(file: str) -> None:
    """Every interval of the truth has a length and ends before the recording does."""
    intervals = truth(file, *{row["track"] for row in rows("truth.csv")})
    duration = Recording(SAMPLE / file).duration
    assert intervals
    assert all(0 <= row["start"] < row["end"] <= duration + 1e-6 for row in intervals)


@pytest.mark.parametrize("file", FILES)
def test_voices_sound_and_pauses_do_not(file: str) -> None:
    """Every voice is 40 dB above every pause; pauses of the wav files are digital silence."""
    voices = [float(np.sqrt(np.mean(stretch(file, row) ** 2))) for row in truth(file, "voice")]
    pauses = [float(np.sqrt(np.mean(stretch(file, row) ** 2))) for row in truth(file, "pause")]
    assert min(voices) > 100 * max(pauses)
    assert file == "interview.mp4" or max(pauses) == 0


@pytest.mark.parametrize("file", ["talk.wav", "call.wav"])
def test_voices_fill_their_intervals(file: str) -> None:
    """A voice begins and ends within 50 ms of its interval, and its channel is silent outside of all of them."""
    samples, rate = sound(file)
    outside = np.ones(samples.shape, bool)
    for row in truth(file, "voice"):
        loud = np.flatnonzero(np.abs(stretch(file, row)) > 0.002)
        assert loud[0] < 0.05 * rate
        assert len(stretch(file, row)) - loud[-1] < 0.05 * rate
        outside[round(row["start"] * rate) : round(row["end"] * rate), int(row["channel"])] = False
    assert not samples[outside].any()


@pytest.mark.parametrize("file", FILES)
def test_voices_and_pauses_cover_the_recording(file: str) -> None:
    """Voices and pauses lie end to end; where they lap over, the truth says overlap."""
    at = 0.0
    for row in sorted(truth(file, "voice", "pause"), key=lambda row: row["start"]):
        overlaps = [other for other in truth(file, "overlap") if other["start"] == row["start"]]
        assert row["start"] == at or overlaps[0]["end"] == at
        at = row["end"]
    assert at == Recording(SAMPLE / file).duration


def test_the_second_speaker_is_higher() -> None:
    """The second speaker says a sentence in the same time as the reader, with pitch about 4 semitones higher."""
    turns = {(row["label"], row["channel"]): stretch("call.wav", row) for row in truth("call.wav", "voice")}
    reader, other = turns["0890", "0"], turns["0890", "1"]
    assert len(reader) == len(other)
    assert 12 * np.log2(pitch(other) / pitch(reader)) == pytest.approx(4.0, abs=0.5)


def pitch(samples: NDArray[np.float32]) -> float:
    """Give the median pitch in Hz by autocorrelation, where there is a clear one."""
    found = []
    for first in range(0, len(samples) - 1024, 160):
        piece = samples[first : first + 1024] * np.hanning(1024)
        power = np.fft.irfft(np.abs(np.fft.rfft(piece, 4096)) ** 2)[:400]
        lag = 60 + int(np.argmax(power[60:260]))
        if power[0] > 0.05 and power[lag] > 0.4 * power[0]:
            found.append(16_000 / lag)
    return float(np.median(found))


@pytest.mark.parametrize(("label", "axis"), [("nod", 0), ("shake", 1)])
def test_the_head_moves_as_the_truth_says(label: str, axis: int) -> None:
    """In every picture of a nod the face is as far up or down as the sine says, and not sideways; a shake likewise."""
    for start, end, amplitude in scenes(label):
        rest = filmed(start - 0.2, start)[0]
        images = filmed(start, end)
        along = [moved(image, rest, axis) for image in images]
        assert np.max(np.abs(along - expected(start, end, amplitude))) < 1
        assert max(along) - min(along) > 1.8 * amplitude
        still = [image for image, far in zip(images, along, strict=True) if far == 0]
        assert all(abs(moved(image, rest, 1 - axis)) <= 1 for image in still)


def test_a_still_head_does_not_move() -> None:
    """While the truth says still, no picture is off the first one."""
    for start, end, _ in scenes("still"):
        images = filmed(start, end)
        assert {moved(image, images[0], axis) for image in images[::5] for axis in (0, 1)} == {0}


def test_an_absent_face_is_not_there() -> None:
    """While the truth says absent, the pictures are an even wall; the face is there just before and after."""
    ((start, end, _),) = scenes("absent")
    assert filmed(start, end)[:, FACE[0], FACE[1]].std(axis=(1, 2)).max() < 8
    assert filmed(start - 0.04, start)[0][FACE].std() > 30
    assert filmed(end, end + 0.04)[0][FACE].std() > 30


def test_a_lean_enlarges_the_face() -> None:
    """In the middle of the lean, the face at rest fits the picture made smaller by the zoom of the truth."""
    ((start, end, _),) = scenes("lean")
    zoom = float(truth("interview.mp4", "zoom")[0]["value"])
    rest, near = filmed(start, end)[0].astype(float), filmed((start + end) / 2, end)[0].astype(float)
    y, x = np.mgrid[FACE]
    enlarged = near[np.rint(140 + (y - 140) * zoom).astype(int), np.rint(284 + (x - 284) * zoom).astype(int)]
    assert np.corrcoef(enlarged.ravel(), rest[FACE].ravel())[0, 1] > 0.98
    assert np.corrcoef(near[FACE].ravel(), rest[FACE].ravel())[0, 1] < 0.9


@pytest.mark.soak
def test_making_it_anew_gives_the_same_sound(tmp_path: Path) -> None:
    """The script makes the committed wav files and tables again, bit for bit."""
    maker = script()
    if not (maker.MEDIA / "astronaut.png").is_file():
        pytest.skip(
            f"the raw material is not in {maker.MEDIA}; the sample is committed and needs it only to be changed"
        )
    maker.main(maker.MEDIA, tmp_path)
    for name in ["talk.wav", "call.wav", "manifest.csv", "truth.csv"]:
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name
    assert Recording(tmp_path / "interview.mp4").facts() == Recording(SAMPLE / "interview.mp4").facts()


def script() -> ModuleType:
    """Load the script, which is in no package."""
    spec = importlib.util.spec_from_file_location("make_sample", REPOSITORY / "datasets" / "make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
