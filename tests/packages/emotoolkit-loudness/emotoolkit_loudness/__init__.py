"""A loudness service as an API of emotoolkit. The wire is a WebSocket: JSON as text, 16-bit PCM (mono) as binary.

    client  start     sampling rate (Hz), stretch (s), floor (dBFS)
    server  started   session, server
    client  PCM …
    server  level …   number, start, end (s), level (dBFS); stretches below the floor are not reported
    client  end
    server  the last level, done; then it closes

Instead of any of its messages the server may send `error` (code, message), and closes.
"""

from emotoolkit_loudness.api import Loudness

__all__ = ["Loudness"]
