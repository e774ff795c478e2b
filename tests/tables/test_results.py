"""The protocols of results are what replays and runs are."""

import pytest

from emotoolkit.datasets.batch.run import Run
from emotoolkit.replays.result import Replay
from emotoolkit.tables.results import Results, ResultTables


def members(protocol):
    """Names that a protocol asks for, its bases' included."""
    return {name for base in protocol.__mro__[:-1] for name in vars(base) if not name.startswith("_")}


@pytest.mark.parametrize(("kind", "protocol"), [(Replay, Results), (Replay, ResultTables), (Run, ResultTables)])
def test_they_have_all_that_is_asked_for(kind, protocol):
    """What plots, exports and views may use is there, under the same name."""
    missing = {name for name in members(protocol) if not hasattr(kind, name) and name not in kind.__annotations__}
    assert missing == set()


def test_the_tables_are_part_of_the_results():
    """Whatever takes the tables alone takes all results."""
    assert members(ResultTables) < members(Results)
