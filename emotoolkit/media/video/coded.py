"""A recording's pictures and sound as coded packets on the media clock.

Whatever the container, what comes out has a time to show, a time to decode and a length; a picture says whether
decoding can begin with it. Cutting (`cut.py`) and packing (`pack.py`) know nothing else. Here packets are copied from
the file; `encode.py` makes the same of what cannot be copied.
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

from emotoolkit.media.header import frame_rate
from emotoolkit.media.video.demux import demux_packets, picture_stream

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
"""Seconds. Times that are closer than this are the same."""

PACKET_QUANTUM_SAMPLES = {"aac": 1024, "opus": 120}
"""A packet of this codec has a multiple of so many samples, though a coarse clock may say otherwise."""

SEEK_BACK_S = (0.0, 10.0, 60.0, math.inf)
"""Seconds. So far before a moment its key picture is looked for: containers without an index find places roughly."""

MAX_REORDERED_PICTURES = 32
"""More pictures than any codec holds back before it shows one."""


@dataclass(eq=False)
class Track:
    """One track of what is sent: how a muxer has to announce it, and the clock it is counted on.

    Attributes
    ----------
    picture : bool
        Pictures, or else sound.
    codec : str
        h264, vp8, vp9, aac, opus, vorbis …
    template : av.stream.Stream
        A stream with all parameters of the coding. The container it belongs to is kept open by it.
    base : fractions.Fraction
        Seconds per tick. Sound is counted in samples where packets have whole numbers of them.
    extradata : bytes or None
        What a decoder has to know beforehand, if the template does not tell it.
    """

    picture: bool
    codec: str
    template: Any
    base: Fraction
    extradata: bytes | None = None

    @cached_property
    def tick(self) -> float:
        """The base as a float: fractions of ten thousand packets take as long as all the rest."""
        return float(self.base)


@dataclass(frozen=True)
class SeekPoint:
    """Where reading begins: media time of the key picture, and the place to seek for finding it. Seconds."""

    key: float
    seek_time: float


@dataclass(slots=True, eq=False)
class CodedPacket:
    """One coded picture, or one packet of coded sound.

    Attributes
    ----------
    track : Track
        What it belongs to.
    packet : av.Packet
        The bytes.
    pts, dts, duration : int
        When it is shown, when it is decoded, how long it lasts: ticks of `track.base` since media time 0.
    key : bool
        The file calls it a key picture.
    clean : bool
        A key picture after which nothing earlier is shown, so that a file may begin here without losing pictures.
    start, end, decoded : float
        The same times in seconds. The end of the last packet is that of the media, though the packet may be longer.
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
    container: InputContainer, origin: float, begin: SeekPoint, *, pictures: bool = True, sound: bool = True
) -> tuple[list[Track], Iterator[CodedPacket]]:
    """Read the coded packets of a file as they are.

    Parameters
    ----------
    container : av.container.InputContainer
        An open recording. Kept open by the caller for as long as packets are read.
    origin : float
        Seconds on its clock at media time 0.
    begin : Begin
        The first picture that is wanted.
    pictures, sound : bool
        Which tracks are taken.

    Returns
    -------
    tracks : list of Track
        Those taken, pictures first.
    packets : iterator of Coded
        Pictures in the order of decoding, sound in the order of time, interleaved as in the file. Ends where the
        file ends or cannot be read on.
    """
    streams = [
        *([picture_stream(container)] if pictures else []),
        *(container.streams.audio[:1] if sound else []),
    ]
    tracks = {stream.index: _track(stream) for stream in streams}
    if begin.key > 0:
        container.seek(int((begin.seek_time + origin) * av.time_base))
    timed = _on_media_clock(_without_truncated(demux_packets(container, streams)), tracks, origin)
    packets = _mark_clean_keys(timed) if pictures else timed
    return list(tracks.values()), (_drop_before_key(packets, begin.key) if begin.key > 0 else packets)


def find_key_picture(recording: Recording, start: float) -> SeekPoint:
    """Find the last key picture at or before a moment, however roughly the container finds places."""
    if start <= 0:
        return SeekPoint(0.0, 0.0)
    origin = recording.origin
    for back in SEEK_BACK_S:
        place = max(0.0, start - back)
        with recording.open() as container:
            container.seek(int((place + origin) * av.time_base))
            stream = picture_stream(container)
            timed = _on_media_clock(demux_packets(container, [stream]), {stream.index: _track(stream)}, origin)
            near = takewhile(lambda each: each.decode_time <= start, timed)
            keys = [each.start for each in near if each.key and each.start <= start + EPSILON_S]
        if keys:
            return SeekPoint(max(keys), place)
    return SeekPoint(0.0, 0.0)


def interleave(*tracks: Iterator[CodedPacket]) -> Iterator[CodedPacket]:
    """Several tracks, the one that is behind first. Each is read one packet ahead at most."""
    heads = {number: head for number, track in enumerate(tracks) if (head := next(track, None)) is not None}
    while heads:
        behind = min(heads, key=lambda number: heads[number].decode_time)
        yield heads.pop(behind)
        if (head := next(tracks[behind], None)) is not None:
            heads[behind] = head


def packet_ticks(packet: Any, clock: Fraction, base: Fraction, quantum: int | None) -> int:
    """Length of a packet in ticks of `base`, when it counts in `clock` and has whole numbers of `quantum` samples."""
    # As integers: the same value as of the fractions, to the last bit, in a tenth of the time.
    ticks = clock.numerator * base.denominator, clock.denominator * base.numerator
    told = (packet.duration or 0) * ticks[0] / ticks[1]
    if not quantum:
        return max(1, round(told))
    # The last packet may be told shorter than it is; a packet of no length has the usual one.
    usual = quantum if quantum > PACKET_QUANTUM_SAMPLES["opus"] else 8 * quantum
    return max(1, round(told / quantum)) * quantum if told else usual


