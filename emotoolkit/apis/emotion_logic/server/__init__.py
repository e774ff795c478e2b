"""The local Emotion Logic server, which measures what it receives."""
