"""Processes of this machine that are killed in the middle of a run."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base import local_server
from emotoolkit.datasets.batch import task
from emotoolkit.replays import worker_client

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

__all__ = ["kill_when", "server_of", "worker_of"]


def server_of(api: Any) -> int:
    """Process of the shared local server."""
    return local_server.get_shared(api.server).pid


def worker_of(_api: Any) -> int:
    """Process that sends."""
    return worker_client.shared().pid


def kill_when(
    monkeypatch: pytest.MonkeyPatch,
    victim: Callable[[Any], int],
    wanted: Callable[[str, list[str]], bool],
    api: Any,
    how: int = signal.SIGKILL,
) -> list[str]:
    """Kill a process whenever a wanted recording is being sent; returns the names of those at which it was."""
    killed: list[str] = []

    class Player(task.Player):
        def start(self, **where: Any) -> Any:
            super().start(**where)
            name = Path(self.recording.file).name
            if wanted(name, killed):
                killed.append(name)
                os.kill(victim(api), how)

    monkeypatch.setattr(task, "Player", Player)
    return killed
