"""Emotion Logic: real-time voice analysis over socket.io. Contract page: `docs/protocols/emotion_logic.md`.

messages.py  the wire's words, both directions, pure · plain.py  the same as lines of text
wire.py  socket.io, made safe · session.py  the client's conversation · api.py  its settings
server.py  the local server · conversation.py  what it answers to what, pure · variant.py  in which manner
analysis.py  what it makes of a call, pure · scores.py  measures to columns
upload.py  the client of file analysis · files.py  the server of it
"""
