"""Emotion Logic: real-time voice analysis over socket.io. The contract page is `apis/emotion_logic.md` of the design.

messages.py  the wire's words, both directions, pure · session.py  the client's conversation · api.py  its settings
analysis.py  what the local server makes of a call, pure · scores.py  measures to columns · server.py  the local server
"""
