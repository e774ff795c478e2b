"""The settings, and how they meet a recording."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import StillPictureWarning, TooShort

KEY = "ih_live_do_not_tell"


@dataclass
class Film:
    """What the settings ask of a recording."""

    file: str = "film.mp4"
    duration: float = 10.0
    length: float = 10.0
    video: object = "pictures"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("INTERHUMAN_URL", "INTERHUMAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_defaults():
    """Both kinds of quality, one continuous stream, three seconds."""
    api = Interhuman()
    assert (api.name, api.include, api.framing, api.segment) == ("interhuman", messages.INCLUDE, "continuous", 3.0)
    assert repr(api) == "Interhuman()"


def test_one_session():
    """A recording with pictures is one session."""
    api = Interhuman()
    assert api.sessions(Film()) == (api,)


def test_sound_alone():
    """Sound alone is sent, with a warning of what cannot come of it."""
    with pytest.warns(StillPictureWarning, match="'film.mp4' is sound alone"):
        assert len(Interhuman().sessions(Film(video=None))) == 1


def test_too_short():
    """A recording under 3 s is refused."""
    with pytest.raises(TooShort, match=r"2\.99 s"):
        Interhuman().sessions(Film(duration=2.99, length=2.99))


def test_packets_are_video_segments(monkeypatch):
    """Packets are cut by the video module, as the settings say."""
    asked = {}

    def segments(recording, **how):
        asked.update(how, recording=recording)
        return iter(())

    video = pytest.importorskip("emotoolkit.media.video.segments")
    monkeypatch.setattr(video, "segments", segments)
    film = Film()
    assert list(Interhuman(framing="complete", segment=4, encode=True).packets(film, start=1.5)) == []
    assert asked == {"recording": film, "framing": "complete", "length": 4, "encode": True, "start": 1.5}


def test_units():
    """Each score has a range; where the local server measures it, also what is measured."""
    assert Interhuman.units(local=False)["energy"] == "0–100"
    assert Interhuman.units(local=True)["energy"] == "0–100, mean of loudness and movement"
