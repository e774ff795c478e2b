"""Suppresses kinds of warnings during a block, safely with several threads.

`warnings.catch_warnings` restores the whole list of filters that it found: of two threads whose blocks overlap, the one
that ends last restores the filter of the other, which then stays. Here only our own filter is changed: the first block
adds it and the last one removes it. A `catch_warnings` of other code that begins in such a block and ends after it
still restores the filter; so filters should be narrow.
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
"""Pattern of all modules. It also distinguishes our filter from filters of other code."""

_block_counts: Counter[tuple[type[Warning], str]] = Counter()
_lock = threading.Lock()


@contextmanager
def suppress_warnings(*kinds: type[Warning], module: str = ANY_MODULE) -> Iterator[None]:
    """Suppress warnings of these kinds during the block, in all threads.

    Parameters
    ----------
    *kinds : type of Warning
        Kinds to suppress.
    module : str
        Pattern of the start of the name of the module that warns.
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
        warnings.filterwarnings("ignore", category=kind, module=module)  # no duplicates, and first in the list


def _remove_filter(kind: type[Warning], module: str) -> None:
    with _lock:
        _block_counts[kind, module] -= 1
        if not _block_counts[kind, module]:
            with suppress(ValueError):  # other code has restored an older list meanwhile
                warnings.filters.remove(("ignore", None, kind, re.compile(module), 0))  # type: ignore[attr-defined]
