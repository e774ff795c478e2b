"""Live: camera and microphone as a recording that is still being made.

The growing file is the interface. A recorder of its own process appends to it, byte for byte, and everything
downstream reads it as it reads a finished one::

    page (browser/) ── WebSocket ─► intake.py ┐
                                              ├─► growing.py ─► live_recording.py ─► packets → sessions → tables
    devices.py ── studio.py ── written.py ─────┘        │
                                                       └── finished.py: an ordinary file, at the end

`source.py` is what a notebook holds of it; `ask.py` makes one: `emo.camera()`, `emo.microphone()`.
"""
