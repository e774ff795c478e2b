"""Emotion Logic: real-time voice analysis over socket.io. Contract page: `docs/protocols/emotion_logic.md`.

`settings` says what is legal and where the server is, `api` how that meets a recording. `wire/` has the messages, pure;
`client/` our side of a conversation, with `socketio` made safe; `server/` the local server, which measures: `analysis`
makes stretches of a call, `scoring` makes columns of them.
"""
