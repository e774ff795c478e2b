"""Mux pieces of a recording into container bytes: a file for each piece, or one stream for all of them.

Each message is written by its own muxer, so it holds exactly its packets, and never ends inside a box or a cluster.
H.264 is written to fragmented MP4, VP8 and VP9 to WebM.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.media.video.coded import EPSILON_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emotoolkit.media.video.coded import CodedPacket, Track
    from emotoolkit.media.video.cut import Piece

__all__ = ["FileMuxer", "StreamMuxer"]

FRAGMENT_FLAGS = "frag_custom+delay_moov+default_base_moof+skip_trailer"
"""One fragment per message. The header is written when the packets are known, so that its edit list has their delay;
otherwise (empty_moov) reordered pictures would be shown too late."""

MP4_OPTIONS = {"movflags": FRAGMENT_FLAGS, "movie_timescale": "1000000"}
"""Edit lists count microseconds; the default milliseconds would shift pictures against sound."""

MP4_FRAGMENT_OPTIONS = {
    "movflags": f"{FRAGMENT_FLAGS}+frag_discont",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
}
"""For a fragment that continues earlier ones and keeps its times."""

WEBM_OPTIONS: dict[str, str] = {}

WEBM_STREAM_OPTIONS = {"live": "1", "avoid_negative_ts": "disabled"}
"""Segment of unknown size, without an index at the end."""

BITEXACT_OPTIONS = {"fflags": "+bitexact"}
"""Makes the output deterministic: without it a WebM has random identifiers."""

PREROLL_SAMPLES = {"aac": 1, "opus": 19_200}
"""Samples that a decoder needs before its output is exact: one packet of AAC, of any length, and 400 ms of Opus. After
the 80 ms that the Opus specification requires, samples are off by 5 %; the error halves every 20 ms."""

SILENT_OPUS = b"\xf8\xff\xfe"
"""A packet of 20 ms of silence."""

SEGMENT_ID, CLUSTER_ID = 0x18538067, 0x1F43B675
"""EBML IDs of WebM's Segment, which contains everything, and of the Clusters in it, which hold the packets."""

TimedPacket = tuple["Track", "CodedPacket", int, int]
"""A track, its packet, and the packet's pts and dts in a message, in ticks of the track."""


class FileMuxer:
    """Mux each piece as a complete file.

    The file's clock begins with the piece, or up to a packet earlier, with the packet of sound that extends over the
    cut: pictures and sound stay in sync. A sound decoder is not exact from the first packet on, so the file also has
    the packets before the piece, and tells the decoder to skip their samples.

    Parameters
    ----------
    tracks : sequence of Track
        All tracks, pictures first.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = list(tracks)
        self._preskip_tracks: dict[int, Track] = {}

    def mux_piece(self, piece: Piece) -> bytes:
        """Return the bytes of the file of a piece. To be called in order."""
        preroll = [] if piece.first else _preroll(piece)
        origin = piece.start
        if preroll or (piece.sounds and not piece.first):
            origin = min(origin, piece.sounds[0].start)
        tracks = [self._announced_track(track, preroll, piece) for track in self.tracks]
        packets = _timed_packets(self.tracks, piece, preroll, origin)
        return _mux(
            _container_format(tracks),
            WEBM_OPTIONS if _container_format(tracks) == "webm" else MP4_OPTIONS,
            self.tracks,
            tracks,
            packets,
        )

    def _announced_track(self, track: Track, preroll: list[CodedPacket], piece: Piece) -> Track:
        """Return the track as the file's header describes it: for Opus with the samples to skip at the beginning."""
        if piece.first or not piece.preroll or track.codec != "opus":
            return track  # at the beginning of the sound, the recording's own header applies
        preskip = sum(each.duration for each in preroll)
        if preskip not in self._preskip_tracks:
            self._preskip_tracks[preskip] = _with_preskip(track, preskip)
        return self._preskip_tracks[preskip]


