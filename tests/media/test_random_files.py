"""Random files against FFmpeg's own decoding, and damaged files, which must end in a recording or a sentence."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emotoolkit.media.recording import Recording
from emotoolkit.media.video.encode import decode_pictures
from tests.support.odd_files import HAS_FFMPEG, beeps, ffmpeg, flashes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not HAS_FFMPEG, reason="FFmpeg's program makes the files")

QUICK, ALL = 20, 400
"""Random files in every test run, and in the soak."""

DAMAGED = 2000

PACKET_S = 0.08
"""Seconds of the longest frame of the codecs: what the ends of two decodings may differ by, with the priming."""

FILMS = {
    "mp4": (["libx264", "mpeg4", "libx265"], ["aac", "libmp3lame", "ac3"]),
    "mov": (["libx264", "mjpeg"], ["aac", "pcm_s16le", "alac"]),
    "mkv": (["libx264", "libvpx", "mpeg4", "ffv1"], ["aac", "libopus", "flac", "pcm_s16le", "libvorbis"]),
    "webm": (["libvpx"], ["libopus", "libvorbis"]),
    "ts": (["libx264", "mpeg2video"], ["aac", "mp2", "ac3"]),
    "avi": (["mpeg4", "mjpeg"], ["pcm_s16le", "libmp3lame"]),
}
SOUNDS = {
    "wav": ["pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_u8", "pcm_mulaw", "adpcm_ima_wav", "libgsm_ms"],
    "flac": ["flac"],
    "mp3": ["libmp3lame"],
    "ogg": ["libvorbis", "libopus", "flac"],
    "m4a": ["aac", "alac"],
    "aac": ["aac"],
    "aiff": ["pcm_s16be", "pcm_s24be"],
    "caf": ["pcm_s16le", "alac"],
    "mka": ["libopus", "pcm_s16le"],
}


@dataclass(frozen=True)
class Drawn:
    """A file drawn from the grammar: its suffix, and FFmpeg's words for it."""

    suffix: str
    words: tuple[Any, ...]
    has_pictures: bool
    rotation: int = 0


def draw(seed: int) -> Drawn:
    """Draw container, codecs, channels, rate, offset, trim, gap, rotation and tracks."""
    dice = random.Random(seed)
    seconds = dice.choice([1.0, 2.5, 4.0])
    if dice.random() < 0.4:
        suffix = dice.choice([*SOUNDS])
        codec = dice.choice(SOUNDS[suffix])
        rate = {"libgsm_ms": 8000, "libopus": 48_000}.get(codec, dice.choice([8000, 16_000, 44_100, 48_000]))
        channels = 1 if codec == "libgsm_ms" else dice.choice([1, 2])
        options = ["-write_xing", 0] if suffix == "mp3" and dice.random() < 0.5 else []
        return Drawn(suffix, (*beeps(seconds, rate, channels), "-c:a", codec, *options), has_pictures=False)
    suffix = dice.choice([*FILMS])
    pictures, sound = (dice.choice(codecs) for codecs in FILMS[suffix])
    rate, channels = dice.choice([44_100, 48_000]), dice.choice([1, 2])
    rate = 48_000 if sound == "libopus" else rate
    delay = dice.choice([0, 0, 0.3]) if suffix in {"mp4", "mov", "mkv", "ts"} else 0
    tracks = dice.choice([1, 1, 1, 2])
    inputs = [
        *flashes(seconds),
        *(["-itsoffset", delay] if delay else []),
        *beeps(dice.choice([seconds, 0.7 * seconds]), rate, channels),
    ]
    coding = ["-c:v", pictures, "-c:a", sound, "-g", dice.choice([5, 25]), "-map", 0, *["-map", 1] * tracks]
    coding += ["-pix_fmt", "yuvj420p" if pictures == "mjpeg" else "yuv420p"]
    if pictures in {"libx264", "libx265"}:
        coding += ["-preset", "ultrafast", "-bf", dice.choice([0, 2])]
    coding += ["-x265-params", "log-level=none"] if pictures == "libx265" else []
    if dice.random() < 0.2:
        coding += ["-vf", f"setsar={dice.choice(['4/3', '2'])}"]
    if suffix == "mp4" and dice.random() < 0.3:
        coding += ["-movflags", "frag_keyframe+empty_moov+delay_moov"]
    if suffix == "ts" and dice.random() < 0.3:
        coding += ["-output_ts_offset", dice.choice([3600, 95_442])]
    return Drawn(suffix, (*inputs, *coding), has_pictures=True)


def check_against_ffmpeg(seed: int, folder: Path) -> None:
    """Make the file of a seed, and compare pictures and sound with what FFmpeg decodes."""
    drawn = draw(seed)
    path = folder / f"{seed}.{drawn.suffix}"
    ffmpeg(*drawn.words, *(["-strict", "-2"] if drawn.suffix in {"mp4", "mov"} else []), path)
    recording = Recording(path)
    why = f"seed {seed}: {recording!r}, {drawn.words}"
    assert recording.audio is not None, why
    heard = np.concatenate([*recording.blocks()])
    rate = recording.audio.sampling_rate
    wanted = decoded_sound(path, rate, recording.audio.channels)
    assert len(heard) == pytest.approx(len(wanted), abs=PACKET_S * rate), why
    assert lag(heard[:, 0], wanted[:, 0]) <= 0.03 * rate, why
    assert recording.duration >= len(heard) / rate - PACKET_S, why
    if drawn.has_pictures:
        assert len([*decode_pictures(recording, 0.0)]) == count_pictures(path), why


