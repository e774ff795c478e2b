"""The client's side of a session with an Interhuman server."""
