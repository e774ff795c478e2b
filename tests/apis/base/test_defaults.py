"""What the settings of an API inherit: nothing secret is told, and nothing leaves this machine without a basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from emotoolkit.apis.base.defaults import ApiDefaults
from emotoolkit.apis.base.settings import explain_unknown_settings
from emotoolkit.errors import ConsentMissing, KeyInClear, SettingsError, UnknownSetting


@explain_unknown_settings
@dataclass(frozen=True, kw_only=True, repr=False)
class Moods(ApiDefaults):
    """Settings of a service with a key."""

    key: str | None = None
    depth: int = 3

    name: ClassVar[str] = "moods"
    title: ClassVar[str] = "Moods"
    server: ClassVar[str] = "nowhere.server.app"
    secret: ClassVar[tuple[str, ...]] = ("key",)


KEYED = Moods(url="wss://eva:sesame@moods.example/x?token=longer", key="of-the-house", depth=4, consent="forms")


def test_a_secret_is_not_told():
    """Neither how settings are shown nor what a journal gets of them has the key; both are looked for elsewhere."""
    assert repr(KEYED) == "Moods(url='wss://eva:…@moods.example/x?token=…', consent='forms', key='…', depth=4)"
    assert "key" not in KEYED.settings()
    assert set(KEYED.secrets()) == {"of-the-house", "sesame", "longer"}
    assert Moods(**KEYED.settings()).depth == 4
    assert Moods().secrets() == ()


def test_where_the_server_is(monkeypatch):
    """The argument, else the environment under the API's name; elsewhere only with consent."""
    monkeypatch.setenv("MOODS_URL", "http://127.0.0.1:8/y")
    assert Moods().located().address == "ws://127.0.0.1:8/y"
    assert Moods(url="moods.example", consent="forms").located().address == "wss://moods.example"
    with pytest.raises(ConsentMissing, match=r"Moods is at 'moods\.example'"):
        Moods(url="moods.example").located()


def test_no_secret_in_clear():
    """A key, or a password in the address, goes to another machine encrypted, or where one says that it may."""
    plain = {"url": "ws://moods.example/x", "consent": "forms"}
    with pytest.raises(KeyInClear, match=r'The key of Moods would go to .*Type url="wss://moods\.example/x"'):
        Moods(**plain, key="of-the-house").located()
    with pytest.raises(KeyInClear, match="eva:…@moods"):
        Moods(url="ws://eva:sesame@moods.example", consent="forms").located()
    assert Moods(**plain, key="of-the-house", insecure=True).located().key == "of-the-house"
    assert Moods(**plain).located().key is None
    assert Moods(url="ws://127.0.0.1:8", key="of-the-house").located().key == "of-the-house"


def test_what_is_not_legal():
    """A wrong value or name is a sentence."""
    with pytest.raises(SettingsError, match="timeout=0"):
        Moods(timeout=0)
    with pytest.raises(UnknownSetting, match="Did you mean 'depth'"):
        Moods(dept=3)


def test_what_most_answer_alike(talk):
    """One session, no upload, nothing known; a server that plays is spoken to under the address it has."""
    api = Moods()
    assert api.sessions(talk) == (api,)
    assert (api.together(None, {}), [*api.measures()], api.units(local=True)) == (None, [], {})
    assert api.played_at("http://127.0.0.1:9", "token=x").url == "http://127.0.0.1:9/?token=x"
    assert not api.takes_files
    with pytest.raises(NotImplementedError):
        api.posts(talk, len)
