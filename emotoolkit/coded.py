"""A recording's pictures and sound as coded packets on the media clock, copied from the file or encoded anew.

Whatever the container, what comes out has a time to show, a time to decode and a length; a picture says whether
decoding can begin with it. Cutting (`video.py`) and packing (`pack.py`) know nothing else.
"""

from __future__ import annotations

import io
import math
from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.recording import Recording, VideoTrack

__all__ = [
    "Begin",
    "Coded",
    "Track",
    "beginning",
    "copied",
    "encoded_pictures",
    "encoded_sound",
    "merged",
    "picture_stream",
    "still_beside",
    "with_preskip",
]

EPSILON = 1e-6
"""Seconds. Times that are closer than this are the same."""

LARGEST = 1280
"""Pixels. Longer pictures are made smaller when they are encoded, so that encoding stays ahead of the clock."""

BITS_PER_PIXEL = 0.1
"""Bits for each pixel of each picture: 600 kbit/s at 640×360 and 25 pictures a second."""

BITS = (200_000, 2_500_000)
"""Bits per second of encoded pictures, at least and at most."""

PICTURE_CLOCK = Fraction(1, 1000)
"""WebM counts milliseconds."""

HELD = 12.0
"""Seconds. Where a recording that is encoded has no new picture for so long, the last one is shown again: a segment
must begin with a picture, and must end some time."""

STILL_EVERY = 0.5
"""Seconds between the pictures that stand beside a recording of sound alone."""

STILL_SIZE = (320, 240)

AAC_RATES = {44_100, 48_000}
"""Sampling rates in Hz that AAC keeps. At lower ones its packets, between which sound is cut, become long."""

QUANTUM = {"aac": 1024, "opus": 120}
"""A packet of this codec has a multiple of so many samples, though a coarse clock may say otherwise."""

SILENT_OPUS = b"\xf8\xff\xfe"
"""20 ms of nothing."""

RUN_UPS = (0.0, 10.0, 60.0, math.inf)
"""Seconds. So far before a moment its key picture is looked for: containers without an index find places roughly."""

REORDERED = 32
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


@dataclass(frozen=True)
class Begin:
    """Where reading begins: media time of the key picture, and the place to seek for finding it. Seconds."""

    key: float
    place: float


@dataclass(slots=True, eq=False)
class Coded:
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
    decoded: float = 0.0

    def __post_init__(self) -> None:
        base = float(self.track.base)
        self.start, self.end, self.decoded = self.pts * base, (self.pts + self.duration) * base, self.dts * base


def copied(
    container: InputContainer, origin: float, begin: Begin, *, pictures: bool = True, sound: bool = True
) -> tuple[list[Track], Iterator[Coded]]:
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
        container.seek(int((begin.place + origin) * av.time_base))
    timed = _timed(_demuxed(container, streams), tracks, origin)
    packets = _judged(timed) if pictures else timed
    return list(tracks.values()), (_from_key(packets, begin.key) if begin.key > 0 else packets)


def beginning(recording: Recording, start: float) -> Begin:
    """Find the last key picture at or before a moment, however roughly the container finds places."""
    if start <= 0:
        return Begin(0.0, 0.0)
    for back in RUN_UPS:
        place = max(0.0, start - back)
        with recording.open() as container:
            container.seek(int((place + recording.origin) * av.time_base))
            stream = picture_stream(container)
            timed = _timed(_demuxed(container, [stream]), {stream.index: _track(stream)}, recording.origin)
            near = takewhile(lambda each: each.decoded <= start, timed)
            keys = [each.start for each in near if each.key and each.start <= start + EPSILON]
        if keys:
            return Begin(max(keys), place)
    return Begin(0.0, 0.0)


