"""The APIs there are, by the name that journals and tables use: those of this package, and those that others bring.

An installed package adds one by an entry point of the group `emotoolkit.apis`. The entry point's name is the API's name
in journals and tables, its object the settings class: a `Registered` of `apis.base.protocols`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from emotoolkit.errors import UnknownApi

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import Registered
    from emotoolkit.apis.emotion_logic.api import EmotionLogic
    from emotoolkit.apis.interhuman.api import Interhuman

    _OURS: tuple[type[Registered], ...] = (EmotionLogic, Interhuman)  # the type checker compares them with the protocol

__all__ = ["BY_NAME", "GROUP", "Registry"]

GROUP = "emotoolkit.apis"
"""Name of the group of entry points that packages add an API by."""

OURS = {
    "emotion_logic": "emotoolkit.apis.emotion_logic.api:EmotionLogic",
    "interhuman": "emotoolkit.apis.interhuman.api:Interhuman",
}
"""The APIs of this package; no other package can take their names."""


class Registry(Mapping[str, "type[Registered]"]):
    """Settings classes by name. A class is imported when it is first asked for.

    Examples
    --------
    >>> list(BY_NAME)[:2], BY_NAME["interhuman"].title
    (['emotion_logic', 'interhuman'], 'Interhuman')
    """

    def __getitem__(self, name: str) -> type[Registered]:
        """Give the settings class of an API.

        Raises
        ------
        UnknownApi
            There is none of that name; it is a KeyError, too.
        """
        point = _points().get(name)
        if point is None:
            raise UnknownApi(api=name, known=", ".join(self))
        loaded: type[Registered] = point.load()
        return loaded

    def __contains__(self, name: object) -> bool:
        return name in _points()

    def __iter__(self) -> Iterator[str]:
        return iter(_points())

    def __len__(self) -> int:
        return len(_points())


BY_NAME = Registry()


@cache
def _points() -> dict[str, EntryPoint]:
    """Find the APIs by name, ours first. Packages that are installed later are seen by the next process."""
    others = {point.name: point for point in entry_points(group=GROUP)}
    ours = {name: EntryPoint(name, value, GROUP) for name, value in OURS.items()}
    return ours | {name: point for name, point in others.items() if name not in ours}
