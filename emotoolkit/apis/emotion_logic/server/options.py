"""The manners in which servers of this protocol are known to differ, as switches of the local one.

What is measured is the same under all of them; so are the tables that a client makes of it, but that columns which a
set has and this server does not measure are there without a value.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from emotoolkit.errors import SettingsError
from emotoolkit.utils.checks import check_choice

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Variant"]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How a local server behaves where the documents of this protocol leave room. Section numbers: contract page.

    Parameters
    ----------
    headers : {"each", "once"}
        Whether each `audio-analysis` names its columns, or only the first (§3.2).
    notices : {"no", "yes"}
        Whether a packet that completes no segment is answered by `done: false` (§3.2).
    success : {"boolean", "number"}
        Whether success is `true` or `1` (§3).
    rows : {"empty", "null", "missing", "object"}
        What stands for a channel that has no segment in this message: an empty row, null, nothing; or all rows in an
        object keyed by channel (§3.2).
    completed : {"yes", "no"}
        Whether `audio-analysis-completed` is sent; servers from before late 2023 have no such word (§3.3).
    report : {"both", "fetch-analysis-report", "fetch-analysis-call", "none"}
        Which name of the report request is answered (§2.4).
    columns : {"measured", "S51", "R127"}
        Which columns a row has: what is measured, and nothing besides; or those of a call-center application, or of a
        risk application, with null in each that is not measured here (§4.1).

    Raises
    ------
    SettingsError
        A value is none of these.

    Examples
    --------
    >>> Variant.parse(["headers=once", "rows=null"])
    Variant(headers='once', rows='null')
    """

    headers: Literal["each", "once"] = "each"
    notices: Literal["no", "yes"] = "no"
    success: Literal["boolean", "number"] = "boolean"
    rows: Literal["empty", "null", "missing", "object"] = "empty"
    completed: Literal["yes", "no"] = "yes"
    report: Literal["both", "fetch-analysis-report", "fetch-analysis-call", "none"] = "both"
    columns: Literal["measured", "S51", "R127"] = "measured"

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            check_choice(name, getattr(self, name), kind)

    def __repr__(self) -> str:
        return f"Variant({', '.join(f'{name}={value!r}' for name, value in self._told().items())})"

    def words(self) -> list[str]:
        """Write it as a shell does: what `parse` reads."""
        return [f"{name}={value}" for name, value in self._told().items()]

    @classmethod
    def parse(cls, words: Iterable[str]) -> Variant:
        """Read `name=value` words, as they come from a shell.

        Raises
        ------
        SettingsError
            There is no such switch, or no such value of it.
        """
        told: dict[str, Any] = {}
        for word in words:
            name, _, value = word.partition("=")
            if name not in _CHOICES:
                raise SettingsError(setting="variant", value=word, rule=f"there are {', '.join(_CHOICES)}")
            told[name] = value
        return cls(**told)

    def answers(self, request: str) -> bool:
        """Whether a report request of this name is answered."""
        return self.report in ("both", request)

    def _told(self) -> dict[str, Any]:
        fields = dataclasses.fields(self)
        return {each.name: getattr(self, each.name) for each in fields if getattr(self, each.name) != each.default}


_CHOICES = {name: get_args(kind) for name, kind in get_type_hints(Variant).items()}