def encoded_pictures(recording: Recording, start: float, length: float) -> tuple[Track, Iterator[Coded]]:
    """Decode the pictures from media time `start` on and code them as VP8, each at its own time.

    A picture that is the first at or after `length` seconds since the last key picture becomes the next one.
    """
    assert recording.video is not None
    pictures = _held(_pictures(recording, start), recording.duration)
    first = next(pictures, None)
    shape = (recording.video.width, recording.video.height) if first is None else (first[1].width, first[1].height)
    stream = _vp8(_fitting(*shape), recording.video)
    track = Track(picture=True, codec="vp8", template=stream, base=PICTURE_CLOCK)
    everything = [] if first is None else _chain(first, pictures)
    return track, _vp8_packets(track, everything, length, round(1 / (recording.video.frame_rate or 25) * 1000))


def encoded_sound(recording: Recording, start: float, codec: str) -> tuple[Track, Iterator[Coded]]:
    """Code the sound from media time `start` on, by one encoder from beginning to end.

    Parameters
    ----------
    recording : Recording
        Must have sound.
    start : float
        Media time of the first sample, in seconds.
    codec : {"aac", "opus"}
        What to code it as. More than two channels are mixed to one.
    """
    assert recording.audio is not None
    given, channels = recording.audio.sampling_rate, recording.audio.channels
    rate = given if codec == "aac" and given in AAC_RATES else 48_000
    layout = "stereo" if channels == 2 else "mono"  # noqa: PLR2004
    stream = _sound_encoder(codec, rate, layout)
    track = Track(picture=False, codec=codec, template=stream, base=Fraction(1, rate))
    frames = _sound_frames(recording.blocks(start), given, layout)
    return track, _sound_packets(track, frames, start)


def still_beside(sound: Iterator[Coded], start: float, length: float) -> tuple[Track, Iterator[Coded]]:
    """Put a still picture beside sound that has none: a plain dark one, twice a second for as long as it sounds.

    Returns
    -------
    track : Track
        Of the pictures.
    packets : iterator of Coded
        Pictures and sound together.
    """
    stream = _vp8(STILL_SIZE, None)
    track = Track(picture=True, codec="vp8", template=stream, base=PICTURE_CLOCK)

    def together() -> Iterator[Coded]:
        pictures = _vp8_packets(track, _stills(start), length, round(STILL_EVERY * 1000))
        picture = next(pictures)
        last = start
        for each in sound:
            while picture.start <= max(start, each.start):
                yield _without_end(picture)
                picture = next(pictures)
            last = each.end
            yield each
        # The last picture is shown for as long as there is sound.
        while picture.start < last - EPSILON:
            yield _without_end(picture)
            picture = next(pictures)

    return track, together()


def merged(*tracks: Iterator[Coded]) -> Iterator[Coded]:
    """Several tracks, the one that is behind first. Each is read one packet ahead at most."""
    heads = {number: head for number, track in enumerate(tracks) if (head := next(track, None)) is not None}
    while heads:
        behind = min(heads, key=lambda number: heads[number].decoded)
        yield heads.pop(behind)
        if (head := next(tracks[behind], None)) is not None:
            heads[behind] = head


def picture_stream(container: InputContainer) -> Any:
    """The first video track of a container that is not the cover of a music file."""
    cover = av.stream.Disposition.attached_pic
    return next(stream for stream in container.streams.video if not stream.disposition & cover)


def with_preskip(track: Track, samples: int) -> Track:
    """An Opus track that tells the decoder to leave out its first `samples` samples (at 48 kHz).

    A muxer announces the delay of the stream it copies, where it cannot be set; but an Ogg file has it in its header.
    So one is written, of that header and a silent packet, and read.
    """
    head = track.template.codec_context.extradata
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream_from_template(track.template, opaque=True)
        stream.codec_context.extradata = head[:10] + samples.to_bytes(2, "little") + head[12:]
        packet = av.Packet(SILENT_OPUS)
        packet.pts, packet.dts, packet.time_base, packet.stream = 0, 0, track.base, stream
        container.mux(packet)
    buffer.seek(0)
    return replace(track, template=av.open(buffer).streams.audio[0])


