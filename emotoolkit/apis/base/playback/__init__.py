"""Cassettes: a local server plays the server's messages of a journal to the usual client.

`script` has the messages of a session with their media times (pure). `library` finds journals: a file, a folder, a zip.
`speaker` sends a script's messages when they are due, through the servers of each API's `server/playback.py`; `access`
guards these by tokens. `apis/cassette.py` has the settings for `replay`.
"""
