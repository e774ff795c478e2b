"""All APIs by the name that journals and tables use: those of this package, and those of other packages.

An installed package adds one by an entry point of the group `emotoolkit.apis`. The entry point's name is the API's name
in journals and tables, its object the settings class: a `RegisteredApi` of `apis.base.protocols`. The page
`docs/adding_an_api.md` explains how to write one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base import protocols
from emotoolkit.errors import ApiBroken, UnknownApi

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import RegisteredApi
    from emotoolkit.apis.emotion_logic.api import EmotionLogic
    from emotoolkit.apis.interhuman.api import Interhuman

    _BUILT_IN: tuple[type[RegisteredApi], ...] = (EmotionLogic, Interhuman)  # checked against the protocol

__all__ = ["APIS", "ENTRY_POINT_GROUP", "Registry", "api_title", "providing_package", "tables_of"]

ENTRY_POINT_GROUP = "emotoolkit.apis"
"""Group of the entry points by which packages add an API."""

BUILT_IN = {
    "emotion_logic": "emotoolkit.apis.emotion_logic.api:EmotionLogic",
    "interhuman": "emotoolkit.apis.interhuman.api:Interhuman",
}
"""The APIs of this package; no other package can take their names."""

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
"""Pattern of an API's name, which is used in names of files and environment variables, and in a shell."""


class Registry(Mapping[str, "type[RegisteredApi]"]):
    """Settings classes by name. A class is imported when it is first asked for.

    Examples
    --------
    >>> list(APIS)[:2], APIS["interhuman"].title
    (['emotion_logic', 'interhuman'], 'Interhuman')
    """

    def __getitem__(self, name: str) -> type[RegisteredApi]:
        """Give the settings class of an API.

        Raises
        ------
        UnknownApi
            There is none of that name; the error is a KeyError, too.
        ApiBroken
            The package that provides it is broken.
        """
        if name not in self:
            raise UnknownApi(api=name, known=", ".join(self))
        return _load(name)

    def __contains__(self, name: object) -> bool:
        return name in BUILT_IN or name in _entry_points()  # in this order: finding entry points takes 20 ms

    def __iter__(self) -> Iterator[str]:
        return iter(_entry_points())

    def __len__(self) -> int:
        return len(_entry_points())


APIS = Registry()


def api_title(name: str) -> str:
    """Give the name of an API in sentences and headings, also of one that is not installed.

    Examples
    --------
    >>> api_title("emotion_logic"), api_title("tone_of_voice")
    ('Emotion Logic', 'Tone Of Voice')
    """
    return str(APIS[name].title) if name in APIS else name.replace("_", " ").title()


def tables_of(name: str) -> tuple[str, ...]:
    """Name the tables that an API's messages fill; none for one that is not installed."""
    return APIS[name].tables if name in APIS else ()


def providing_package(name: str) -> str | None:
    """Name the package that provides an API; None for those of emotoolkit."""
    return None if name in BUILT_IN or name not in APIS else _package(_entry_points()[name][0])


@cache
def _entry_points() -> dict[str, tuple[EntryPoint, ...]]:
    """Find all APIs by name, built-in ones first. Packages that are installed later are seen by the next process."""
    found: dict[str, tuple[EntryPoint, ...]] = {
        name: (EntryPoint(name, value, ENTRY_POINT_GROUP),) for name, value in BUILT_IN.items()
    }
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: (each.name, _package(each))):
        if point.name not in BUILT_IN:
            found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def _load(name: str) -> type[RegisteredApi]:
    point, *others = (
        [EntryPoint(name, BUILT_IN[name], ENTRY_POINT_GROUP)] if name in BUILT_IN else _entry_points()[name]
    )
    packages = sorted({_package(each) for each in (point, *others)})
    if len(packages) > 1:
        raise _broken(point, f"so does the package {packages[1]!r}, and it cannot be told which is meant")
    try:
        kind = point.load()
    except Exception as problem:
        raise _broken(point, f"importing {point.value} ended by {type(problem).__name__}: {problem}") from problem
    if name not in BUILT_IN and (fault := _class_problem(kind, name)):
        raise _broken(point, fault)
    loaded: type[RegisteredApi] = kind
    return loaded


def _broken(point: EntryPoint, reason: str) -> ApiBroken:
    return ApiBroken(package=_package(point), api=point.name, reason=reason)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module


def _class_problem(kind: Any, name: str) -> str:
    """Explain what is wrong with a settings class of another package; "" if nothing is."""
    if NAME_PATTERN.fullmatch(name) is None:
        return "a name has small letters, digits and _, and begins with a letter"
    present = {*dir(kind), *getattr(kind, "__dataclass_fields__", ())}
    missing = [each for each in _required_members() if each not in present]
    if missing:
        return f"{getattr(kind, '__name__', kind)} has no {', '.join(missing)}"
    return "" if kind.name == name else f"its settings call themselves {kind.name!r}"


def _required_members() -> list[str]:
    """List the members that `RegisteredApi` requires."""
    parts = (protocols.Api, protocols.RegisteredApi)
    names = {name for part in parts for name in (*vars(part), *part.__annotations__)}
    return [*sorted(each for each in names if not each.startswith("_")), "__dataclass_fields__"]