def _demuxed(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    """Packets with something in them, until the file ends or is too damaged to be read on."""
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size and (packet.pts is not None or packet.dts is not None):
            yield packet


def _track(stream: Any) -> Track:
    codec = stream.codec_context.codec.canonical_name
    base = Fraction(1, stream.rate) if codec in QUANTUM else stream.time_base
    return Track(stream.type == "video", codec, stream, Fraction(base.numerator, base.denominator))


def _timed(packets: Iterable[Any], tracks: dict[int, Track], origin: float) -> Iterator[Coded]:
    """Put packets on the media clock."""
    readers = {
        number: _pictures_timed(track, origin) if track.picture else _sound_timed(track, origin)
        for number, track in tracks.items()
    }
    for reader in readers.values():
        next(reader)
    for packet in packets:
        yield from readers[packet.stream_index].send(packet)
    for reader in readers.values():
        yield from reader.send(None)


def _pictures_timed(track: Track, origin: float) -> Any:
    """Take one packet, give the pictures that are now certain.

    Some containers do not tell when the first pictures are decoded; the first that does tells it for those before.
    """
    shift = round(origin / track.base)
    usual = _usual_duration(track)
    untold: list[Any] = []
    last: int | None = None
    ready: list[Coded] = []
    while True:
        packet = yield ready
        ready = []
        if packet is not None:
            untold.append(packet)
            if packet.dts is None and last is None and len(untold) < REORDERED:
                continue
        for each, dts in zip(untold, _told(untold, usual), strict=True):
            pts = (each.dts if each.pts is None else each.pts) - shift
            # Muxers take only times that grow; some files stutter.
            last = dts - shift if last is None else max(dts - shift, last + 1)
            made = Coded(track, each, max(pts, last), last, each.duration or usual, key=each.is_keyframe)
            # Files tell the time to the next picture in the file, which with reordering is not the next one shown.
            made.end = min(made.end, made.start + usual * float(track.base))
            ready.append(made)
        untold = []


def _usual_duration(track: Track) -> int:
    rate = track.template.average_rate or track.template.base_rate or 25
    return max(1, round(1 / (rate * track.base)))


def _told(packets: list[Any], usual: int) -> list[int]:
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


def _sound_timed(track: Track, origin: float) -> Any:
    """Take one packet, give it in samples.

    A file that counts milliseconds rounds what are whole packets of samples. As long as its clock agrees to within
    one tick (or a sample), samples are counted; where it does not, there is a hole, and the file's clock is right.
    """
    clock = track.template.time_base
    clock = Fraction(clock.numerator, clock.denominator)
    unframe = _unframer(track)
    tolerance = max(1, float(clock / track.base)) + 1
    quantum = QUANTUM.get(track.codec)
    following: int | None = None
    ready: list[Coded] = []
    while True:
        packet = yield ready
        if packet is None:
            ready = []
            continue
        packet = unframe(packet)
        time = float((packet.dts if packet.pts is None else packet.pts) * clock) - origin
        pts = round(time / track.base)
        duration = _samples(packet, clock, track.base, quantum)
        if quantum:
            # The encoder's own priming is a whole packet in AAC, so it can be counted before the first one too.
            expected = following if following is not None else round(pts / duration) * duration
            if abs(expected - pts) <= tolerance:
                pts = expected
        elif following is not None:
            pts = max(pts, following)
        following = pts + duration if quantum else pts + 1
        made = Coded(track, packet, pts, pts, duration)
        if packet.duration:
            made.end = min(made.end, made.start + float(packet.duration * clock))
        ready = [made]


def _unframer(track: Track) -> Callable[[Any], Any]:
    """Broadcast AAC has its description before each packet; files have it once, beforehand."""
    if track.codec != "aac" or track.template.codec_context.extradata:
        return lambda packet: packet
    remover = av.BitStreamFilterContext("aac_adtstoasc", track.template)

    def unframe(packet: Any) -> Any:
        (bare,) = remover.filter(packet)
        for told in bare.iter_sidedata():
            if told.data_type == "new_extradata":
                track.extradata = bytes(told)
        return bare

    return unframe


def _samples(packet: Any, clock: Fraction, base: Fraction, quantum: int | None) -> int:
    told = float((packet.duration or 0) * clock / base)
    if not quantum:
        return max(1, round(told))
    # The last packet may be told shorter than it is; a packet of no length has the usual one.
    usual = quantum if quantum > QUANTUM["opus"] else 8 * quantum
    return max(1, round(told / quantum)) * quantum if told else usual


def _judged(packets: Iterator[Coded]) -> Iterator[Coded]:
    """Say of each key picture whether it is clean: held back until nothing earlier than it can come any more."""
    held: deque[Coded] = deque()
    judged: Coded | None = None
    since = 0
    for each in packets:
        if judged is not None and each.track.picture:
            since += 1
            if each.start < judged.start - EPSILON:
                judged = None
            elif each.decoded >= judged.start or since > REORDERED:
                judged.clean, judged = True, None
        if each.key and judged is None:
            judged, since = each, 0
        held.append(each)
        while held and held[0] is not judged:
            yield held.popleft()
    if judged is not None:
        judged.clean = True
    yield from held


def _from_key(packets: Iterator[Coded], begin: float) -> Iterator[Coded]:
    """Leave out what came before a key picture, in file or in time: it cannot be decoded after a seek."""
    found = False
    sounds: list[Coded] = []
    for each in packets:
        early = each.start < begin - EPSILON
        if not found and each.track.picture and each.key and not early:
            found = True
            yield each
            yield from sounds
        elif found and not early:
            yield each
        elif not early and not each.track.picture:
            sounds.append(each)


def _pictures(recording: Recording, start: float) -> Iterator[tuple[float, Any]]:
    """Decoded pictures from `start` on with their media time. Damaged ones are passed over."""
    with recording.open() as container:
        origin = recording.origin
        stream = picture_stream(container)
        stream.thread_type = "AUTO"
        if start > 0:
            container.seek(int((beginning(recording, start).place + origin) * av.time_base))
        for frame in _decoded(container, stream):
            if frame.pts is None:
                continue
            time = float(frame.pts * stream.time_base) - origin
            if time >= start - EPSILON:
                yield max(0.0, time), _upright(frame)


def _decoded(container: InputContainer, stream: Any) -> Iterator[Any]:
    for packet in _demuxed(container, [stream]):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue
    try:
        yield from stream.decode(None)
    except av.error.FFmpegError:
        return


def _upright(frame: Any) -> Any:
    """Turn a picture that a telephone took sideways: what is encoded anew carries no note of it."""
    quarters = round(frame.rotation / 90) % 4
    if not quarters:
        return frame
    turned = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), quarters))
    return av.VideoFrame.from_ndarray(turned, format="rgb24")


