"""Tracks: which are taken, by which names they are asked for, and what is said of the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import av
import pytest

from emotoolkit.errors import NoSuchTrack
from emotoolkit.media.tracks import choose_tracks, frame_rate, track_number, track_texts


def stream(kind: str, index: int, codec: str | None = "aac", *, cover: bool = False, **metadata: str) -> Any:
    """What PyAV says of a stream."""
    context = None if codec is None else SimpleNamespace(codec=SimpleNamespace(canonical_name=codec))
    disposition = av.stream.Disposition.attached_pic if cover else av.stream.Disposition(0)
    return SimpleNamespace(type=kind, index=index, codec_context=context, metadata=metadata, disposition=disposition)


class Streams(list[Any]):
    """Those of a container."""

    @property
    def audio(self) -> list[Any]:
        return [each for each in self if each.type == "audio"]

    @property
    def video(self) -> list[Any]:
        return [each for each in self if each.type == "video"]


FILM = SimpleNamespace(
    streams=Streams(
        [
            stream("video", 0, "mjpeg", cover=True),
            stream("video", 1, "h264"),
            stream("audio", 2, None, language="und"),
            stream("audio", 3, language="eng", title="Room"),
            stream("audio", 4, language="deu", title="Mic"),
            stream("audio", 5, language="deu", handler_name="SoundHandler"),
        ]
    )
)


@pytest.mark.parametrize(("wanted", "sound"), [(None, 3), (2, 3), (3, 4), ("ENG", 3), ("mic", 4), (4, 5)])
def test_the_track_that_is_wanted(wanted: int | str | None, sound: int) -> None:
    """By number from 1, by language, by title; else the first that can be decoded. A cover is no film."""
    choice = choose_tracks("a.mkv", FILM, wanted)
    assert (choice.video.index, choice.audio.index) == (1, sound)
    assert sorted(each.index for each in choice.unused) == [n for n in (2, 3, 4, 5) if n != sound]
    assert track_number("sound", sound, choice.unused) == sound - 1


@pytest.mark.parametrize(("wanted", "count"), [(1, 1), (0, 0), (5, 0), ("deu", 2), ("fra", 0), ("", 0)])
def test_a_track_that_cannot_be_had(wanted: int | str, count: int) -> None:
    """What there is, is named, and why it cannot be taken."""
    with pytest.raises(
        NoSuchTrack, match=f"is {count} of the tracks.*sound 1: unknown codec; sound 2 .aac, eng, 'Room'"
    ):
        choose_tracks("a.mkv", FILM, wanted)


def test_all_tracks_are_named() -> None:
    """In the texts of the card, the other tracks have their names, and the reason why they are not taken."""
    texts = track_texts(None, None, choose_tracks("a.mkv", FILM).unused)
    assert texts == ["not taken: sound 1: unknown codec; sound 3 (aac, deu, 'Mic'); sound 4 (aac, deu)"]


def test_an_unknown_rate() -> None:
    """A stream without any rate has none."""
    assert frame_rate(SimpleNamespace(average_rate=None, base_rate=None, time_base=1)) == 0
