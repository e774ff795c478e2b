"""Protocols of results, for plots, exports and views. A `Replay` fulfils both, a `Run` the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResultTables", "Results"]


class ResultTables(Protocol):
    """The tables of one recording or of many, as a Replay and a Run have them."""

    @property
    def tracks(self) -> pd.DataFrame:
        """All results in long form."""

    @property
    def segments(self) -> pd.DataFrame:
        """Speech segments."""

    @property
    def signals(self) -> pd.DataFrame:
        """Social signals."""

    @property
    def engagement(self) -> pd.DataFrame:
        """Engagement states."""

    @property
    def quality(self) -> pd.DataFrame:
        """Conversation quality."""


class Results(ResultTables, Protocol):
    """What one API answered about one recording, and how it was sent, as a Replay has it."""

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
        """Who measured: the server's label of itself, or "server"."""

    @property
    def complete(self) -> bool:
        """Whether every session ended as its protocol defines."""

    @property
    def coverage(self) -> pd.DataFrame:
        """Spans that the server did not analyse, or only in part."""

    @property
    def events(self) -> pd.DataFrame:
        """Messages, in order of arrival."""

    @property
    def packets(self) -> pd.DataFrame:
        """Packets sent, with their lateness."""

    @property
    def marks(self) -> pd.DataFrame:
        """Gaps, stalls and errors."""

    def summary(self) -> pd.Series[Any]:
        """Summarize how the replay went, in numbers."""
