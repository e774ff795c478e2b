"""Options of the local server: what to keep, which faults to simulate, and which known variant of the protocol to use.

Measurements are the same in all variants, and so are the tables that a client makes of them, except that a set of
columns adds those that this server does not measure, without values.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import fields

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.kept_media import DEFAULT_KEPT_BYTES
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.utils.checks import check_choice

__all__ = ["AUDIO_FAILURE_EVENTS", "Limits", "Options", "Variant"]


AUDIO_FAILURE_EVENTS = (messages.ANALYSIS, messages.ANALYSIS_ERROR, messages.OTHER_ERROR)
FAILURE_EVENTS = (messages.HANDSHAKE_DONE, *AUDIO_FAILURE_EVENTS, messages.COMPLETED, messages.REPORT)
"""Events that can report a failure (§3), for `Faults.error`; the vendor's codes are not public (§6)."""


class Variant(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Behaviour of a local server where the protocol's documents leave room. Section numbers: contract page.

    Parameters
    ----------
    headers : {"each", "once"}
        Whether each `audio-analysis` names its columns, or only the first (§3.2).
    notices : {"no", "yes"}
        Whether a packet that completes no segment is answered by `done: false` (§3.2).
    success : {"boolean", "number"}
        Whether success is `true` or `1` (§3).
    rows : {"empty", "null", "missing", "object"}
        How a message shows a channel without a segment: by an empty row, by null, not at all; or as an object of rows
        keyed by channel (§3.2).
    completed : {"yes", "no"}
        Whether `audio-analysis-completed` is sent; servers from before late 2023 do not send it (§3.3).
    report : {"both", "fetch-analysis-report", "fetch-analysis-call", "none"}
        Which name of the report request is answered (§2.4).
    columns : {"measured", "S51", "R127"}
        Which columns a row has: the measured ones alone, or those of a call-center application or of a risk
        application, with null in each that is not measured here (§4.1).

    Raises
    ------
    SettingsError
        A value is not valid.

    Examples
    --------
    >>> Variant(headers="once", rows="null")
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
        for name, choices in _CHOICES.items():
            check_choice(name, getattr(self, name), choices)

    def answers(self, request: str) -> bool:
        """Whether a report request of this name is answered."""
        return self.report in ("both", request)


_CHOICES = {each.name: get_args(each.type) for each in fields(Variant)}


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Limits of what clients can make the server write.

    Parameters
    ----------
    uploads : int
        Bytes of all files that are received and analysed at one time; one that does not fit is refused.
    kept : int
        Bytes that are stored in the folder of `keep`, in all; what comes then is analysed, but not stored.
    """

    uploads: int = 1_000_000_000
    kept: int = DEFAULT_KEPT_BYTES


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """All options of a local server.

    Parameters
    ----------
    keep : path or None
        Folder in which the received bytes of every stream are kept, up to `limits.kept` of them.
    variant : Variant
        Its behaviour where the documents leave room.
    faults : Faults
        Faults to simulate.
    limits : Limits
        Limits of what clients can make it write.

    Raises
    ------
    SettingsError
        The error is no event that can report a failure, or a fault is given that this protocol cannot report.
    """

    keep: Path | None = None
    variant: Variant = Variant()
    faults: Faults = Faults()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.faults.error is not None:
            check_choice("error", self.faults.error, FAILURE_EVENTS)
        for name in ("lose", "blind"):
            check_choice(name, getattr(self.faults, name), (None,))