class StreamMuxer:
    """Mux all pieces as one stream: the first message begins with the header, the others continue it.

    Parameters
    ----------
    tracks : sequence of Track
        All tracks, pictures first.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = list(tracks)
        self._messages = 0
        self._start = 0.0
        self._first_dts: dict[Track, int] = {}

    def mux_piece(self, piece: Piece) -> bytes:
        """Return the bytes of the message of a piece. To be called in order."""
        self._messages += 1
        if self._messages == 1:
            self._start = piece.start
        packets = _timed_packets(self.tracks, piece, [], self._start)
        return self._webm(packets) if _container_format(self.tracks) == "webm" else self._mp4(packets)

    def _webm(self, packets: list[TimedPacket]) -> bytes:
        data = _mux("webm", WEBM_STREAM_OPTIONS, self.tracks, self.tracks, packets)
        begin, end = _cluster_range(data)
        return data[:end] if self._messages == 1 else data[begin:end]

    def _mp4(self, packets: list[TimedPacket]) -> bytes:
        if self._messages == 1:
            # The header counts each track from its first packet, so all fragments must.
            self._first_dts = {track: dts for track, _, _, dts in reversed(packets)}
            return _mux("mp4", MP4_OPTIONS, self.tracks, self.tracks, packets)
        shifted = [
            (track, each, pts - self._first_dts.get(track, 0), dts - self._first_dts.get(track, 0))
            for track, each, pts, dts in packets
        ]
        options = {**MP4_FRAGMENT_OPTIONS, "fragment_index": str(self._messages)}
        data = _mux("mp4", options, self.tracks, self.tracks, shifted)
        return b"".join(data[begin:end] for kind, begin, end in _boxes(data) if kind in {b"moof", b"mdat"})


def _container_format(tracks: Sequence[Track]) -> str:
    return "mp4" if tracks[0].codec == "h264" else "webm"


def _preroll(piece: Piece) -> list[CodedPacket]:
    """Return as many packets of sound before the piece as a decoder needs; none after a gap."""
    if not piece.sounds or piece.sounds[0].start > piece.start + EPSILON_S:
        return []
    needed = PREROLL_SAMPLES.get(piece.sounds[0].track.codec, 0)
    taken: list[CodedPacket] = []
    following = piece.sounds[0]
    for each in reversed(piece.preroll):
        if sum(one.duration for one in taken) >= needed or each.pts + each.duration != following.pts:
            break
        taken.insert(0, each)
        following = each
    return taken


def _with_preskip(track: Track, samples: int) -> Track:
    """Return an Opus track that tells the decoder to skip its first `samples` samples (at 48 kHz).

    A muxer copies the delay from its template stream, where it cannot be set. But it can be set in the header of an Ogg
    file: one is written, with a silent packet, and read back as the template.
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


def _timed_packets(
    tracks: Sequence[Track], piece: Piece, preroll: list[CodedPacket], origin: float
) -> list[TimedPacket]:
    """Sort a piece's packets in the order of decoding, with times on the message's clock, which is 0 at `origin`."""
    shifts = {track: round(origin / track.base) for track in tracks}
    packets = sorted([*piece.pictures, *preroll, *piece.sounds], key=lambda each: each.decode_time)
    return [(each.track, each, each.pts - shifts[each.track], each.dts - shifts[each.track]) for each in packets]


def _mux(
    kind: str,
    options: dict[str, str],
    tracks: Sequence[Track],
    announced: Sequence[Track],
    packets: Iterable[TimedPacket],
) -> bytes:
    """Write packets of `tracks` to a container whose header describes them as the tracks in `announced`."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind, options={**options, **BITEXACT_OPTIONS}) as container:
        streams: dict[Track, Any] = {}
        for track, described in zip(tracks, announced, strict=True):
            stream = container.add_stream_from_template(described.template, opaque=True)
            stream.time_base = track.base
            if described.extradata is not None:
                stream.codec_context.extradata = described.extradata
            streams[track] = stream
        for track, each, pts, dts in packets:
            packet = each.packet
            packet.stream, packet.time_base = streams[track], track.base
            packet.pts, packet.dts, packet.duration = pts, dts, each.duration
            container.mux(packet)
    return buffer.getvalue()


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, begin and end of the top-level boxes of an MP4."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, at + size
        at += size


def _cluster_range(data: bytes) -> tuple[int, int]:
    """Find where the first Cluster of a WebM stream begins, and where the last one ends."""
    first, last, at = len(data), len(data), 0
    while at < len(data):
        begin = at
        kind, at = _ebml_number(data, at, keep_marker=True)
        size, at = _ebml_number(data, at, keep_marker=False)
        if kind == SEGMENT_ID:
            continue  # its children follow
        at += size
        if kind == CLUSTER_ID:
            first, last = min(first, begin), at
    return first, last


def _ebml_number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """Read an EBML number of variable length; returns it and the position after it."""
    width = 9 - data[at].bit_length()
    number = int.from_bytes(data[at : at + width], "big")
    return (number if keep_marker else number & ~(1 << (7 * width))), at + width
