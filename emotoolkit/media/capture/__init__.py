"""Live: camera and microphone as a recording that is still being made.

The growing file is the interface. A recorder of its own process appends to it, byte for byte, and everything
downstream reads it as it reads a finished one::

    page (browser/) ─ WebSocket ─► browser_recorder.py ─┐
                                                        ├─► growing_file.py ─► live_recording.py ─► packets → tables
    devices.py ─► desktop_recorder.py ─► webm_writer.py ┘         │
                                                                  └─ finalize.py: an ordinary file, at the end

`source.py` is what a notebook holds of it; `camera.py` makes one: `emo.camera()`, `emo.microphone()`.
"""
