"""Pieces of a recording into bytes of a container: a file for each piece, or one stream for all of them.

A muxer of its own makes each message, so a message holds exactly the packets it should, and never ends inside a box
or a cluster. H.264 goes into fragmented MP4, VP8 and VP9 into WebM.
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
"""One fragment a message. The index is written after the packets are known, so that it can say in an edit list by how
much they are delayed; without that (empty_moov) pictures that are reordered are shown too late."""

MP4_OPTIONS = {"movflags": FRAGMENT_FLAGS, "movie_timescale": "1000000"}
"""Edit lists are counted in microseconds; in the usual milliseconds they would move pictures against sound."""

MP4_FRAGMENT_OPTIONS = {
    "movflags": f"{FRAGMENT_FLAGS}+frag_discont",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
}
"""A fragment that goes on from earlier ones: it keeps the times that it is given."""

WEBM_OPTIONS: dict[str, str] = {}

WEBM_STREAM_OPTIONS = {"live": "1", "avoid_negative_ts": "disabled"}
"""Segment of unknown size, no index at the end."""

BITEXACT_OPTIONS = {"fflags": "+bitexact"}
"""The same packets become the same bytes: without it a WebM is given random numbers."""

PREROLL_SAMPLES = {"aac": 1, "opus": 19_200}
"""Samples that a decoder needs before it is exact: one packet of AAC, whatever its length, and 400 ms of Opus: after
the 80 ms that Opus asks for, samples are still off by 5 %, and it halves every 20 ms."""

SILENT_OPUS = b"\xf8\xff\xfe"
"""20 ms of nothing."""

SEGMENT_ID, CLUSTER_ID = 0x18538067, 0x1F43B675
"""WebM's element of everything, and the elements in it that hold the packets."""

TimedPacket = tuple["Track", "CodedPacket", int, int]
"""A packet, and its pts and dts in a message, in ticks of its track."""


class FileMuxer:
    """Pack each piece as a file of its own.

    The file's clock begins with the piece, or with the packet of sound that is being heard then, at most a packet
    earlier: pictures keep their distance to the sound. A decoder of sound is not exact from the first packet on, so
    the packets before the piece come along, and the file says to leave out what they decode to.

    Parameters
    ----------
    tracks : sequence of Track
        All tracks, pictures first.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = list(tracks)
        self._preskip_tracks: dict[int, Track] = {}

    def mux_piece(self, piece: Piece) -> bytes:
        """Make the file of a piece. Call it in order."""
        preroll = [] if piece.first else _preroll(piece)
        zero = piece.start
        if preroll or (piece.sounds and not piece.first):
            zero = min(zero, piece.sounds[0].start)
        tracks = [self._announced_track(track, preroll, piece) for track in self.tracks]
        placed = _timed_packets(self.tracks, piece, preroll, zero)
        return _mux(
            _container_format(tracks),
            WEBM_OPTIONS if _container_format(tracks) == "webm" else MP4_OPTIONS,
            self.tracks,
            tracks,
            placed,
        )

    def _announced_track(self, track: Track, preroll: list[CodedPacket], piece: Piece) -> Track:
        """The track as the file announces it: Opus says how much of the beginning is left out."""
        if piece.first or not piece.preroll or track.codec != "opus":
            return track  # where the sound begins, the recording itself says it
        left_out = sum(each.duration for each in preroll)
        if left_out not in self._preskip_tracks:
            self._preskip_tracks[left_out] = _with_preskip(track, left_out)
        return self._preskip_tracks[left_out]


class StreamMuxer:
    """Pack all pieces as one stream: the first message begins with the header, the others go on from it.

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
        """Make the message of a piece. Call it in order."""
        self._messages += 1
        if self._messages == 1:
            self._start = piece.start
        placed = _timed_packets(self.tracks, piece, [], self._start)
        return self._webm(placed) if _container_format(self.tracks) == "webm" else self._mp4(placed)

    def _webm(self, placed: list[TimedPacket]) -> bytes:
        made = _mux("webm", WEBM_STREAM_OPTIONS, self.tracks, self.tracks, placed)
        header, end = _cluster_range(made)
        return made[:end] if self._messages == 1 else made[header:end]

    def _mp4(self, placed: list[TimedPacket]) -> bytes:
        if self._messages == 1:
            # The header counts each track from its first packet; so must all fragments.
            self._first_dts = {track: dts for track, _, _, dts in reversed(placed)}
            return _mux("mp4", MP4_OPTIONS, self.tracks, self.tracks, placed)
        moved = [
            (track, each, pts - self._first_dts.get(track, 0), dts - self._first_dts.get(track, 0))
            for track, each, pts, dts in placed
        ]
        options = {**MP4_FRAGMENT_OPTIONS, "fragment_index": str(self._messages)}
        made = _mux("mp4", options, self.tracks, self.tracks, moved)
        return b"".join(made[begin:end] for kind, begin, end in _boxes(made) if kind in {b"moof", b"mdat"})


def _container_format(tracks: Sequence[Track]) -> str:
    return "mp4" if tracks[0].codec == "h264" else "webm"


def _preroll(piece: Piece) -> list[CodedPacket]:
    """As many of the packets of sound before the piece as a decoder needs; none after a hole."""
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


def _timed_packets(tracks: Sequence[Track], piece: Piece, preroll: list[CodedPacket], zero: float) -> list[TimedPacket]:
    """All packets of a piece in the order of decoding, on the clock of the message."""
    shifts = {track: round(zero / track.base) for track in tracks}
    packets = sorted([*piece.pictures, *preroll, *piece.sounds], key=lambda each: each.decode_time)
    return [(each.track, each, each.pts - shifts[each.track], each.dts - shifts[each.track]) for each in packets]


def _mux(
    kind: str,
    options: dict[str, str],
    tracks: Sequence[Track],
    announced: Sequence[Track],
    placed: Iterable[TimedPacket],
) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind, options={**options, **BITEXACT_OPTIONS}) as container:
        streams: dict[Track, Any] = {}
        for track, like in zip(tracks, announced, strict=True):
            stream = container.add_stream_from_template(like.template, opaque=True)
            stream.time_base = track.base
            if like.extradata is not None:
                stream.codec_context.extradata = like.extradata
            streams[track] = stream
        for track, each, pts, dts in placed:
            packet = each.packet
            packet.stream, packet.time_base = streams[track], track.base
            packet.pts, packet.dts, packet.duration = pts, dts, each.duration
            container.mux(packet)
    return buffer.getvalue()


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Top-level boxes of an MP4: kind, begin and end."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, at + size
        at += size


def _cluster_range(data: bytes) -> tuple[int, int]:
    """Where the first Cluster of a WebM stream begins, and where the last one ends."""
    first, last, at = len(data), len(data), 0
    while at < len(data):
        begin = at
        kind, at = _ebml_number(data, at, keep_marker=True)
        size, at = _ebml_number(data, at, keep_marker=False)
        if kind == SEGMENT_ID:
            continue  # go in
        at += size
        if kind == CLUSTER_ID:
            first, last = min(first, begin), at
    return first, last


def _ebml_number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length, as EBML writes it, and where it ends."""
    width = 9 - data[at].bit_length()
    number = int.from_bytes(data[at : at + width], "big")
    return (number if keep_marker else number & ~(1 << (7 * width))), at + width
