"""Interhuman: real-time social signals over a WebSocket. Contract page: `docs/protocols/interhuman.md`.

`settings` says what is legal and where the server is, `api` how that meets a recording. `wire/` has the messages, pure;
`client/` our side of a conversation; `server/` the local server, which measures: `ingest` puts media on the session
clock, `features` remembers what was seen and heard, `evidence` finds events in it, `scoring` makes answers of them.
"""
