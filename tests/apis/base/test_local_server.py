"""The local servers of this process: one of each kind, started anew only where it has ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from emotoolkit.apis.base import local_server

VOICE, FILM = "emotoolkit.apis.emotion_logic.server.app", "emotoolkit.apis.interhuman.server.app"


def test_one_of_each_kind(monkeypatch):
    """Who asks at the same time gets the same one; one that has ended is started anew, the others stay as they are."""
    monkeypatch.setattr(local_server, "_shared", {})
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(local_server.get_shared, [VOICE] * 4)
    other = local_server.get_shared(FILM)
    assert all(each is first for each in others)
    first.close()
    again = local_server.get_shared(VOICE)
    assert again.alive
    assert again is not first
    assert local_server.get_shared(FILM) is other
    again.close()
    other.close()
