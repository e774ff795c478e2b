"""What a server in a process of its own is told, as it comes out at the other end."""

from __future__ import annotations

import io
from unittest.mock import patch

from emotoolkit.apis.base.local_server import read_startup_line, startup_line


def told(options, port=0):
    """Write options and a port as a parent does; read them as its child does."""
    line = startup_line(options, port)
    assert line.count("\n") == 1
    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(line.encode()))):
        return read_startup_line(type(options))