def decoded_sound(path: Path, rate: int, channels: int) -> Any:
    """The first sound track as FFmpeg decodes it, on the file's time line."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-af", "aresample=async=1:first_pts=0"]
    done = subprocess.run([*command, "-f", "f32le", "-ar", str(rate), "-"], check=True, capture_output=True, timeout=60)
    return np.frombuffer(done.stdout, np.float32).reshape(-1, channels)


def count_pictures(path: Path) -> int:
    """The pictures that FFmpeg presents."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-vsync",
        "passthrough",
        "-f",
        "framemd5",
        "-",
    ]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60, text=True)
    return sum(not line.startswith("#") for line in done.stdout.splitlines())


def lag(one: Any, other: Any) -> float:
    """Samples by which the first beep of two sounds differs."""
    first = [int(np.flatnonzero(np.abs(each) > 0.3 * np.abs(each).max())[0]) for each in (one, other)]
    return abs(first[0] - first[1])


@pytest.mark.parametrize("seed", range(QUICK))
def test_random_files(seed: int, tmp_path: Path) -> None:
    """As many pictures as FFmpeg has, and its sound, at its time."""
    check_against_ffmpeg(seed, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_random_files(tmp_path: Path) -> None:
    """The same of hundreds; all that differ are listed."""
    failed = []
    for seed in range(ALL):
        try:
            check_against_ffmpeg(seed, tmp_path)
        except AssertionError as problem:
            failed.append(str(problem).splitlines()[0])
    assert not failed, "\n".join(failed)


READ_ALL = """
import json, sys
import emotoolkit as emo
from emotoolkit.media import audio
from emotoolkit.media.video.segments import segments
for line in sys.stdin:
    told = "read"
    try:
        recording = emo.Recording(line.strip())
        repr(recording), recording._repr_html_()
        if recording.audio is not None:
            sum(len(packet.data) for packet in audio.packets(recording))
        sum(len(packet.data) for packet in segments(recording))
    except emo.errors.EmotoolkitError as problem:
        told = "said"
    except Exception as problem:
        told = f"{type(problem).__name__}: {problem}"
    print(json.dumps(told), flush=True)
"""


def damage(data: bytes, dice: random.Random) -> bytes:
    """Flip bytes, cut, or swap blocks."""
    made = bytearray(data)
    for _ in range(dice.choice([1, 3, 30])):
        at = dice.choice([dice.randrange(len(made)), dice.randrange(min(400, len(made)))])
        how = dice.choice(["flip", "flip", "cut", "swap"])
        if how == "flip":
            made[at] ^= 1 << dice.randrange(8)
        elif how == "cut" and len(made) > 200:
            del made[at : at + dice.randrange(1, 2000)]
        elif len(made) > 2000:
            other = dice.randrange(len(made) - 500)
            at = min(at, len(made) - 500)
            made[at : at + 500], made[other : other + 500] = made[other : other + 500], made[at : at + 500]
        if not made:
            break
    return bytes(made)


def read_damaged(count: int, folder: Path) -> list[str]:
    """What became of damaged files: names of all that neither could be read nor ended in a sentence."""
    wholes = []
    for seed in (0, 1, 2, 3, 5, 8, 13, 21):
        drawn = draw(seed)
        path = folder / f"whole{seed}.{drawn.suffix}"
        ffmpeg(*drawn.words, *(["-strict", "-2"] if drawn.suffix in {"mp4", "mov"} else []), path)
        wholes.append(path)
    odd = []
    reader = None
    for number in range(count):
        dice = random.Random(number)
        whole = wholes[number % len(wholes)]
        path = folder / f"damaged{whole.suffix}"
        path.write_bytes(damage(whole.read_bytes(), dice))
        if reader is None or reader.poll() is not None:
            reader = subprocess.Popen([sys.executable, "-c", READ_ALL], stdin=-1, stdout=-1, stderr=-3, text=True)
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(f"{path}\n")
        reader.stdin.flush()
        told = json.loads(reader.stdout.readline() or f'"the process ended: {reader.wait()}"')
        if told not in {"read", "said"}:
            odd.append(f"{number} {whole.name}: {told}")
    if reader is not None:
        reader.communicate()
    return odd


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_damaged_files(tmp_path: Path) -> None:
    """No damage ends the process; each file is read, or refused in a sentence."""
    odd = read_damaged(DAMAGED, tmp_path)
    assert not odd, "\n".join(odd)


def test_damaged_files(tmp_path: Path) -> None:
    """The same of a few."""
    assert read_damaged(24, tmp_path) == []
