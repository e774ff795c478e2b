"""Warnings that are left unsaid for a while, by several at once."""

import warnings
from contextlib import ExitStack

import pytest

from emotoolkit.errors import LeftOutWarning, StillPictureWarning
from emotoolkit.utils.warning_filters import suppress_warnings


def test_hushed():
    """The kinds that are named are unsaid, and no others; afterwards all are said."""
    before = [*warnings.filters]
    with suppress_warnings(StillPictureWarning, LeftOutWarning):
        warnings.warn("unsaid", LeftOutWarning, stacklevel=1)
        with pytest.raises(UserWarning, match="said"):
            warnings.warn("said", UserWarning, stacklevel=1)
    assert warnings.filters == before
    with pytest.raises(LeftOutWarning, match="said again"):
        warnings.warn("said again", LeftOutWarning, stacklevel=1)


def test_blocks_that_overlap():
    """Of two blocks the first to be entered is left first: all is unsaid until the second is left too, then said."""
    before = [*warnings.filters]
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(suppress_warnings(LeftOutWarning))
        second.enter_context(suppress_warnings(LeftOutWarning))
        first.close()
        warnings.warn("unsaid", LeftOutWarning, stacklevel=1)
    assert warnings.filters == before


def test_one_module():
    """What one library says is unsaid, and nobody else's is."""
    with suppress_warnings(RuntimeWarning, module=r"distributed\."):
        warnings.warn_explicit("unsaid", RuntimeWarning, "f.py", 1, module="distributed.semaphore")
        with pytest.raises(RuntimeWarning, match="said"):
            warnings.warn_explicit("said", RuntimeWarning, "f.py", 1, module="numpy")


def test_filters_of_others():
    """What somebody else ignores is ignored as before, and a list that was put back meanwhile is left alone."""
    warnings.simplefilter("ignore", LeftOutWarning)
    before = [*warnings.filters]
    with suppress_warnings(LeftOutWarning):
        pass
    assert warnings.filters == before
    with ExitStack() as block:
        with warnings.catch_warnings():
            block.enter_context(suppress_warnings(LeftOutWarning))
        assert warnings.filters == before
    assert warnings.filters == before
