"""Interhuman: real-time social signals over a WebSocket. Contract page: `docs/protocols/interhuman.md`.

messages.py  the wire's words, both directions, pure · session.py  the client's conversation · api.py  its settings
containers.py  what a message's first bytes are, pure · media.py  messages to pictures and sound on the session clock
analysis.py  what the local server makes of a session · tracks.py  what it remembers of sound and pictures
causes.py  measured events and their sentences · scores.py  measures to answers · server.py  the local server
"""
