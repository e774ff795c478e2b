"""The APIs there are: ours, those that packages bring, and what is wrong with one, in a sentence."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint

import pytest

import emotoolkit as emo
from emotoolkit.apis import registry
from emotoolkit.apis.registry import APIS, BUILT_IN, ENTRY_POINT_GROUP, api_title, providing_package, tables_of
from emotoolkit.errors import ApiBroken, UnknownApi
from tests.support.third_party import python, register


@pytest.fixture
def points(monkeypatch):
    """Let packages bring APIs, in this process: a list of entry points, of which a package's name may be a part."""
    brought: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [each for each in brought if each.group == group])
    for found in (registry._entry_points, registry._load):
        found.cache_clear()
    yield brought
    for found in (registry._entry_points, registry._load):
        found.cache_clear()


def test_unknown_name():
    """A name that nothing has is a sentence, and a KeyError for whoever treats the registry as a mapping."""
    with pytest.raises(UnknownApi, match="No API is called 'moods' here; there are emotion_logic, interhuman"):
        APIS["moods"]
    assert APIS.get("moods") is None
    assert "moods" not in APIS
    assert (api_title("moods"), tables_of("moods"), providing_package("moods")) == ("Moods", (), None)


def test_no_package_takes_our_names(points):
    """A package that says it brings `interhuman` is not asked."""
    points.append(EntryPoint("interhuman", "thief:Interhuman", ENTRY_POINT_GROUP))
    assert APIS["interhuman"] is emo.Interhuman
    assert [*APIS] == [*BUILT_IN]


class Half:
    """Settings that are nearly none."""

    name = "half"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("moods", "moods_that_are_not_there.api:Moods", "ModuleNotFoundError: No module named 'moods_that"),
        ("moods", "emotoolkit.apis.base.defaults:Moods", "AttributeError"),
        ("half", f"{__name__}:Half", "Half has no address, answers_after, bytes_per_second"),
        ("Moods-2", "emotoolkit.apis.emotion_logic.api:EmotionLogic", "a name has small letters"),
        ("moods", "emotoolkit.apis.emotion_logic.api:EmotionLogic", "its settings call themselves 'emotion_logic'"),
    ],
)
def test_what_is_broken_is_said(points, name, value, reason):
    """An entry point that leads nowhere, or to no settings, is a sentence that names it; all others work on."""
    points.append(EntryPoint(name, value, ENTRY_POINT_GROUP))
    with pytest.raises(ApiBroken, match=reason) as broken:
        APIS[name]
    assert broken.value.package == value.partition(":")[0]
    assert APIS["emotion_logic"] is emo.EmotionLogic


def test_the_package_is_named(tmp_path):
    """The sentence has the package's name, as one types it to update or remove it; two of one name are told apart."""
    for package in ("mood-api", "other-moods"):
        register(tmp_path / package, package, "0.1", {ENTRY_POINT_GROUP: {"moods": "nowhere:Moods"}})
    ask = "from emotoolkit.apis.registry import APIS\ntry: APIS['moods']\nexcept KeyError: raise\n"
    ask += "except ImportError as broken: print(broken)"
    assert "The package 'mood-api' brings an API called 'moods' that cannot be used" in python(
        tmp_path / "mood-api", "-c", ask
    )
    both = os.pathsep.join(map(str, (tmp_path / "mood-api", tmp_path / "other-moods")))
    assert "so does the package 'other-moods'" in python(both, "-c", ask)
