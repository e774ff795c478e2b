"""Makes datasets/sample: three short recordings of which every pause and every movement is known.

The material is real (a reader's voice, a portrait); only the arrangement is ours. What was arranged is written beside
the recordings in truth.csv, exact to the sample and to the picture, so that whatever measures them can be held to it.

    python datasets/make_sample.py [MEDIA_FOLDER]

MEDIA_FOLDER holds the utterances and the portrait (default: ../shared/media beside the repository). The recordings are
committed: only somebody who wants to change them needs this script, or the material.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile
import soxr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]
    Picture = NDArray[np.uint8]
    Row = dict[str, object]

REPOSITORY = Path(__file__).resolve().parent.parent
MEDIA = REPOSITORY.parent / "shared" / "media"
SAMPLE = REPOSITORY / "datasets" / "sample"

RATE = 16_000
"""Samples per second of the material, and of the wav files."""

OFFSET = 225
"""Constant that the reader's equipment added to every sample of the material, taken off: silence must be 0."""

MOVIE_RATE = 48_000
"""Samples per second of the sound of the film. 32 s of it are a whole number of AAC frames, so no padding is added."""

PICTURE_RATE = 25
KEY_EVERY = 50
"""Pictures from one key picture to the next: 2 s."""

WIDTH, HEIGHT = 640, 360
SCALE = 1.25
"""Pixels of the film per pixel of the portrait: its 512 columns fill the width."""

ABOVE = 10
"""Pixels of film above the portrait's upper edge, so that there is room over the head; filled from the edge."""

HEAD = (284.0, 140.0)
"""Middle of the head in the film, in pixels (x, y)."""

HEAD_RADII = (120.0, 138.0)
"""Half width and half height of what moves as one piece: an ellipse of hair, face and chin, with room to move."""

SOFT = 0.85
"""How much further out, in radii, the movement has died away. Neck and backdrop stretch in between."""

BACKDROP = (308, 8, 64, 100)
"""A stretch of bare backdrop in the portrait: x, y, width, height. Enlarged, it is the empty room."""

HIGHER = 4.0
"""Semitones from the reader to the second speaker: 100 to 130 Hz, say. Lower, he would leave the range of voices."""


@dataclass(frozen=True)
class Utterance:
    """One sentence of the reader: where it is spoken in its file (seconds, cut at the next zero crossing), and what."""

    start: float
    end: float
    words: str


UTTERANCES = {
    "0870": Utterance(
        0.22,
        6.86,
        "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do "
        "for them",
    ),
    "0880": Utterance(0.25, 2.85, "he was not an ill disposed young man"),
    "0890": Utterance(0.26, 5.10, "unless to be rather cold hearted and rather selfish is to be ill disposed"),
    "0920": Utterance(
        0.26,
        5.84,
        "had he married a more amiable woman he might have been made still more respectable than he was",
    ),
    "0930": Utterance(0.24, 3.00, "he might even have been made amiable himself"),
}


@dataclass(frozen=True)
class Turn:
    """Who says what, `gap` seconds after the end of the turn before it. A negative gap is an overlap."""

    gap: float
    utterance: str
    channel: int = 0


TALK = [Turn(0.5, "0870"), Turn(0.4, "0880"), Turn(0.8, "0890"), Turn(1.5, "0920"), Turn(2.5, "0930")]
TALK_LASTS = 30.0

CALL = [
    Turn(0.5, "0870"),
    Turn(0.6, "0880", 1),
    Turn(1.0, "0890"),
    Turn(0.3, "0920", 1),
    Turn(-1.2, "0930"),
    Turn(2.0, "0890", 1),
    Turn(0.8, "0880"),
    Turn(1.5, "0930", 1),
]
CALL_LASTS = 40.0

INTERVIEW = [Turn(0.5, "0870"), Turn(0.6, "0880"), Turn(1.2, "0890"), Turn(0.4, "0930"), Turn(5.0, "0920")]
INTERVIEW_LASTS = 32.0


@dataclass(frozen=True)
class Scene:
    """What the head does for `seconds`.

    A nod or a shake is a sine of `hertz` with `pixels` from rest to either side. A lean enlarges the picture about the
    head, within `LEAN_TAKES` seconds to `zoom` times its size, and goes back in the same way.
    """

    label: str
    seconds: int
    hertz: float = 0.0
    pixels: float = 0.0
    zoom: float = 1.0


