"""Our side of a conversation with an Interhuman server."""
