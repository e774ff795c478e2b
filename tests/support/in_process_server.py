"""A local server in a thread of this process: the same wire as in a process of its own, without the start of one."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from types import SimpleNamespace


@contextmanager
def here(serving):
    """Run what a server module's `serving()` gives; yields something with its `.url`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server here")
    thread.start()
    try:
        url = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        try:
            yield SimpleNamespace(url=url)
        finally:
            asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