SCENES = [
    Scene("still", 4),
    Scene("nod", 3, hertz=2.0, pixels=12.0),
    Scene("still", 2),
    Scene("shake", 3, hertz=2.0, pixels=12.0),
    Scene("still", 2),
    Scene("lean", 4, zoom=1.35),
    Scene("still", 2),
    Scene("absent", 4),
    Scene("still", 3),
    Scene("nod", 2, hertz=2.0, pixels=6.0),
    Scene("still", 3),
]
LEAN_TAKES = 1.0


@dataclass(frozen=True)
class Placed:
    """A turn with its place: first sample and the one after the last."""

    turn: Turn
    first: int
    last: int


def main(media: Path = MEDIA, folder: Path = SAMPLE) -> None:
    """Make everything in `folder` except its README, which is written by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    voices = [{name: utterance(media, name) for name in UTTERANCES}]
    voices.append({name: shifted(samples, HIGHER) for name, samples in voices[0].items()})
    talk, call, interview = (place(turns, voices[0]) for turns in (TALK, CALL, INTERVIEW))
    soundfile.write(folder / "talk.wav", sound(talk, voices, TALK_LASTS, 1), RATE, "PCM_16")
    soundfile.write(folder / "call.wav", sound(call, voices, CALL_LASTS, 2), RATE, "PCM_16")
    film(folder / "interview.mp4", portrait(media), sound(interview, voices, INTERVIEW_LASTS, 1)[:, 0])
    write(
        folder / "manifest.csv",
        [
            manifest("talk.wav", TALK_LASTS, "monologue", "reader", talk),
            manifest("call.wav", CALL_LASTS, "call", "reader|other", call),
            manifest("interview.mp4", INTERVIEW_LASTS, "interview", "reader", interview),
        ],
    )
    write(
        folder / "truth.csv",
        [
            *heard("talk.wav", talk, TALK_LASTS),
            *heard("call.wav", call, CALL_LASTS),
            *heard("interview.mp4", interview, INTERVIEW_LASTS),
            *seen("interview.mp4"),
        ],
    )


def utterance(media: Path, name: str) -> Samples:
    """Read one utterance, cut where it begins and ends to be spoken. But for `OFFSET` its samples are untouched."""
    samples, rate = soundfile.read(media / f"sense_and_sensibility_01_austen_64kb-{name}.wav", dtype="int16")
    assert rate == RATE
    samples = np.asarray(samples - OFFSET, np.int16)
    spoken = UTTERANCES[name]
    return samples[_crossing(samples, spoken.start) : _crossing(samples, spoken.end)]


def shifted(samples: Samples, semitones: float) -> Samples:
    """Make another speaker: pitch and formants moved by `semitones`, tempo and number of samples as before.

    Played faster, a voice is higher throughout, as if its owner were smaller; the tempo is then put right.
    """
    faster = 2 ** (semitones / 12)
    played = np.rint(soxr.resample(samples.astype(np.float64), faster, 1.0, quality="VHQ")).astype(np.int64)
    return _tempo(played, len(samples))


def place(turns: Sequence[Turn], voice: dict[str, Samples]) -> list[Placed]:
    """Put turns on the time line, each after the one before it."""
    placed: list[Placed] = []
    at = 0
    for turn in turns:
        first = at + round(turn.gap * RATE)
        at = first + len(voice[turn.utterance])
        placed.append(Placed(turn, first, at))
    return placed


def sound(placed: Sequence[Placed], voices: Sequence[dict[str, Samples]], seconds: float, channels: int) -> Samples:
    """Put the voices where they belong, shape (samples, channels). Everything between them is zero."""
    track = np.zeros((round(seconds * RATE), channels), np.int16)
    for each in placed:
        track[each.first : each.last, each.turn.channel] = voices[each.turn.channel][each.turn.utterance]
    return track


def portrait(media: Path) -> Picture:
    """Read the portrait, shape (512, 512, 3)."""
    with av.open(str(media / "astronaut.png")) as file:
        return np.asarray(next(file.decode(video=0)).to_ndarray(format="rgb24"), np.uint8)


def film(path: Path, face: Picture, voice: Samples) -> None:
    """Write the pictures of `SCENES` with the voice, as H.264 and AAC in mp4."""
    louder = soxr.resample(voice.astype(np.float64) / 32768, RATE, MOVIE_RATE, quality="VHQ").astype(np.float32)
    with av.open(str(path), "w", options={"movflags": "faststart", "fflags": "bitexact"}) as container:
        pictures, sounds = _tracks(container)
        number = 0
        for scene in SCENES:
            for second in range(scene.seconds):
                # Second by second in turn: the muxer then has little to keep back.
                for at in range(PICTURE_RATE):
                    image = av.VideoFrame.from_ndarray(
                        _scene(face, scene, second + at / PICTURE_RATE), format="rgb24", channel_last=True
                    )
                    image.pts, image.time_base = number, Fraction(1, PICTURE_RATE)
                    container.mux(pictures.encode(image))
                    number += 1
                first = (number // PICTURE_RATE - 1) * MOVIE_RATE
                piece = av.AudioFrame.from_ndarray(louder[None, first : first + MOVIE_RATE], "fltp", "mono")
                piece.sample_rate, piece.pts, piece.time_base = MOVIE_RATE, first, Fraction(1, MOVIE_RATE)
                container.mux(sounds.encode(piece))
        container.mux(pictures.encode())
        container.mux(sounds.encode())


def manifest(file: str, duration: float, kind: str, speakers: str, placed: Sequence[Placed]) -> Row:
    """Make one row of the researcher's table of recordings. Speakers are in the order of the channels."""
    words = " / ".join(UTTERANCES[each.turn.utterance].words for each in placed)
    return {
        "file": file,
        "duration": duration,
        "kind": kind,
        "speakers": speakers,
        "language": "en",
        "words": words,
    }