def _held(pictures: Iterator[tuple[float, Any]], end: float) -> Iterator[tuple[float, Any]]:
    """Show a picture again where none follows for long."""
    last: tuple[float, Any] | None = None
    for picture in pictures:
        if last is not None:
            yield from _repeated(last, picture[0])
        yield picture
        last = picture
    if last is not None:
        yield from _repeated(last, end)


def _repeated(picture: tuple[float, Any], until: float) -> Iterator[tuple[float, Any]]:
    time = picture[0] + HELD
    while time < until - EPSILON:
        yield time, picture[1]
        time += HELD


def _chain(first: tuple[float, Any], rest: Iterator[tuple[float, Any]]) -> Iterator[tuple[float, Any]]:
    yield first
    yield from rest


def _fitting(width: int, height: int) -> tuple[int, int]:
    """Size with the same shape and even sides, not larger than what can be encoded in time."""
    scale = min(1.0, LARGEST / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _vp8(size: tuple[int, int], like: VideoTrack | None) -> Any:
    rate = 1 / STILL_EVERY if like is None else like.frame_rate or 25
    wanted = int(size[0] * size[1] * rate * BITS_PER_PIXEL)
    container = av.open(io.BytesIO(), "w", format="webm")
    options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0", "g": "99999"}
    stream: Any = container.add_stream("libvpx", rate=Fraction(rate).limit_denominator(1001), options=options)
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.bit_rate = min(max(wanted, BITS[0]), BITS[1])
    stream.codec_context.time_base = PICTURE_CLOCK
    container.start_encoding()  # opens the encoder, so that the stream tells what it makes
    return stream


def _vp8_packets(track: Track, pictures: Iterable[tuple[float, Any]], length: float, duration: int) -> Iterator[Coded]:
    encoder = track.template.codec_context
    shape = {"width": encoder.width, "height": encoder.height, "format": "yuv420p"}
    key, last = -length, -1
    for time, picture in pictures:
        frame = picture.reformat(**shape)
        is_key = time >= key + length - EPSILON or last < 0
        key = time if is_key else key
        last = max(round(time / PICTURE_CLOCK), last + 1)
        frame.pts, frame.time_base = last, PICTURE_CLOCK
        frame.pict_type = av.video.frame.PictureType.I if is_key else av.video.frame.PictureType.NONE
        yield from _vp8_coded(track, encoder.encode(frame), duration)
    yield from _vp8_coded(track, encoder.encode(None), duration)


def _vp8_coded(track: Track, packets: list[Any], duration: int) -> Iterator[Coded]:
    for packet in packets:
        yield Coded(track, packet, packet.pts, packet.pts, duration, key=packet.is_keyframe, clean=packet.is_keyframe)


def _stills(start: float) -> Iterator[tuple[float, Any]]:
    number = 0
    picture = av.VideoFrame.from_ndarray(_still(), format="gray").reformat(format="yuv420p")
    while True:
        yield start + number * STILL_EVERY, picture
        number += 1


def _without_end(picture: Coded) -> Coded:
    """It is the sound that says when such a recording ends."""
    picture.end = picture.start
    return picture


def _still() -> NDArray[np.uint8]:
    """A dark picture with a bar in the middle that says: this is on purpose, there is nothing to see."""
    width, height = STILL_SIZE
    picture = np.full((height, width), 24, np.uint8)
    picture[height // 2 - 4 : height // 2 + 4, width // 4 : -width // 4] = 80
    return picture


def _sound_encoder(codec: str, rate: int, layout: str) -> Any:
    container = av.open(io.BytesIO(), "w", format="mp4" if codec == "aac" else "webm")
    stream: Any = container.add_stream("aac" if codec == "aac" else "libopus", rate=rate)
    stream.codec_context.layout = layout
    stream.codec_context.format = "fltp" if codec == "aac" else "flt"
    stream.bit_rate = {"mono": 64_000, "stereo": 112_000}[layout]
    container.start_encoding()
    return stream


def _sound_frames(blocks: Iterator[NDArray[np.float32]], rate: int, layout: str) -> Iterator[Any]:
    at = 0
    for block in blocks:
        mixed = block if layout == "stereo" else block.mean(axis=1, keepdims=True, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
        at += len(block)
        yield frame


def _sound_packets(track: Track, frames: Iterator[Any], start: float) -> Iterator[Coded]:
    encoder = track.template.codec_context
    end = start
    for frame in frames:
        end = start + (frame.pts + frame.samples) / frame.sample_rate
        yield from _sound_coded(track, encoder.encode(frame), start)
    for each in _sound_coded(track, encoder.encode(None), start):
        each.end = min(each.end, end)  # encoders fill their last packet up
        yield each


def _sound_coded(track: Track, packets: list[Any], start: float) -> Iterator[Coded]:
    shift = round(start / track.base)
    for packet in packets:
        pts = round(packet.pts * packet.time_base / track.base) + shift
        yield Coded(track, packet, pts, pts, _samples(packet, packet.time_base, track.base, QUANTUM[track.codec]))
