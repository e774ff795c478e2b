"""Settings: which are legal, where they come from, and what is kept secret."""

from __future__ import annotations

import json
import pickle

import pytest

from emotoolkit.apis.base import local_server
from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.settings import stream_address
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import ConsentMissing, SettingsError, UnknownSetting

KEY = "ih_live_do_not_tell"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("INTERHUMAN_URL", "INTERHUMAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("segment", 2.9),
        ("segment", float("nan")),
        ("framing", "whole"),
        ("include", ("horoscope",)),
        ("include", "conversation_quality_overall"),
        ("encode", False),
        ("timeout", 0),
    ],
)
def test_illegal(setting, value):
    """What is not legal is refused, with the name of the setting."""
    with pytest.raises(SettingsError, match=setting):
        Interhuman(**{setting: value})


def test_misspelt():
    """A misspelt setting is refused with a hint."""
    with pytest.raises(UnknownSetting, match="Did you mean 'segment'"):
        Interhuman(segmet=3)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:80", "ws://127.0.0.1:80/v1/stream/analyze"),
        ("https://api.interhuman.ai/", "wss://api.interhuman.ai/v1/stream/analyze"),
        ("ws://localhost:1", "ws://localhost:1/v1/stream/analyze"),
        ("localhost:1", "ws://localhost:1/v1/stream/analyze"),
        ("api.interhuman.ai", "wss://api.interhuman.ai/v1/stream/analyze"),
        ("http://lab", "ws://lab/v1/stream/analyze"),
        ("wss://api.interhuman.ai", "wss://api.interhuman.ai/v1/stream/analyze"),
        ("wss://h/v2/stream/analyze?model=inter-2", "wss://h/v2/stream/analyze?model=inter-2"),
    ],
)
def test_addresses(url, address):
    """A base address is completed, a full one kept."""
    assert stream_address(url) == address
    assert Interhuman(url=url, consent="they agreed").located().address == address


def test_environment(environment):
    """Address and key come from the environment where they are not given."""
    environment.setenv("INTERHUMAN_URL", "ws://127.0.0.1:7")
    environment.setenv("INTERHUMAN_API_KEY", KEY)
    found = Interhuman().located()
    assert (found.address, found.key) == ("ws://127.0.0.1:7/v1/stream/analyze", KEY)
    given = Interhuman(url="ws://127.0.0.1:8", key="mine").located()
    assert (given.address, given.key) == ("ws://127.0.0.1:8/v1/stream/analyze", "mine")


def test_local_server_by_default(environment):
    """Without an address there is a local server, started on first use and then the same."""
    first, again = Interhuman().located(), Interhuman().located()
    assert first.address == again.address
    assert local_server.get_shared("emotoolkit.apis.interhuman.server.app").alive


def test_consent():
    """Media go to other machines only with a stated basis."""
    with pytest.raises(ConsentMissing, match=r"api\.interhuman\.ai"):
        Interhuman(url="wss://api.interhuman.ai", key=KEY).located()


def test_key_is_secret():
    """The key is in no text: repr, settings, errors."""
    api = Interhuman(key=KEY, segment=5.0)
    assert repr(api) == "Interhuman(key='…', segment=5.0)"
    assert KEY not in json.dumps(api.settings()) + str(api)
    assert "key" not in api.settings()
    with pytest.raises(ConsentMissing) as caught:
        Interhuman(url="wss://api.interhuman.ai", key=KEY).located()
    assert KEY not in str(caught.value) + repr(caught.value.facts)


def test_settings_make_settings():
    """What the journal keeps makes the same settings again; and they travel to the worker, key and all."""
    api = Interhuman(url="ws://127.0.0.1:7", include=(messages.TIMELINE,), framing="complete", consent="yes")
    assert Interhuman(**json.loads(json.dumps(api.settings()))) == api
    assert pickle.loads(pickle.dumps(Interhuman(key=KEY))).key == KEY


def test_decoder():
    """Each session gets a reader of its own."""
    assert Interhuman().decoder() is not Interhuman().decoder()


def test_pair_from_the_environment(monkeypatch):
    """The pair comes from the environment where it is not given."""
    monkeypatch.setenv("INTERHUMAN_KEY_ID", "lab")
    monkeypatch.setenv("INTERHUMAN_KEY_SECRET", "also_secret")
    monkeypatch.setenv("INTERHUMAN_URL", "ws://127.0.0.1:7")
    found = Interhuman().located()
    assert (found.key_id, found.key_secret) == ("lab", "also_secret")
