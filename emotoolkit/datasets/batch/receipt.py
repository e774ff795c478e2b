"""Receipt of a row: its outcome, written after all its other files, so that a row with a receipt is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emotoolkit.datasets.batch.lock import check_holder

if TYPE_CHECKING:
    from emotoolkit.datasets.batch.storage import Storage

__all__ = ["DONE", "DONE_WITH_NOTICES", "FAILED", "FOLDER", "Receipt", "read_receipts"]

FOLDER = "receipts"
DONE, FAILED = "done", "failed"

DONE_WITH_NOTICES = "done, with notices"
"""Shown status of a row that is done and has notices."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Outcome of a row.

    Attributes
    ----------
    id, file, start, end
        The row: its files' name, and its file, start and end in the dataset.
    asked : str
        Hash of the request: protocol, server, settings and schema.
    status : str
        "done" or "failed".
    key, media : str
        Key of the answer; SHA-256 of the file that was sent.
    codec : str
        Codecs of its tracks.
    duration : float
        Seconds of media of this row.
    sent : float
        Seconds of media that this run has sent for it; 0 if the answer was there already.
    attempts : int
        Number of attempts to send it.
    truncated : bool
        Whether the recording ended before the time in its header.
    notices : dict
        Names and texts of the warnings about a row that is done.
    source : str
        Who measured.
    rows : dict
        Number of rows by table.
    summary : dict
        How the replay went; see `Replay.summary`. None stands for a missing number.
    step, error, sentence : str
        Of a failure: the step ("open", "hash", "send", "read"), the error's name, and its message.
    utc : str
        Time of writing.
    run : str
        Token of the run whose task wrote it; "" for none: then the folder need not be locked.
    """

    id: str
    file: str
    start: float | None
    end: float | None
    asked: str
    status: str
    key: str = ""
    media: str = ""
    codec: str = ""
    duration: float = 0.0
    sent: float = 0.0
    attempts: int = 0
    truncated: bool = False
    notices: dict[str, str] = field(default_factory=dict)
    source: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    summary: dict[str, float | None] = field(default_factory=dict)
    step: str = ""
    error: str = ""
    sentence: str = ""
    utc: str = ""
    run: str = ""

    @property
    def shown_status(self) -> str:
        """Status in tables."""
        return DONE_WITH_NOTICES if self.status == DONE and self.notices else self.status

    def write(self, storage: Storage) -> None:
        """Write the receipt, if its run still holds the folder.

        Raises
        ------
        RunLocked
            Another run holds the folder by now, or none.
        """
        if self.run:
            check_holder(storage, self.run)
        storage.write(f"{FOLDER}/{self.id}.json", json.dumps(vars(self)).encode())

    @classmethod
    def read(cls, storage: Storage, name: str) -> Receipt:
        """Read a receipt."""
        return cls(**json.loads(storage.read(f"{FOLDER}/{name}.json")))


def read_receipts(storage: Storage) -> dict[str, Receipt]:
    """Read all receipts of a run, by their rows' ids."""
    return {name: Receipt.read(storage, name) for name in storage.names(FOLDER, ".json")}
