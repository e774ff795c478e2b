"""Files of kinds that people have: what is there is read, in its length, at its time, and what is odd is said."""

from __future__ import annotations

import io
import math
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base.journal import Samples
from emotoolkit.errors import (
    ChangedSoundWarning,
    EmptyRecording,
    Headerless,
    HeaderWarning,
    NotMedia,
    SamplesWarning,
    SilentTrackWarning,
    TrackLeftOutWarning,
)
from emotoolkit.media.recording import Recording
from emotoolkit.media.sound_tally import SoundTally
from emotoolkit.media.video.segments import segments
from emotoolkit.replays.media_notices import find_header_notices, find_sample_notices
from emotoolkit.replays.truncation import missing_seconds
from tests.support.odd_files import (
    H264,
    HAS_FFMPEG,
    beeps,
    ffmpeg,
    film,
    flashes,
    floats,
    four_letters,
    joined,
    only_packets_of,
    patched,
    silence,
    sound,
    wave_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not HAS_FFMPEG, reason="FFmpeg's program makes the files")


@dataclass(frozen=True)
class Case:
    """A kind of file: how it is made, and what it must give."""

    make: Callable[[Path], Path]
    seconds: float = 4.0
    sound: float | None = None
    """Seconds of sound, if other than all."""
    says: str = ""
    """What its repr has."""
    notices: tuple[type[Warning], ...] = ()
    size: tuple[int, int] | None = None
    """Width and height of its pictures, as shown."""
    tolerance: float = 0.05
    settings: tuple[tuple[str, Any], ...] = ()
    beeps: bool = True
    """Whether there is a beep at each full second."""


def mono_then_stereo(at: Path, suffix: str, *words: object, rates: tuple[int, int] = (44_100, 44_100)) -> Path:
    later = [[], ["-output_ts_offset", 2]] if suffix == "ts" else [[], []]
    parts = [
        sound(at / f"{n + 1}.{suffix}", *words, *later[n], seconds=2, rate=rate, channels=n + 1)
        for n, rate in enumerate(rates)
    ]
    return joined(at / f"both.{suffix}", *parts)


def two_tracks(path: Path, *words: object) -> Path:
    ffmpeg(
        *flashes(4), *silence(4), *beeps(4, 48_000), "-map", 0, "-map", 1, "-map", 2, *H264, "-c:a", "aac", *words, path
    )
    return path


def two_tracks_named(path: Path) -> Path:
    named = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu", "-metadata:s:a:1", "title=Mic/Aux"]
    return two_tracks(path, *named)


def webm(at: Path) -> Path:
    path = at / "whole.webm"
    ffmpeg(*flashes(4), *beeps(4, 48_000), "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", path)
    return path


def long_silence_first(at: Path) -> Path:
    path = at / "vbr.mp3"
    source = [
        "-f",
        "lavfi",
        "-t",
        4,
        "-i",
        "aevalsrc=0:s=44100",
        "-f",
        "lavfi",
        "-t",
        4,
        "-i",
        "anoisesrc=r=44100:a=0.3",
    ]
    ffmpeg(*source, "-filter_complex", "concat=n=2:v=0:a=1", "-q:a", 4, "-write_xing", 0, path)
    return path


def cut_short(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])
    return path


def cover_first(path: Path) -> Path:
    """A film before which there is a track of one picture."""
    still = path.with_name("cover.png")
    ffmpeg("-f", "lavfi", "-i", "color=c=red:s=32x32", "-frames:v", 1, still)
    whole = film(path.with_name("film.mkv"))
    ffmpeg("-i", still, "-i", whole, "-map", 0, "-map", 1, "-c", "copy", path)
    return path


def turned(path: Path, degrees: int) -> Path:
    """A film whose header says that the camera was turned."""

    def turn(data: bytearray) -> None:
        at = data.find(b"tkhd") - 4
        size = int.from_bytes(data[at : at + 4], "big")
        matrix = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
        for number, place in zip(matrix, (0, 1, 3, 4), strict=True):
            begin = at + size - 44 + 4 * place
            data[begin : begin + 4] = (number * 65_536).to_bytes(4, "big", signed=True)

    return patched(film(path), turn)


