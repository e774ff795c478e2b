"""Interhuman: real-time social signals over a WebSocket. Contract page: `docs/protocols/interhuman.md`.

`settings` has the settings and finds the server, `api` cuts a recording accordingly. `wire/` has the messages, without
I/O; `client/` the client's side of a session; `server/` the local server, which measures: `ingest` decodes media and
puts them on the session's clock, `features` measures them, `evidence` finds events in the measurements, `scoring` makes
results of these.
"""
