"""What became of a row: written last of all that belongs to it, so that what has a receipt is whole."""

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
"""What is shown of one that is done, of which there is something to know all the same."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a row.

    Attributes
    ----------
    id, file, start, end
        The row: its files' name, and what the dataset says of it.
    asked : str
        Hash of protocol, server, settings and schema.
    status : str
        "done" or "failed".
    key, media : str
        Key of the answer; SHA-256 of the file that was sent.
    codec : str
        Of its tracks.
    duration : float
        Seconds of media of this row.
    sent : float
        Seconds of media that were sent for it now; 0 where the answer was there already.
    attempts : int
        How often it was sent, or tried.
    truncated : bool
        The recording ended before the time its header promises.
    notices : dict
        What its user should know although it is done: names of warnings, and what they say.
    source : str
        Who measured.
    rows : dict
        Rows by table.
    summary : dict
        How the replay went; see `Replay.summary`. None stands for what there is no number for.
    step, error, sentence : str
        Of a failure: what was being done ("open", "hash", "send", "read"), the error's name, and what it says.
    utc : str
        When.
    run : str
        Token of the run whose errand wrote it; "" stands for none, which nobody has to hold the folder for.
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
        """Its status in tables."""
        return DONE_WITH_NOTICES if self.status == DONE and self.notices else self.status

    def write(self, storage: Storage) -> None:
        """Write it down, if its run still holds the folder.

        Raises
        ------
        RunLocked
            Another run has the folder by now, or none.
        """
        if self.run:
            check_holder(storage, self.run)
        storage.write(f"{FOLDER}/{self.id}.json", json.dumps(vars(self)).encode())

    @classmethod
    def read(cls, storage: Storage, name: str) -> Receipt:
        """Read it again."""
        return cls(**json.loads(storage.read(f"{FOLDER}/{name}.json")))


def read_receipts(storage: Storage) -> dict[str, Receipt]:
    """All receipts of a run, by their rows' ids."""
    return {name: Receipt.read(storage, name) for name in storage.names(FOLDER, ".json")}
