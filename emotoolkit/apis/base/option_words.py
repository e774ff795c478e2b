"""Reads `name=value` words of a shell into the fields of a Struct, by their types."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from emotoolkit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["read_words"]

StructT = TypeVar("StructT", bound=msgspec.Struct)

BOOLEAN_WORDS = {"": True, "yes": True, "true": True, "no": False, "false": False}


def read_words(kind: type[StructT], words: Iterable[str]) -> StructT:
    """Read words such as `drop=12` into a Struct with such fields; the bare name of a Boolean field means yes.

    Raises
    ------
    SettingsError
        There is no such field, or the value is not of its type, or not valid.

    Examples
    --------
    >>> from emotoolkit.apis.base.fault_injection import Faults
    >>> read_words(Faults, ["drop=12", "close_frame=no", "twice", "lose=3-6.5"])
    Faults(drop=12.0, close_frame=False, twice=True, lose=(3.0, 6.5))
    """
    fields = {each.name: each.type for each in msgspec.structs.fields(kind)}
    return kind(**dict(_read_word(kind.__name__.lower(), fields, word) for word in words))


def _read_word(setting: str, fields: dict[str, Any], word: str) -> tuple[str, Any]:
    name, _, text = word.partition("=")
    if name not in fields:
        raise SettingsError(setting=setting, value=word, rule=f"there are {', '.join(fields)}")
    read, type_words = _READERS[_base_type(fields[name])]
    try:
        return name, read(text)
    except (KeyError, ValueError):
        raise SettingsError(setting=setting, value=word, rule=f"{name} takes {type_words}") from None


def _base_type(kind: Any) -> Any:
    """Reduce an optional type or a Literal to its base type; the Struct checks the rest."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not types.NoneType)
    return str if get_origin(kind) is Literal else kind


def _read_range(text: str) -> tuple[float, float]:
    start, end = map(float, text.split("-"))
    return start, end


_READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    bool: (lambda text: BOOLEAN_WORDS[text.lower()], "yes or no"),
    int: (int, "a whole number"),
    float: (float, "a number"),
    str: (str, "a word"),
    tuple[float, float]: (_read_range, "two seconds, such as 3-6.5"),
}
"""How a value of each type is read, and the type's name in a sentence."""
