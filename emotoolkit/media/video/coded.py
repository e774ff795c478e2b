"""A recording's pictures and sound as coded packets on the media clock.

From any container, a packet gets a presentation time, a decoding time and a duration; a picture also says whether
decoding can begin with it. That is all that cutting (`cut.py`) and muxing (`mux.py`) use. Here packets are copied from
the file; `encode.py` makes them of what cannot be copied.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.media.tracks import frame_rate
from emotoolkit.media.video.demux import demux_packets

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from av.container import InputContainer

    from emotoolkit.media.recording import Recording

__all__ = [
    "CodedPacket",
    "SeekPoint",
    "Track",
    "copy_packets",
    "find_key_picture",
    "interleave",
    "packet_ticks",
]

EPSILON_S = 1e-6
"""Seconds below which two times are equal."""

PACKET_QUANTUM_SAMPLES = {"aac": 1024, "opus": 120}
"""Each packet of the codec has a multiple of so many samples, even if the container's coarse clock rounds it."""

SEEK_BACK_S = (0.0, 10.0, 60.0, math.inf)
"""Seconds before a time to which attempts to find its key picture seek: without an index, seeking is imprecise."""

MAX_REORDERED_PICTURES = 32
"""More pictures than any codec reorders."""


@dataclass(eq=False)
class Track:
    """One track of the output: its parameters for a muxer, and its time base.

    Attributes
    ----------
    picture : bool
        True for pictures, False for sound.
    codec : str
        h264, vp8, vp9, aac, opus, vorbis …
    template : av.stream.Stream
        A stream with all parameters of the coding. It keeps its container open.
    base : fractions.Fraction
        Seconds per tick. For sound whose packets have a quantum, one sample.
    extradata : bytes or None
        The decoder's configuration, if the template does not have it.
    """

    picture: bool
    codec: str
    template: Any
    base: Fraction
    extradata: bytes | None = None

    @cached_property
    def tick(self) -> float:
        """The base as a float, since computing with fractions takes as long as everything else together."""
        return float(self.base)


@dataclass(frozen=True)
class SeekPoint:
    """Where reading begins: media time of the key picture, and the time to seek to for reading it. Seconds."""

    key: float
    seek_time: float


@dataclass(slots=True, eq=False)
class CodedPacket:
    """One coded picture, or one packet of coded sound.

    Attributes
    ----------
    track : Track
        The track that it belongs to.
    packet : av.Packet
        The bytes.
    pts, dts, duration : int
        Presentation time, decoding time and duration: ticks of `track.base` since media time 0.
    key : bool
        Whether the file marks it as a key picture.
    clean : bool
        Whether it is a key picture and no later packet is shown before it: a file that begins here loses no picture.
    start, end, decode_time : float
        The same times in seconds. The last packet ends with the media, even if its `duration` is longer.
    """

    track: Track
    packet: Any
    pts: int
    dts: int
    duration: int
    key: bool = False
    clean: bool = False
    start: float = 0.0
    end: float = 0.0
    decode_time: float = 0.0

    def __post_init__(self) -> None:
        base = self.track.tick
        self.start, self.end, self.decode_time = self.pts * base, (self.pts + self.duration) * base, self.dts * base


def copy_packets(
    container: InputContainer, recording: Recording, begin: SeekPoint, *, pictures: bool = True, sound: bool = True
) -> tuple[list[Track], Iterator[CodedPacket]]:
    """Read the coded packets of a file without decoding.

    Parameters
    ----------
    container : av.container.InputContainer
        The recording, open at `begin.seek_time`. The caller keeps it open while packets are read.
    recording : Recording
        Whose tracks are read, on whose clock.
    begin : SeekPoint
        The first picture to read.
    pictures, sound : bool
        Which tracks to read.

    Returns
    -------
    tracks : list of Track
        Those read, pictures first.
    packets : iterator of CodedPacket
        Pictures in the order of decoding, sound in the order of time, interleaved as in the file. Ends where the file
        ends or is too damaged.
    """
    origin = recording.origin
    wanted = [recording.video if pictures else None, recording.audio if sound else None]
    streams = [container.streams[track.index] for track in wanted if track is not None]
    tracks = {stream.index: _track(stream) for stream in streams}
    timed = _on_media_clock(_without_truncated(demux_packets(container, streams)), tracks, origin)
    packets = _mark_clean_keys(timed) if pictures else timed
    return list(tracks.values()), (_drop_before_key(packets, begin.key) if begin.key > 0 else packets)


