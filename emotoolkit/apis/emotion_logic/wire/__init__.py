"""The messages of the Emotion Logic protocol, both directions; pure."""
