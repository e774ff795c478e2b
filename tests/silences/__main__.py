"""Print the table with what comes here and now: `python -m tests.silences`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.silences import ROWS
from tests.silences.rows import table
from tests.silences.stage import Outcome, Stage
from tests.support.disks import NoDisk

if __name__ == "__main__":
    outcomes = []
    for row in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(Path(folder))
            try:
                outcomes.append(row.act(stage))
            except NoDisk as reason:
                outcomes.append(Outcome([("skipped", str(reason))]))
            finally:
                stage.close()
    print(table(ROWS, outcomes))