def find_key_picture(recording: Recording, start: float) -> SeekPoint:
    """Find the last key picture at or before a media time, even if the container seeks imprecisely."""
    if start <= 0 or recording.video is None:
        return SeekPoint(0.0, 0.0)
    origin = recording.origin
    for back in SEEK_BACK_S:
        seek_time = max(0.0, start - back)
        with recording.open_at(seek_time) as container:
            stream = container.streams[recording.video.index]
            timed = _on_media_clock(demux_packets(container, [stream]), {stream.index: _track(stream)}, origin)
            near = takewhile(lambda each: each.decode_time <= start, timed)
            keys = [each.start for each in near if each.key and each.start <= start + EPSILON_S]
        if keys:
            return SeekPoint(max(keys), seek_time)
    return SeekPoint(0.0, 0.0)


def interleave(*tracks: Iterator[CodedPacket]) -> Iterator[CodedPacket]:
    """Merge tracks in the order of decoding. Each is read at most one packet ahead."""
    heads = {number: head for number, track in enumerate(tracks) if (head := next(track, None)) is not None}
    while heads:
        earliest = min(heads, key=lambda number: heads[number].decode_time)
        yield heads.pop(earliest)
        if (head := next(tracks[earliest], None)) is not None:
            heads[earliest] = head


def packet_ticks(packet: Any, clock: Fraction, base: Fraction, quantum: int | None) -> int:
    """Compute a packet's duration in ticks of `base`.

    Parameters
    ----------
    packet : av.Packet
        Its `duration` is in ticks of `clock`.
    clock, base : fractions.Fraction
        Seconds per tick of the file, and of the result.
    quantum : int or None
        The result is a multiple of it; see `PACKET_QUANTUM_SAMPLES`.
    """
    # With integers, since fractions take ten times as long for the same result.
    ratio = clock.numerator * base.denominator, clock.denominator * base.numerator
    duration = (packet.duration or 0) * ratio[0] / ratio[1]
    if not quantum:
        return max(1, round(duration))
    # The last packet may be marked shorter than it is; a packet without a duration has the usual one.
    usual = quantum if quantum > PACKET_QUANTUM_SAMPLES["opus"] else 8 * quantum
    return max(1, round(duration / quantum)) * quantum if duration else usual


def _without_truncated(packets: Iterator[Any]) -> Iterator[Any]:
    """Drop truncated packets: sound always, pictures only at the end. Decoders can repair a picture in between."""
    truncated: list[Any] = []
    for packet in packets:
        if not packet.is_corrupt:
            if packet.stream.type == "video":
                yield from truncated
                truncated = []
            yield packet
        elif packet.stream.type == "video":
            truncated.append(packet)


def _track(stream: Any) -> Track:
    codec = stream.codec_context.codec.canonical_name
    base = Fraction(1, stream.rate) if codec in PACKET_QUANTUM_SAMPLES else stream.time_base
    return Track(stream.type == "video", codec, stream, Fraction(base.numerator, base.denominator))


def _on_media_clock(packets: Iterable[Any], tracks: dict[int, Track], origin: float) -> Iterator[CodedPacket]:
    """Convert packets to the media clock, by a reader for each track: some times are known only from later packets."""
    readers = {
        number: _picture_reader(track, origin) if track.picture else _sound_reader(track, origin)
        for number, track in tracks.items()
    }
    for reader in readers.values():
        next(reader)
    for packet in packets:
        yield from readers[packet.stream_index].send(packet)
    for reader in readers.values():
        yield from reader.send(None)


def _picture_reader(track: Track, origin: float) -> Generator[list[CodedPacket], Any, None]:
    """Receive one packet (None at the end), yield the pictures whose times are now known.

    Some containers have no decoding time for the first pictures; it is computed back from the first one that has it.
    WebM has no durations, and the demuxer's estimate depends on how far it has read ahead: there a picture is as long
    as the one before it, so that a growing file gives the same as the finished one.
    """
    shift = round(origin / track.base)
    usual = _usual_duration(track)
    has_durations = not track.template.container.format.name.startswith("matroska")
    pending: list[Any] = []
    last: int | None = None
    ready: list[CodedPacket] = []
    while True:
        packet = yield ready
        ready = []
        if packet is not None:
            pending.append(packet)
            if packet.dts is None and last is None and len(pending) < MAX_REORDERED_PICTURES:
                continue
        for each, dts in zip(pending, _decode_times(pending, usual), strict=True):
            pts = (each.dts if each.pts is None else each.pts) - shift
            # Muxers require increasing times, which some files violate.
            before, last = last, dts - shift if last is None else max(dts - shift, last + 1)
            duration = (each.duration or usual) if has_durations or before is None else last - before
            coded = CodedPacket(track, each, max(pts, last), last, duration, key=each.is_keyframe)
            if has_durations:
                # A duration in a file is the time to the next packet, which with reordering is not the next one shown.
                coded.end = min(coded.end, coded.start + usual * track.tick)
            ready.append(coded)
        pending = []