def _without_truncated(packets: Iterator[Any]) -> Iterator[Any]:
    """Leave out packets that are cut off: sound always, a picture only if none follows. Decoders mend pictures."""
    cut_off: list[Any] = []
    for packet in packets:
        if not packet.is_corrupt:
            if packet.stream.type == "video":
                yield from cut_off
                cut_off = []
            yield packet
        elif packet.stream.type == "video":
            cut_off.append(packet)


def _track(stream: Any) -> Track:
    codec = stream.codec_context.codec.canonical_name
    base = Fraction(1, stream.rate) if codec in PACKET_QUANTUM_SAMPLES else stream.time_base
    return Track(stream.type == "video", codec, stream, Fraction(base.numerator, base.denominator))


def _on_media_clock(packets: Iterable[Any], tracks: dict[int, Track], origin: float) -> Iterator[CodedPacket]:
    """Put packets on the media clock."""
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
    """Take one packet, give the pictures that are now certain.

    Some containers do not tell when the first pictures are decoded; the first that does tells it for those before.
    WebM does not tell how long a picture lasts, and its reader's guess depends on how far it has read: there it lasts
    as long as the one before it, in a file that still grows as in the finished one.
    """
    shift = round(origin / track.base)
    usual = _usual_duration(track)
    told = not track.template.container.format.name.startswith("matroska")
    untold: list[Any] = []
    last: int | None = None
    ready: list[CodedPacket] = []
    while True:
        packet = yield ready
        ready = []
        if packet is not None:
            untold.append(packet)
            if packet.dts is None and last is None and len(untold) < MAX_REORDERED_PICTURES:
                continue
        for each, dts in zip(untold, _decode_times(untold, usual), strict=True):
            pts = (each.dts if each.pts is None else each.pts) - shift
            # Muxers take only times that grow; some files stutter.
            before, last = last, dts - shift if last is None else max(dts - shift, last + 1)
            lasts = (each.duration or usual) if told or before is None else last - before
            made = CodedPacket(track, each, max(pts, last), last, lasts, key=each.is_keyframe)
            if told:
                # Files tell the time to the next picture in the file, which with reordering is not the next one shown.
                made.end = min(made.end, made.start + usual * track.tick)
            ready.append(made)
        untold = []


def _usual_duration(track: Track) -> int:
    return max(1, round(1 / ((frame_rate(track.template) or 25) * track.base)))


def _decode_times(packets: list[Any], usual: int) -> list[int]:
    """Decoding times of the packets, counted back from the last where it is the only one that has one."""
    if not packets:
        return []
    known = packets[-1].dts
    if known is None:
        known = min(packet.pts for packet in packets if packet.pts is not None)
    return [
        known - (len(packets) - 1 - place) * usual if packet.dts is None else packet.dts
        for place, packet in enumerate(packets)
    ]


def _sound_reader(track: Track, origin: float) -> Generator[list[CodedPacket], Any, None]:
    """Take one packet, give it in samples.

    A file that counts milliseconds rounds what are whole packets of samples. As long as its clock agrees to within
    one tick (or a sample), samples are counted; where it does not, there is a hole, and the file's clock is right.
    """
    clock = track.template.time_base
    clock = Fraction(clock.numerator, clock.denominator)
    unframe = _adts_remover(track)
    tolerance = max(1, float(clock / track.base)) + 1
    quantum = PACKET_QUANTUM_SAMPLES.get(track.codec)
    following: int | None = None
    earliest = 0  # muxers take only times that grow
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
            # The encoder's own priming is a whole packet in AAC, so it can be counted before the first one too.
            expected = following if following is not None else round(pts / duration) * duration
            if abs(expected - pts) <= tolerance:
                pts = expected
        pts = pts if following is None else max(pts, earliest)
        following, earliest = pts + duration, pts + 1
        made = CodedPacket(track, packet, pts, pts, duration)
        if packet.duration:
            made.end = min(made.end, made.start + packet.duration * clock.numerator / clock.denominator)
        ready = [made]


def _adts_remover(track: Track) -> Callable[[Any], Any]:
    """Broadcast AAC has its description before each packet; files have it once, beforehand. None for a damaged one."""
    if track.codec != "aac" or track.template.codec_context.extradata:
        return lambda packet: packet
    remover = av.BitStreamFilterContext("aac_adtstoasc", track.template)

    def unframe(packet: Any) -> Any:
        try:
            (bare,) = remover.filter(packet)
        except av.error.FFmpegError:
            return None
        for told in bare.iter_sidedata():
            if told.data_type == "new_extradata":
                track.extradata = bytes(told)
        return bare

    return unframe


def _mark_clean_keys(packets: Iterator[CodedPacket]) -> Iterator[CodedPacket]:
    """Say of each key picture whether it is clean: held back until nothing earlier than it can come any more."""
    held: deque[CodedPacket] = deque()
    judged: CodedPacket | None = None
    since = 0
    for each in packets:
        if judged is not None and each.track.picture:
            since += 1
            if each.start < judged.start - EPSILON_S:
                judged = None
            elif each.decode_time >= judged.start or since > MAX_REORDERED_PICTURES:
                judged.clean, judged = True, None
        if each.key and judged is None:
            judged, since = each, 0
        held.append(each)
        while held and held[0] is not judged:
            yield held.popleft()
    if judged is not None:
        judged.clean = True
    yield from held


def _drop_before_key(packets: Iterator[CodedPacket], key_time: float) -> Iterator[CodedPacket]:
    """Leave out what came before a key picture, in file or in time: it cannot be decoded after a seek."""
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
