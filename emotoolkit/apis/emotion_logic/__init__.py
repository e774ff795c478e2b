"""Emotion Logic: real-time voice analysis over socket.io. Contract page: `docs/protocols/emotion_logic.md`.

`settings` has the valid settings and finds the server, `api` applies them to a recording. `wire/` has the messages,
pure; `client/` the client's session, over a hardened socket.io; `server/` the local server, which measures: `analysis`
finds segments in a call, `scoring` computes their columns.
"""
