"""Our side of a conversation with an Emotion Logic server."""