def heard(file: str, placed: Sequence[Placed], seconds: float) -> list[Row]:
    """Make the truth of the sound: who speaks when, when nobody does, when two do."""
    rows = [_row(file, each.first, each.last, each.turn.channel, "voice", each.turn.utterance) for each in placed]
    edges = [(0, 0), *((each.first, each.last) for each in placed), (round(seconds * RATE),) * 2]
    for number, ((_, left), (right, _)) in enumerate(pairwise(edges)):
        track = "pause" if right > left else "overlap"
        label = {0: "before", len(placed): "after"}.get(number, "between") if right > left else "both"
        first, last = sorted((left, right))
        rows.append(_row(file, first, last, None, track, label, (last - first) / RATE))
    return sorted(rows, key=lambda row: (row["start"], row["end"]))


def seen(file: str) -> list[Row]:
    """Make the truth of the pictures: what the head does (value: Hz), how far (px), how much larger it gets (times)."""
    rows: list[Row] = []
    start = 0
    for scene in SCENES:
        first, last = start * RATE, (start + scene.seconds) * RATE
        start += scene.seconds
        rows.append(_row(file, first, last, None, "face", scene.label, scene.hertz or None))
        if scene.pixels:
            rows.append(_row(file, first, last, None, "amplitude", scene.label, scene.pixels))
        if scene.zoom != 1:
            rows.append(_row(file, first, last, None, "zoom", scene.label, scene.zoom))
    return rows


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write a table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _crossing(samples: Samples, seconds: float) -> int:
    """Give the first sample from a moment on at which the wave comes up through zero: a cut there does not click."""
    first = round(seconds * RATE)
    rising = (samples[first - 1 : -1] < 0) & (samples[first:] >= 0)
    return first + int(np.argmax(rising))


def _tempo(samples: NDArray[np.int64], length: int) -> Samples:
    """Change the tempo without the pitch (waveform-similarity overlap-add, Verhelst & Roelands, ICASSP 1993).

    Pieces of 40 ms are laid over each other by half. Each is taken from up to 10 ms around its due place, there where
    it best continues the piece before it. The search is in whole numbers: the same everywhere.
    """
    piece, step, reach = 640, 320, 160
    window = np.hanning(piece + 1)[:piece]
    padded = np.pad(samples, (reach, piece + 2 * reach + step))
    made = np.zeros(length + 2 * piece)
    stretch = len(samples) / length
    taken = reach
    for at in range(0, length, step):
        due = reach + min(round(at * stretch), len(samples))
        taken = due if at == 0 else _alike(padded, due - reach, due + reach, padded[taken + step :][:piece])
        made[at : at + piece] += window * padded[taken : taken + piece]
    return np.clip(np.rint(made[:length]), -32768, 32767).astype(np.int16)


def _alike(samples: NDArray[np.int64], first: int, last: int, pattern: NDArray[np.int64]) -> int:
    """Give the place from `first` to `last` whose samples look most like the pattern (normalised correlation)."""
    searched = samples[first : last + len(pattern)]
    likeness = np.correlate(searched, pattern, "valid")
    power = np.cumsum(np.concatenate([[0], searched**2]))
    energy = power[len(pattern) :] - power[: -len(pattern)]
    return first + int(np.argmax(likeness / np.sqrt(np.maximum(energy, 1))))


