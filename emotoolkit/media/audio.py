"""PCM packets of a recording: channels selected, resampled once, 16-bit little-endian, interleaved.

Samples are made in blocks that do not depend on the packets, so the bytes of a recording are the same for every packet
length.
"""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import soxr

from emotoolkit.errors import NoSound, NoSuchChannel
from emotoolkit.media.packet import Packet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording
    from emotoolkit.media.tracks import AudioTrack

__all__ = ["Channels", "check_channels", "packets", "pcm", "write_wav"]

Channels = Literal["mono", "both"] | int
"""Selection of channels: the mean of all, the first two interleaved, or one by its number (from 0)."""

FULL_SCALE = 32768
"""1.0 in 16-bit PCM. The conversion int16 -> float32 -> int16 is exact."""


def packets(
    recording: Recording,
    *,
    sampling_rate: int | None = 11_025,
    channels: Channels = "mono",
    length: float = 0.3,
    start: float = 0.0,
    bits: int = 16,
) -> Iterator[Packet]:
    """Cut the sound of a recording into packets of PCM.

    Parameters
    ----------
    recording : Recording
        Must have a sound track.
    sampling_rate : int or None
        Of the packets, in Hz. None: the recording's own, without resampling.
    channels : {"mono", "both"} or int
        The mean of all channels, the first two interleaved (left first), or one channel by its number from 0.
    length : float
        Seconds per packet, rounded to whole samples. The last packet may be shorter.
    start : float
        Media time in seconds of the first sample.
    bits : int
        Of a sample: 16 (signed, little-endian) or 8 (unsigned).

    Yields
    ------
    Packet
        In order and contiguous.

    Raises
    ------
    NoSound
        The recording has no sound track.
    NoSuchChannel
        The recording does not have the channel.

    Examples
    --------
    >>> from emotoolkit import Recording
    >>> talk = Recording("datasets/sample/talk.wav")
    >>> first = next(packets(talk))
    >>> len(first.data), round(first.end, 4)
    (6616, 0.3)
    """
    rate = sampling_rate or _audio_track(recording).sampling_rate
    samples: Iterator[NDArray[Any]] = pcm(recording, sampling_rate=rate, channels=channels, start=start)
    if bits == 8:  # noqa: PLR2004 - the other one is 16
        samples = map(_to_uint8, samples)
    frame = bits // 8 * (2 if channels == "both" else 1)
    first = 0
    for data in _byte_chunks(samples, max(1, round(length * rate)) * frame):
        after = first + len(data) // frame
        yield Packet(start + first / rate, start + after / rate, data)
        first = after


def pcm(
    recording: Recording, *, sampling_rate: int, channels: Channels = "mono", start: float = 0.0
) -> Iterator[NDArray[np.int16]]:
    """Read, mix and resample the sound of a recording, block by block.

    Yields
    ------
    numpy.ndarray
        Shape (samples, 1 or 2), little-endian int16. All blocks together have
        round(samples of the recording × sampling_rate / its own rate) samples.
    """
    track = _audio_track(recording)
    select = _channel_selector(recording, channels)
    if sampling_rate == track.sampling_rate and (track.channels == 1 or channels != "mono"):
        stored = recording.pcm16(start)
        if stored is not None:
            return map(_little_endian, map(select, stored))
    blocks = map(select, recording.blocks(start))
    if sampling_rate == track.sampling_rate:
        return map(_to_int16, blocks)
    return map(_to_int16, _resample(blocks, track.sampling_rate, sampling_rate, 2 if channels == "both" else 1))


def write_wav(file: BinaryIO, packets: Iterable[Packet], *, sampling_rate: int, channels: int, bits: int = 16) -> None:
    """Write packets as a WAV file of the same samples."""
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(bits // 8)
        sound.setframerate(sampling_rate)
        for packet in packets:
            sound.writeframes(packet.data)


def check_channels(recording: Recording, channels: Channels) -> None:
    """Raise `NoSound` or `NoSuchChannel` if the recording does not have these channels."""
    _channel_selector(recording, channels)


def _byte_chunks(blocks: Iterable[NDArray[Any]], size: int) -> Iterator[bytes]:
    """Divide samples into chunks of `size` bytes; the last one may be shorter."""
    pending = b""
    for block in blocks:
        view = np.ascontiguousarray(block).reshape(-1).view(np.uint8).data
        del block  # released while suspended at `yield`, as in `stored_sound.read_blocks`
        begin = size - len(pending) if pending else 0
        if begin > len(view):
            pending += view
            continue
        if pending:
            yield pending + view[:begin]
        end = len(view) - (len(view) - begin) % size
        for at in range(begin, end, size):
            yield bytes(view[at : at + size])
        pending = bytes(view[end:])
        del view
    if pending:
        yield pending


def _audio_track(recording: Recording) -> AudioTrack:
    if recording.audio is None:
        raise NoSound(file=recording.file, api="this API", left_out="; ".join(recording.left_out))
    return recording.audio


def _channel_selector(recording: Recording, channels: Channels) -> Callable[[NDArray[Any]], NDArray[Any]]:
    available = _audio_track(recording).channels
    if available == 1 and channels in ("mono", 0):
        return lambda block: block
    if channels == "mono":
        return lambda block: block.mean(axis=1, keepdims=True, dtype=np.float32)
    wanted = slice(0, 2) if channels == "both" else slice(channels, channels + 1)
    if wanted.stop > available or wanted.start < 0:
        raise NoSuchChannel(file=recording.file, channels=available, wanted=channels)
    return lambda block: block[:, wanted]


def _resample(
    blocks: Iterator[NDArray[np.float32]], from_rate: int, to_rate: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    stream = soxr.ResampleStream(from_rate, to_rate, channels, dtype="float32", quality="HQ")
    for block in blocks:
        resampled = stream.resample_chunk(np.ascontiguousarray(block))
        if len(resampled):
            yield resampled.reshape(-1, channels)
    rest = stream.resample_chunk(np.empty((0, channels), np.float32), last=True)
    if len(rest):
        yield rest.reshape(-1, channels)


def _little_endian(block: NDArray[np.int16]) -> NDArray[np.int16]:
    return block.astype("<i2", copy=False)


def _to_uint8(block: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Round 16-bit samples to 8 bits, around 128."""
    return ((np.minimum(block.astype(np.int32) + 128, FULL_SCALE - 1) >> 8) + 128).astype(np.uint8)


def _to_int16(block: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(block * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2")
