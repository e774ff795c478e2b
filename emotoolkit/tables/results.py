"""What pictures, exports and views need of results: two Protocols. A `Replay` is both, a `Run` is the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResultTables", "Results"]


class ResultTables(Protocol):
    """The tables of one recording or of many: a Replay, a Run, or anything else with their tables."""

    @property
    def tracks(self) -> pd.DataFrame:
        """All results in long form."""

    @property
    def segments(self) -> pd.DataFrame:
        """Stretches of speech."""

    @property
    def signals(self) -> pd.DataFrame:
        """Social signals."""

    @property
    def engagement(self) -> pd.DataFrame:
        """States of engagement."""

    @property
    def quality(self) -> pd.DataFrame:
        """Conversation quality."""


class Results(ResultTables, Protocol):
    """What one API said about one recording, and how it was sent: a Replay, or anything else with its tables."""

    @property
    def file(self) -> str:
        """The recording's path as it was given."""

    @property
    def api(self) -> str:
        """Name of the API in tables."""

    @property
    def duration(self) -> float:
        """Length of the recording in seconds."""

    @property
    def source(self) -> str:
        """Who measured: the server's own label, or "server"."""

    @property
    def complete(self) -> bool:
        """Whether every session came to the protocol's own end."""

    @property
    def coverage(self) -> pd.DataFrame:
        """Stretches that the server did not analyse wholly."""

    @property
    def events(self) -> pd.DataFrame:
        """Messages, in order of arrival."""

    @property
    def packets(self) -> pd.DataFrame:
        """Packets sent, with their lateness."""

    @property
    def marks(self) -> pd.DataFrame:
        """Where something is missing, was held up or went wrong."""

    def summary(self) -> pd.Series[Any]:
        """Say how the replay went, in numbers."""