def _tracks(container: OutputContainer) -> tuple[VideoStream, AudioStream]:
    # One thread and a fixed distance of key pictures: the same encoder makes the same bytes again.
    settings = {"crf": "23", "preset": "slow", "sc_threshold": "0", "keyint_min": str(KEY_EVERY)}
    pictures: Any = container.add_stream("libx264", rate=PICTURE_RATE, options=settings)
    pictures.width, pictures.height, pictures.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    pictures.gop_size, pictures.max_b_frames, pictures.thread_count = KEY_EVERY, 2, 1
    sounds: Any = container.add_stream("aac", rate=MOVIE_RATE, layout="mono", bit_rate=96_000)
    return pictures, sounds


def _scene(face: Picture, scene: Scene, seconds: float) -> Picture:
    """Draw the picture `seconds` into a scene."""
    if scene.label == "absent":
        return _empty_room(face.tobytes(), face.shape)
    moved = round(scene.pixels * float(np.sin(2 * np.pi * scene.hertz * seconds)), 6)
    near = min(seconds, scene.seconds - seconds, LEAN_TAKES) / LEAN_TAKES
    zoom = round(1 + (scene.zoom - 1) * near * near * (3 - 2 * near), 6)
    right, down = (moved, 0.0) if scene.label == "shake" else (0.0, moved)
    return _posed(face.tobytes(), face.shape, right, down, zoom)


@cache
def _posed(face: bytes, shape: tuple[int, ...], right: float, down: float, zoom: float) -> Picture:
    """Draw the portrait with the head moved by so many pixels and everything enlarged about the head."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    x, y = HEAD[0] + (x - HEAD[0]) / zoom, HEAD[1] + (y - HEAD[1]) / zoom
    beyond = np.hypot((x - HEAD[0]) / HEAD_RADII[0], (y - HEAD[1]) / HEAD_RADII[1]) - 1
    still = np.clip(beyond / SOFT, 0, 1)
    share = 1 - still * still * (3 - 2 * still)
    image = np.frombuffer(face, np.uint8).reshape(shape)
    return _looked_up(image, (x - right * share) / SCALE, (y - down * share - ABOVE) / SCALE)


def _looked_up(image: Picture, x: NDArray[np.float64], y: NDArray[np.float64]) -> Picture:
    """Read an image between its pixels (bilinear). What lies outside is the nearest edge, not black."""
    x, y = np.clip(x, 0, image.shape[1] - 1.001), np.clip(y, 0, image.shape[0] - 1.001)
    column, row = x.astype(np.int64), y.astype(np.int64)
    a, b = (x - column)[..., None], (y - row)[..., None]
    upper = image[row, column] * (1 - a) + image[row, column + 1] * a
    lower = image[row + 1, column] * (1 - a) + image[row + 1, column + 1] * a
    return np.rint(upper * (1 - b) + lower * b).astype(np.uint8)


@cache
def _empty_room(face: bytes, shape: tuple[int, ...]) -> Picture:
    left, top, width, height = BACKDROP
    wall = np.frombuffer(face, np.uint8).reshape(shape)[top : top + height, left : left + width]
    # The wall's weave, enlarged ten times, would be blotches: averaged first, only its light remains.
    coarse = wall[: height // 20 * 20, : width // 16 * 16].reshape(height // 20, 20, width // 16, 16, 3).mean((1, 3))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    return _looked_up(
        np.rint(coarse).astype(np.uint8), x / WIDTH * (coarse.shape[1] - 1), y / HEIGHT * (coarse.shape[0] - 1)
    )


def _row(
    file: str, first: int, last: int, channel: int | None, track: str, label: str, value: float | None = None
) -> Row:
    # 1/16000 s has seven decimals: nothing is rounded away.
    start, end = round(first / RATE, 7), round(last / RATE, 7)
    return {
        "file": file,
        "start": start,
        "end": end,
        "channel": "" if channel is None else channel,
        "track": track,
        "label": label,
        "value": "" if value is None else value,
    }


def _folder(arguments: Iterable[str]) -> Path:
    given = next(iter(arguments), None)
    return MEDIA if given is None else Path(given)


if __name__ == "__main__":
    main(_folder(sys.argv[1:]))