def _usual_duration(track: Track) -> int:
    return max(1, round(1 / ((frame_rate(track.template) or 25) * track.base)))


def _decode_times(packets: list[Any], usual: int) -> list[int]:
    """Return the packets' decoding times; missing ones are computed back from the last packet's."""
    if not packets:
        return []
    known = packets[-1].dts
    if known is None:
        known = min(packet.pts for packet in packets if packet.pts is not None)
    return [
        known - (len(packets) - 1 - index) * usual if packet.dts is None else packet.dts
        for index, packet in enumerate(packets)
    ]


def _sound_reader(track: Track, origin: float) -> Generator[list[CodedPacket], Any, None]:
    """Receive one packet (None at the end), yield it with its times in samples.

    A clock of milliseconds rounds the times of packets. While it agrees with the sum of the durations to within one
    tick (or a sample), the sum is used; where it does not, there is a gap, and the file's clock is used.
    """
    clock = track.template.time_base
    clock = Fraction(clock.numerator, clock.denominator)
    unframe = _adts_remover(track)
    tolerance = max(1, float(clock / track.base)) + 1
    quantum = PACKET_QUANTUM_SAMPLES.get(track.codec)
    following: int | None = None
    earliest = 0  # muxers require increasing times
    ready: list[CodedPacket] = []
    while True:
        packet = yield ready
        if packet is None:
            ready = []
            continue
        packet = unframe(packet)
        if packet is None:
            ready = []
            continue
        time = (packet.dts if packet.pts is None else packet.pts) * clock.numerator / clock.denominator - origin
        pts = round(time / track.tick)
        duration = packet_ticks(packet, clock, track.base, quantum)
        if quantum:
            # AAC's priming is a whole number of packets, so the first packet's time is a multiple of its duration.
            expected = following if following is not None else round(pts / duration) * duration
            if abs(expected - pts) <= tolerance:
                pts = expected
        pts = pts if following is None else max(pts, earliest)
        following, earliest = pts + duration, pts + 1
        coded = CodedPacket(track, packet, pts, pts, duration)
        if packet.duration:
            coded.end = min(coded.end, coded.start + packet.duration * clock.numerator / clock.denominator)
        ready = [coded]


def _adts_remover(track: Track) -> Callable[[Any], Any]:
    """Return a function that removes the ADTS header of broadcast AAC packets; it returns None for a damaged packet.

    The track's `extradata` is set from the first header, since files have it once, in their own header.
    """
    if track.codec != "aac" or track.template.codec_context.extradata:
        return lambda packet: packet
    remover = av.BitStreamFilterContext("aac_adtstoasc", track.template)

    def unframe(packet: Any) -> Any:
        try:
            (bare,) = remover.filter(packet)
        except av.error.FFmpegError:
            return None
        for side_data in bare.iter_sidedata():
            if side_data.data_type == "new_extradata":
                track.extradata = bytes(side_data)
        return bare

    return unframe


def _mark_clean_keys(packets: Iterator[CodedPacket]) -> Iterator[CodedPacket]:
    """Set `clean` of key pictures. Each is delayed until no picture shown before it can follow."""
    delayed: deque[CodedPacket] = deque()
    undecided: CodedPacket | None = None
    since = 0
    for each in packets:
        if undecided is not None and each.track.picture:
            since += 1
            if each.start < undecided.start - EPSILON_S:
                undecided = None
            elif each.decode_time >= undecided.start or since > MAX_REORDERED_PICTURES:
                undecided.clean, undecided = True, None
        if each.key and undecided is None:
            undecided, since = each, 0
        delayed.append(each)
        while delayed and delayed[0] is not undecided:
            yield delayed.popleft()
    if undecided is not None:
        undecided.clean = True
    yield from delayed


def _drop_before_key(packets: Iterator[CodedPacket], key_time: float) -> Iterator[CodedPacket]:
    """Drop packets before a key picture, in the file or in time: they cannot be decoded after a seek."""
    found = False
    sounds: list[CodedPacket] = []
    for each in packets:
        early = each.start < key_time - EPSILON_S
        if not found and each.track.picture and each.key and not early:
            found = True
            yield each
            yield from sounds
        elif found and not early:
            yield each
        elif not early and not each.track.picture:
            sounds.append(each)
