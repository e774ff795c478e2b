"""An address at which nobody listens, and at which nobody can begin to meanwhile."""

from __future__ import annotations

import socket
from contextlib import contextmanager


@contextmanager
def nobody():
    """Hold a port of this machine without listening at it; yields the address."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