CASES: dict[str, Case] = {
    # opened by whoever can read it
    "GSM 6.10 in WAV": Case(lambda at: sound(at / "a.wav", "-c:a", "libgsm_ms", rate=8000), tolerance=0.05),
    "GSM 6.10 in AIFF": Case(lambda at: _by_soundfile(at / "a.aiff", "AIFF", "GSM610", 8000), tolerance=0.05),
    "G.721 in WAV": Case(lambda at: _by_soundfile(at / "a.wav", "WAV", "G721_32", 8000), tolerance=0.05),
    "ALAC in CAF": Case(lambda at: _by_soundfile(at / "a.caf", "CAF", "ALAC_16", 16_000), tolerance=1e-6),
    "FLAC without a total": Case(lambda at: _piped(at / "a.flac", "flac")),
    "FLAC with a total": Case(lambda at: sound(at / "a.flac"), tolerance=1e-6),
    "WAV, streamed": Case(lambda at: patched(sound(at / "a.wav"), wave_size(0xFFFFFFFF))),
    "WAV, streamed by sox": Case(lambda at: patched(sound(at / "a.wav"), wave_size(0x7FFFF000))),
    "WAV, size 0": Case(
        lambda at: patched(sound(at / "a.wav"), wave_size(0)), says="0.00 s by its header", notices=(HeaderWarning,)
    ),
    "WAV, size 0, IMA ADPCM": Case(
        lambda at: patched(sound(at / "a.wav", "-c:a", "adpcm_ima_wav"), wave_size(0)),
        says="by its header",
        notices=(HeaderWarning,),
        tolerance=0.1,
    ),
    "WAV, header too short": Case(
        lambda at: patched(sound(at / "a.wav"), wave_size(32_000)),
        says="1.00 s by its header",
        notices=(HeaderWarning,),
    ),
    "WAV, header too long": Case(
        lambda at: patched(sound(at / "a.wav"), wave_size(320_000)),
        says="10.00 s by its header",
        notices=(HeaderWarning,),
    ),
    "WAV, of the size that it says, but cut": Case(
        lambda at: cut_short(sound(at / "a.wav"), 0.5), seconds=2.0, notices=(HeaderWarning,)
    ),
    "WAV, chunks after the sound": Case(
        lambda at: _with_bytes_after(sound(at / "a.wav"), b"LIST\x04\0\0\0INFO"), tolerance=1e-6
    ),
    "WAV, zeros after the sound": Case(lambda at: _with_bytes_after(sound(at / "a.wav"), bytes(40_000))),
    "RF64": Case(lambda at: sound(at / "a.wav", "-rf64", "always"), tolerance=1e-6),
    "W64": Case(lambda at: sound(at / "a.w64")),
    "mp3 named wav": Case(lambda at: sound(at / "a.mp3", rate=44_100).rename(at / "a.wav"), tolerance=0.1),
    # sound that changes
    "mono, then stereo, mp3": Case(
        lambda at: mono_then_stereo(at, "mp3", "-write_xing", 0, "-id3v2_version", 0),
        notices=(ChangedSoundWarning,),
        tolerance=0.12,
        beeps=False,
    ),
    "mono, then stereo, ADTS": Case(
        lambda at: mono_then_stereo(at, "aac"), notices=(ChangedSoundWarning,), tolerance=0.12, beeps=False
    ),
    "44.1, then 22.05 kHz, mp3": Case(
        lambda at: mono_then_stereo(at, "mp3", "-ac", 1, "-write_xing", 0, rates=(44_100, 22_050)),
        notices=(ChangedSoundWarning,),
        tolerance=0.15,
        beeps=False,
    ),
    "mono, then stereo, transport stream": Case(
        lambda at: mono_then_stereo(at, "ts", "-c:a", "aac"),
        notices=(ChangedSoundWarning,),
        tolerance=0.15,
        beeps=False,
    ),
    # several tracks
    "two sound tracks, the first silent": Case(
        lambda at: two_tracks(at / "a.mkv"),
        says="(track 1 of 2)",
        notices=(SilentTrackWarning, SamplesWarning),
        size=(64, 48),
        beeps=False,
    ),
    "the second by number": Case(
        lambda at: two_tracks(at / "a.mkv"), says="(track 2 of 2)", settings=(("track", 2),), size=(64, 48)
    ),
    "the second by language": Case(
        lambda at: two_tracks_named(at / "a.mp4"),
        says="sound 1 (aac, eng)",
        settings=(("track", "DEU"),),
        size=(64, 48),
    ),
    "the second by title": Case(
        lambda at: two_tracks_named(at / "a.mkv"),
        says="(track 2 of 2)",
        settings=(("track", "mic/aux"),),
        size=(64, 48),
    ),
    "unknown sound": Case(
        lambda at: patched(film(at / "a.mp4"), four_letters(b"mp4a", b"apac", free=b"esds")),
        sound=0.0,
        says="sound 1 (apac): unknown codec",
        notices=(TrackLeftOutWarning,),
        size=(64, 48),
        beeps=False,
    ),
    "unknown pictures": Case(
        lambda at: patched(film(at / "a.mp4"), four_letters(b"avc1", b"zzzz")),
        says="pictures 1 (zzzz): unknown codec",
        notices=(TrackLeftOutWarning,),
    ),
    "a camera that gave nothing": Case(
        lambda at: only_packets_of("audio", webm(at), at / "a.webm"),
        says="pictures 1 (vp8): empty",
        notices=(TrackLeftOutWarning,),
    ),
    "a microphone that gave nothing": Case(
        lambda at: only_packets_of("video", webm(at), at / "a.webm"),
        sound=0.0,
        says="sound 1 (opus): empty",
        notices=(TrackLeftOutWarning,),
        size=(64, 48),
        beeps=False,
    ),
    "a microphone that gave nothing, mkv": Case(
        lambda at: only_packets_of("video", film(at / "b.mkv"), at / "a.mkv"),
        sound=0.0,
        notices=(TrackLeftOutWarning,),
        size=(64, 48),
        beeps=False,
    ),
    "a cover before the film": Case(lambda at: cover_first(at / "a.mkv"), says="single picture", size=(64, 48)),
    # durations
    "mp3, variable rate, no table": Case(long_silence_first, seconds=8.0, tolerance=0.1, beeps=False),
    "mp3, with a table": Case(lambda at: sound(at / "a.mp3", rate=44_100, seconds=4), tolerance=0.06),
    "mp3, cut": Case(
        lambda at: cut_short(sound(at / "a.mp3", rate=44_100), 0.5),
        seconds=2.0,
        notices=(HeaderWarning,),
        tolerance=0.1,
    ),
    "ADTS": Case(lambda at: sound(at / "a.aac", rate=44_100), tolerance=0.1, beeps=False),
    "Opus, chained": Case(lambda at: _chained(at, "opus", "-c:a", "libopus"), tolerance=0.05),
    "Vorbis, chained": Case(lambda at: _chained(at, "ogg", "-c:a", "libvorbis"), tolerance=0.05),
    "Matroska of a stream": Case(lambda at: _piped(at / "a.mkv", "matroska"), tolerance=0.05),
    # true alarms only
    "sound ends before the pictures": Case(
        lambda at: film(at / "a.mp4", "-af", "atrim=0:2"), sound=2.0, size=(64, 48), tolerance=0.05
    ),
    "sound ends before the pictures, mkv": Case(
        lambda at: film(at / "a.mkv", "-af", "atrim=0:2"), sound=2.0, size=(64, 48), tolerance=0.05
    ),
    # samples
    "floats beyond full scale": Case(lambda at: floats(at / "a.wav", 3.0), seconds=2.0, notices=(SamplesWarning,)),
    "floats that are integers": Case(lambda at: floats(at / "a.wav", 32_768.0), seconds=2.0, notices=(SamplesWarning,)),
    "floats that are no numbers": Case(
        lambda at: floats(at / "a.wav", 0.5, invalid=100), seconds=2.0, notices=(SamplesWarning,)
    ),
    "floats with an offset": Case(
        lambda at: floats(at / "a.wav", 0.4, offset=0.2), seconds=2.0, notices=(SamplesWarning,), beeps=False
    ),
    "floats that fit": Case(lambda at: floats(at / "a.wav", 1.0), seconds=2.0),
    "floats, scaled by their peak": Case(
        lambda at: floats(at / "a.wav", 32_768.0), seconds=2.0, settings=(("gain", "peak"),), says="gain -90.3 dB"
    ),
    "floats, scaled": Case(
        lambda at: floats(at / "a.wav", 3.0), seconds=2.0, settings=(("gain", -12),), says="gain -12.0 dB"
    ),
    "digital silence": Case(
        lambda at: _by_soundfile(at / "a.wav", "WAV", "PCM_16", 16_000, scale=0), notices=(SamplesWarning,), beeps=False
    ),
    # telephone sound without a header
    "mu-law": Case(
        lambda at: sound(at / "a.ul", "-f", "mulaw", rate=8000), settings=(("raw", "mulaw"), ("sampling_rate", 8000))
    ),
    "A-law": Case(
        lambda at: sound(at / "a.al", "-f", "alaw", rate=8000), settings=(("raw", "alaw"), ("sampling_rate", 8000))
    ),
    "signed linear, 16 kHz": Case(
        lambda at: sound(at / "a.sln16", "-f", "s16le"), settings=(("raw", "s16le"), ("sampling_rate", 16_000))
    ),
    "raw, stereo": Case(
        lambda at: sound(at / "a.raw", "-f", "s16be", channels=2),
        settings=(("raw", "s16be"), ("sampling_rate", 16_000), ("channels", 2)),
    ),
    "signed linear, 8 kHz": Case(lambda at: sound(at / "a.sln", "-f", "s16le", rate=8000)),
    # pictures
    "turned right": Case(lambda at: turned(at / "a.mp4", 90), says="48×64", size=(48, 64)),
    "turned left": Case(lambda at: turned(at / "a.mov", 270), says="48×64", size=(48, 64)),
    "upside down": Case(lambda at: turned(at / "a.mp4", 180), says="64×48", size=(64, 48)),
    "pixels that are no squares": Case(lambda at: film(at / "a.mp4", "-vf", "setsar=2"), says="128×48", size=(128, 48)),
    # clocks
    "a clock that wraps around": Case(
        lambda at: film(at / "a.ts", "-f", "mpegts", "-output_ts_offset", 95_442.0), size=(64, 48), tolerance=0.06
    ),
    "a clock that begins late": Case(
        lambda at: film(at / "a.ts", "-output_ts_offset", 5000), size=(64, 48), tolerance=0.06
    ),
    "fragmented": Case(
        lambda at: film(at / "a.mp4", "-movflags", "frag_keyframe+empty_moov"), size=(64, 48), tolerance=0.1
    ),
}


