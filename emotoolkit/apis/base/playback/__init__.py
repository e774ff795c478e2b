"""Cassettes: a journal played again as if the server were there, through the client's whole wire.

`script` says what was said when, in media time (pure). `library` finds journals: a file, a folder, a zip. `speaker`
says a script's words when their moment has come; the servers that it speaks through are `server/playback.py` in each
API's folder, and `access` decides who may hear what. `apis/cassette.py` is the settings that one hands to `replay`.
"""
