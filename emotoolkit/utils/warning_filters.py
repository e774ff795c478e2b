"""Kinds of warnings that are left unsaid while a block lasts, in as many threads at once as there are.

`warnings.catch_warnings` puts back the whole list of filters that it found: of two threads whose blocks overlap, the
one that leaves last puts back what the other had put in, and that stays. Here nothing is touched but the filter that
the first block puts in and the last one takes out. A `catch_warnings` of somebody else that begins in such a block and
ends behind it still puts the filter back: so filters are narrow.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["suppress_warnings"]

ANY_MODULE = ".*"
"""Pattern of the modules that warn: all. It also tells our filter from one that somebody else has put in."""

_block_counts: Counter[tuple[type[Warning], str]] = Counter()
_lock = threading.Lock()


@contextmanager
def suppress_warnings(*kinds: type[Warning], module: str = ANY_MODULE) -> Iterator[None]:
    """Leave warnings of these kinds unsaid for as long as the block lasts, whichever thread gives them.

    Parameters
    ----------
    *kinds : type of Warning
        What is not said.
    module : str
        Pattern with which the name of a module begins that would say it.
    """
    for kind in kinds:
        _add_filter(kind, module)
    try:
        yield
    finally:
        for kind in kinds:
            _remove_filter(kind, module)


def _add_filter(kind: type[Warning], module: str) -> None:
    with _lock:
        _block_counts[kind, module] += 1
        warnings.filterwarnings("ignore", category=kind, module=module)  # once, and before all others


def _remove_filter(kind: type[Warning], module: str) -> None:
    with _lock:
        _block_counts[kind, module] -= 1
        if not _block_counts[kind, module]:
            with suppress(ValueError):  # somebody has put back an older list meanwhile
                warnings.filters.remove(("ignore", None, kind, re.compile(module), 0))  # type: ignore[attr-defined]