def _by_soundfile(path: Path, container: str, subtype: str, rate: int, scale: float = 0.5, seconds: int = 4) -> Path:
    time = np.arange(seconds * rate) / rate
    samples = scale * np.sin(2 * np.pi * 440 * time) * (time % 1 < 0.1)
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path


def _piped(path: Path, container: str) -> Path:
    whole = sound(path.with_name("whole.wav"))
    path.write_bytes(
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", whole, "-f", container, "-c:a", "flac", "-"],
            check=True,
            capture_output=True,
        ).stdout
    )
    return path


def _with_bytes_after(path: Path, data: bytes) -> Path:
    path.write_bytes(path.read_bytes() + data)
    return path


def _chained(at: Path, suffix: str, *words: object) -> Path:
    parts = [sound(at / f"{n}.{suffix}", *words, "-serial_offset", n, seconds=2, rate=48_000) for n in (1, 2)]
    return joined(at / f"both.{suffix}", *parts)


@pytest.mark.parametrize("name", CASES)
def test_it_is_read_and_said(tmp_path: Path, name: str) -> None:
    """Length, sound, times, pictures, words and notices are as they must be; card, strip and timeline are drawn."""
    case = CASES[name]
    recording = Recording(case.make(tmp_path), **dict(case.settings))
    assert recording.duration == pytest.approx(case.seconds, abs=case.tolerance)
    assert case.says in repr(recording)
    heard, tally = read_sound(recording)
    wanted = case.seconds if case.sound is None else case.sound
    assert len(heard) == pytest.approx(wanted * rate_of(recording), abs=max(case.tolerance, 0.001) * rate_of(recording))
    assert np.isfinite(heard).all()
    if case.beeps:
        assert onsets(heard, rate_of(recording)) == pytest.approx(np.arange(round(wanted)), abs=0.03)
    assert not missing_seconds(recording, [emo.EmotionLogic()], len(heard) / rate_of(recording))
    found = [*find_header_notices(recording), *find_sample_notices(recording, [Samples(0, tally.as_dict())])]
    assert tuple(map(type, found)) == case.notices
    check_pictures(recording, case.size)
    assert recording._repr_html_()
    assert emo.plot_timeline(recording)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.beeps and not case.settings])
