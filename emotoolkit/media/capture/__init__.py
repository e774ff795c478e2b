"""Live capture: camera and microphone as a recording that is still being made.

The growing file is the interface. A recorder in its own process appends to it, and everything downstream reads it as it
reads a finished file::

    page (browser/) ─ WebSocket ─► browser_recorder.py ─┐
                                                        ├─► growing_file.py ─► live_recording.py ─► packets → tables
    devices.py ─► desktop_recorder.py ─► webm_writer.py ┘         │
                                                                  └─ finalize.py: an ordinary file, at the end

`source.py` controls a recorder from the notebook; `camera.py` creates a source: `emo.camera()`, `emo.microphone()`.
"""
