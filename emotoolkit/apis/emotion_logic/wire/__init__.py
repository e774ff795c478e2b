"""The messages of the Emotion Logic protocol, in both directions; pure."""