def test_it_is_read_from_any_second(tmp_path: Path, name: str) -> None:
    """What is read from a later second on is what was read before from there on: the beeps are where they were."""
    recording = Recording(CASES[name].make(tmp_path))
    case = CASES[name]
    for start in (0.5, 1.5) if (case.sound or case.seconds) > 2 else (0.5,):
        heard = np.concatenate([*recording.blocks(start)])
        first = onsets(heard, rate_of(recording))[0] + start
        assert first == pytest.approx(math.ceil(start), abs=0.03)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.size and case.beeps])
def test_flash_and_beep_are_sent_together(tmp_path: Path, name: str) -> None:
    """In what is sent, every beep is at its flash."""
    recording = Recording(CASES[name].make(tmp_path), **dict(CASES[name].settings))
    data = b"".join(packet.data for packet in segments(recording))
    with av.open(io.BytesIO(data)) as container:
        shown = [(frame.time, float(frame.to_ndarray(format="gray").mean())) for frame in container.decode(video=0)]
    with av.open(io.BytesIO(data)) as container:
        pieces = [(frame.time, frame.to_ndarray()[0], frame.sample_rate) for frame in container.decode(audio=0)]
    flashes = [time for (_, before), (time, now) in zip([(0.0, 0.0), *shown], shown, strict=False) if before < 99 < now]
    first, rate = pieces[0][0], pieces[0][2]
    beeps = onsets(np.concatenate([each[1] for each in pieces])[:, None], rate) + first
    count = min(len(beeps), len(flashes))
    assert count >= 2
    assert beeps[:count] == pytest.approx(flashes[:count], abs=0.03)


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda at: sound(at / "call.ul", "-f", "mulaw", rate=8000), Headerless, "raw='mulaw', sampling_rate=8000"),
        (lambda at: sound(at / "a call.al", "-f", "alaw", rate=8000), Headerless, "`ffmpeg -f alaw -ar 8000 -i '"),
        (lambda at: sound(at / "a.sln48", "-f", "s16le", rate=8000), Headerless, "raw='s16le', sampling_rate=48000"),
        (lambda at: sound(at / "a.raw", "-f", "s16le", rate=8000), Headerless, "sampling_rate=8000"),
        (lambda at: sound(at / "a.ulaw", "-f", "mulaw", rate=8000), Headerless, "raw='mulaw'"),
        (
            lambda at: patched(sound(at / "a.m4a"), four_letters(b"mp4a", b"apac", free=b"esds")),
            NotMedia,
            "none of its tracks can be decoded: sound 1 (apac): unknown codec",
        ),
        (lambda at: _by_soundfile(at / "a.wav", "WAV", "PCM_16", 16_000, seconds=0), EmptyRecording, "length zero"),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, make: Callable[[Path], Path], error: type[Exception], sentence: str
) -> None:
    """The sentence has what to type instead."""
    with pytest.raises(error) as raised:
        Recording(make(tmp_path))
    assert sentence in str(raised.value)


def read_sound(recording: Recording) -> tuple[Any, SoundTally]:
    """All sound, and its counts."""
    tally = SoundTally()
    blocks = [*recording.counted_by(tally).blocks()]
    return (np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)), tally


def rate_of(recording: Recording) -> int:
    """Its sampling rate."""
    return recording.audio.sampling_rate if recording.audio else 1


def onsets(samples: Any, rate: int) -> Any:
    """Seconds at which sound begins after at least half a second without."""
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.3 * np.abs(samples[:, 0]).max())
    return loud[np.diff(loud, prepend=-rate) > rate / 2] / rate


def check_pictures(recording: Recording, size: tuple[int, int] | None) -> None:
    """The strip shows the pictures as they are shown."""
    if size is None:
        assert recording.images(2) == []
        return
    assert recording.video is not None
    assert recording.video.display_size == size
    shapes = {pixels.shape[:2] for _, pixels in recording.images(2, height=size[1])}
    assert shapes == {size[::-1]}
