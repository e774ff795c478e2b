"""The table of all kinds of notices: what can be said about a replay that nobody would expect."""

from __future__ import annotations

import pandas as pd

from emotoolkit.errors import notice_kinds

__all__ = ["notices"]


def notices() -> pd.DataFrame:
    """List every kind of notice that a replay can give.

    A notice is given once, as a warning of its own class in `emotoolkit.errors`. It is kept in the journal, and is in
    `Replay.notices()`, `Replay.marks`, `Replay.summary()`, and of a run in `Run.notices`.

    Returns
    -------
    pandas.DataFrame
        Index `notice` (name of the class). Columns `when` (it is given), `advice` (what to do, with the setting that
        helps), `unit` (of the notice's `number`), all str; `doubtful` (bool: it makes the tables doubtful, so that a
        run shows the recording as "done, with notices").

    Examples
    --------
    >>> notices().loc["MixedWarning", "advice"]
    'EmotionLogic(channels="both"), channels="separate" or channels=0'
    """
    kinds = notice_kinds()
    columns = {
        name: pd.Series([getattr(kind, name) for kind in kinds], dtype="str") for name in ("when", "advice", "unit")
    }
    table = pd.DataFrame({**columns, "doubtful": [kind.doubtful for kind in kinds]})
    table.index = pd.Index([kind.__name__ for kind in kinds], name="notice", dtype="str")
    return table
